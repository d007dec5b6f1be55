#include "engine/peer/sessions.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "engine/base/bytes.hpp"

namespace swarm {
namespace {

using namespace wire;
using Why = event::PeerDropped::Why;

constexpr Duration first_hello = 100ms;  // the wait after the first hello; it doubles
constexpr std::uint8_t most_hellos = Reach::first_hellos;
constexpr std::size_t most_own = 16;
constexpr Duration ask_again = 200ms;
constexpr Duration count_may_differ = 50ms;  // because datagrams can overtake each other
constexpr Duration between_pushes = 20ms;
constexpr Duration between_resets = 5ms;  // to the same address

}  // namespace

Sessions::Sessions(ExchangeContext& context, std::function<void(Time, Session&, Outbox&)> ended)
    : context_(context), ended_(std::move(ended)) {
  secret_ = context_.secrets.bytes<sizeof secret_>(SecretPurpose::token_key);
  nonce_.value = context_.secrets.number(SecretPurpose::session_nonce);
}

// --- Tokens

Token Sessions::grant(const Endpoint& peer, const InfoHash& content) const {
  std::vector<std::uint8_t> message;
  Writer writer(message);
  writer.endpoint(peer);
  writer.bytes(content.bytes);
  std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), message.data(), message.size(), secret_.data());
  Reader reader(hash);
  return {std::max<std::uint64_t>(reader.u64(), 1)};
}

Session* Sessions::find(Token token, const Endpoint& from) {
  const auto at = by_token_.find(token.value);
  if (at == by_token_.end() || at->second->peer != from || at->second->over()) return nullptr;
  return at->second;
}

Session& Sessions::add(Content& content, const Endpoint& peer) {
  const auto most = static_cast<std::uint32_t>(context_.settings.receive_buffer / block_size);
  auto& session = *content.sessions.emplace_back(
      std::make_unique<Session>(content, peer, RequestWindow(most, context_.settings.yield)));
  session.granted = grant(peer, content.hash);
  if (content.metainfo) session.has = Bitmap(content.metainfo->chunk_count());
  by_token_[session.granted.value] = &session;
  return session;
}

// --- The handshake

void Sessions::say_hello(Time now, Session& session, Outbox& out) {
  session.next_hello = now + first_hello * (1 << std::min<int>(session.hellos++, 5));
  context_.wake_at(session.next_hello);
  context_.send(now, session,
                peer::Hello{session.token, session.content->hash, nonce_, session.granted}, out);
}

void Sessions::on_hello(Time now, const Endpoint& from, const peer::Hello& hello, Outbox& out) {
  Content* content = context_.find(hello.content);
  if (content == nullptr || content->failed)
    return context_.send(from, peer::Refuse{hello.grant, peer::Refusal::unknown_content, 0}, out);
  if (content->banned.contains(from)) {
    ++content->refusals.banned;
    return context_.send(from, peer::Refuse{hello.grant, peer::Refusal::banned, 0}, out);
  }
  if (hello.nonce == nonce_) return met_itself(now, *content, from, hello.grant, out);
  const Token granted = grant(from, content->hash);
  if (hello.token == granted) return accept(now, *content, from, hello, out);
  context_.send(from, peer::Welcome{hello.grant, nonce_, granted}, out);
}

// A hello with the nonce of this process. If it also has the token that this peer has just granted
// to that address, then a tracker named this peer's own address. Otherwise somebody repeats the
// nonce.
void Sessions::met_itself(Time now, Content& content, const Endpoint& from, Token granted,
                          Outbox& out) {
  out.event(event::Rejected{Reject::unexpected});
  if (granted != grant(from, content.hash)) return;
  if (own_.size() < most_own) own_.insert(from);
  if (Session* session = content.find(from); session != nullptr)
    end(now, *session, Why::not_needed, out);
}

void Sessions::accept(Time now, Content& content, const Endpoint& from, const peer::Hello& hello,
                      Outbox& out) {
  Session* session = content.find(from);
  if (session == nullptr) {
    const bool full = is_full(content);
    if (full || has_share(content, from.ip)) {
      ++(full ? content.refusals.full : content.refusals.address_share);
      return context_.send(from, peer::Refuse{hello.grant, peer::Refusal::full, 0}, out);
    }
    session = &add(content, from);
  }
  if (session->nonce && session->nonce != hello.nonce) restart(now, *session, out);
  session->nonce = hello.nonce;
  session->token = hello.grant;
  session->heard = now;
  answered(*session);
  if (!session->open()) became_open(now, *session, out);
  send_bits(now, *session, 0, out);
}

void Sessions::on_welcome(Time now, const Endpoint& from, const peer::Welcome& welcome,
                          Outbox& out) {
  Session* session = find(welcome.token, from);
  if (session == nullptr) return;
  if (session->phase != Session::Phase::calling && session->nonce == welcome.nonce) return;
  if (session->open()) restart(now, *session, out);
  session->heard = now;
  session->nonce = welcome.nonce;
  session->token = welcome.grant;
  session->phase = Session::Phase::proving;
  session->hellos = 0;
  session->most_hellos = most_hellos;
  answered(*session);
  say_hello(now, *session, out);
}

void Sessions::heard(Time now, Session& session, Outbox& out) {
  session.heard = now;
  if (session.phase == Session::Phase::proving) became_open(now, session, out);
}

void Sessions::became_open(Time now, Session& session, Outbox& out) {
  session.phase = Session::Phase::open;
  session.next_hello = never;
  session.pushed = session.content->came.size();
  session.next_ask = now + (session.called ? ask_again : 0ms);
  context_.wake_at(std::min(session.next_ask, now + context_.settings.keep_alive));
  if (!session.called) wake(now, session, out);
}

// Begins the session anew, because the other peer is a new process, or this host has a new address.
// All that the session knew is outdated.
void Sessions::restart(Time now, Session& session, Outbox& out) {
  if (session.open()) {
    ended_(now, session, out);
    out.event(event::PeerDropped{session.content->hash, session.peer, Why::restarted});
  }
  if (session.counted) reach_.cancelled(session.peer.ip);
  Session fresh(*session.content, session.peer, session.source.window);
  fresh.granted = session.granted;
  fresh.called = session.called;
  fresh.heard = now;
  if (session.content->metainfo) fresh.has = Bitmap(session.content->metainfo->chunk_count());
  if (session.content->picker) session.content->picker->went(session.has);
  session = std::move(fresh);
}

void Sessions::on_reset(Time now, const Endpoint& from, const peer::Reset& reset, Outbox& out) {
  for (auto& [hash, content] : context_.contents) {
    Session* session = content.find(from);
    if (session == nullptr || !session->token || session->token != reset.token) continue;
    const bool again = session->called || content.may_fetch();
    if (!again) return end(now, *session, Why::restarted, out);
    restart(now, *session, out);
    return say_hello(now, *session, out);
  }
}

void Sessions::greet_anew(Time now, Content& content, Outbox& out) {
  own_.clear();
  for (const auto& session : content.sessions) {
    if (session->over()) continue;
    restart(now, *session, out);
    say_hello(now, *session, out);
  }
}

void Sessions::unknown(Time now, const Endpoint& from, Token token, Outbox& out) {
  out.event(event::Rejected{Reject::unknown_connection});
  if (from == last_reset_ && now < last_reset_at_ + between_resets) return;
  last_reset_ = from;
  last_reset_at_ = now;
  context_.send(from, peer::Reset{token}, out);
}

// --- What each side has

void Sessions::on_ask(Time now, Session& session, const peer::Ask& ask, Outbox& out) {
  send_bits(now, session, ask.first / 8 * 8, out);
}

void Sessions::send_bits(Time now, Session& session, std::uint32_t first, Outbox& out) {
  const Bitmap& had = session.content->had;
  if (had.none() || had.all() || first >= had.size())
    return context_.send(now, session, peer::Have{session.token, had.count(), {}}, out);
  std::array<std::uint8_t, most_bits> bytes{};
  const std::uint32_t n = std::min<std::uint32_t>(had.size() - first, most_bits * 8);
  for (std::uint32_t i = 0; i < n; ++i)
    if (had.test(first + i)) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | 0x80 >> i % 8);
  const Bytes bits = Bytes(bytes).first((n + 7) / 8);
  context_.send(now, session, peer::Bits{session.token, had.count(), first, bits}, out);
}

void Sessions::has_all(Session& session) {
  for (std::uint32_t chunk = 0; chunk < session.has.size() && !session.has.all(); ++chunk)
    if (session.has.set(chunk) && session.content->picker) session.content->picker->came(chunk);
}

void Sessions::on_have(Time now, Session& session, const peer::Have& have) {
  session.said_count = have.count;
  if (session.has.size() == 0) return;
  if (have.count == session.has.size()) {
    if (!session.has_all()) has_all(session);
  } else {
    for (const auto chunk : have.chunks)
      if (chunk < session.has.size() && session.has.set(chunk) && session.content->picker)
        session.content->picker->came(chunk);
  }
  review_count(now, session);
}

void Sessions::on_bits(Time now, Session& session, const peer::Bits& bits, Outbox& out) {
  session.said_count = bits.count;
  const std::uint32_t size = session.has.size();
  if (size == 0 || bits.first >= size) return;
  const auto n =
      std::min<std::uint32_t>(size - bits.first, static_cast<std::uint32_t>(bits.bits.size()) * 8);
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint32_t chunk = bits.first + i;
    if ((bits.bits[i / 8] & 0x80 >> i % 8) == 0)
      lacks(session, chunk);
    else if (session.has.set(chunk) && session.content->picker)
      session.content->picker->came(chunk);
  }
  if (session.has.count() == session.said_count || bits.first + n >= size)
    return review_count(now, session);
  session.ask_from = bits.first + n;
  session.next_ask = now + ask_again;
  context_.wake_at(session.next_ask);
  context_.send(now, session, peer::Ask{session.token, session.ask_from}, out);
}

void Sessions::lacks(Session& session, std::uint32_t chunk) {
  if (session.has.reset(chunk) && session.content->picker) session.content->picker->went(chunk);
}

void Sessions::review_count(Time now, Session& session) {
  session.ask_from = 0;
  if (session.has.count() == session.said_count) {
    session.next_ask = never;
  } else if (session.next_ask == never) {
    session.next_ask = now + count_may_differ;
    context_.wake_at(session.next_ask);
  }
}

void Sessions::measure(Time now, Content& content) {
  for (const auto& session : content.sessions) {
    session->has = Bitmap(content.metainfo->chunk_count());
    if (session->said_count == session->has.size()) has_all(*session);
    if (!session->open()) continue;
    session->next_ask = session->has_all() ? never : now;
    context_.wake_at(session->next_ask);
  }
}

void Sessions::tell_have(Time now, Content& content) {
  content.push_at = std::max(now, content.pushed_at + between_pushes);
  context_.wake_at(content.push_at);
}

void Sessions::push(Time now, Content& content, Outbox& out) {
  content.push_at = never;
  content.pushed_at = now;
  for (const auto& session : content.sessions) {
    if (!session->open()) continue;
    peer::Have have{session->token, content.had.count(), {}};
    do {
      have.chunks = {};
      while (session->pushed < content.came.size() && have.chunks.size() < most_chunks &&
             !content.had.all())
        have.chunks.push_back(content.came[session->pushed++]);
      context_.send(now, *session, have, out);
    } while (session->pushed < content.came.size() && !content.had.all());
    session->pushed = content.came.size();
    if (needless(*session)) end(now, *session, Why::not_needed, out);
  }
}

// --- The end

bool Sessions::needless(const Session& session) const {
  return session.content->complete() && session.has_all();
}

void Sessions::end(Time now, Session& session, Why why, Outbox& out) {
  if (session.over()) return;
  const bool was_open = session.open();
  if (was_open) ended_(now, session, out);
  if (session.token && why != Why::left) context_.send(now, session, peer::Bye{session.token}, out);
  if (session.counted) call_ended(now, session, why);
  session.phase = Session::Phase::over;
  context_.some_over = true;
  if (session.content->picker) session.content->picker->went(session.has);
  session.has = Bitmap(session.has.size());
  if (was_open) out.event(event::PeerDropped{session.content->hash, session.peer, why});
}

void Sessions::end_all(Time now, Content& content, Outbox& out) {
  for (const auto& session : content.sessions) end(now, *session, Why::not_needed, out);
  sweep(content);
}

void Sessions::ban(Time now, Content& content, const Endpoint& peer, Outbox& out) {
  content.banned.add(peer);
  for (std::size_t i = 0; i < content.sessions.size(); ++i)
    if (Session& session = *content.sessions[i]; content.banned.contains(session.peer))
      end(now, session, Why::poison, out);
}

void Sessions::sweep(Content& content) {
  std::erase_if(content.sessions, [&](const auto& session) {
    if (!session->over()) return false;
    const auto at = by_token_.find(session->granted.value);
    if (at != by_token_.end() && at->second == session.get()) by_token_.erase(at);
    return true;
  });
}

// --- Time

void Sessions::wake(Time now, Content& content, Outbox& out) {
  if (content.push_at <= now) push(now, content, out);
  if (content.next_call <= now) {
    content.next_call = never;
    call_some(now, content, out);
  }
  for (std::size_t i = 0; i < content.sessions.size(); ++i) {
    Session& session = *content.sessions[i];
    if (!session.over()) wake(now, session, out);
  }
  context_.wake_at(std::min(content.push_at, content.next_call));
}

void Sessions::wake(Time now, Session& session, Outbox& out) {
  const auto& settings = context_.settings;
  if (!session.open()) {
    if (session.next_hello > now) return context_.wake_at(session.next_hello);
    if (session.hellos >= session.most_hellos) return end(now, session, Why::silent, out);
    return say_hello(now, session, out);
  }
  if (session.heard + settings.session_life <= now) return end(now, session, Why::silent, out);
  if (session.next_ask <= now && session.has.size() > 0) {
    session.next_ask = now + ask_again;
    context_.send(now, session, peer::Ask{session.token, session.ask_from}, out);
  }
  if (session.said + settings.keep_alive <= now)
    context_.send(now, session, peer::Have{session.token, session.content->had.count(), {}}, out);
  if (session.has.size() == 0) session.next_ask = never;
  context_.wake_at(std::min({session.next_ask, session.said + settings.keep_alive,
                             session.heard + settings.session_life}));
}

}  // namespace swarm
