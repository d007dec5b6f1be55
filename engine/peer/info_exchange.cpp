#include "engine/peer/info_exchange.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/sha1.hpp"

namespace swarm {
namespace {

using namespace wire;

constexpr std::uint32_t pieces_at_once = 16;
constexpr Duration ask_again = 200ms;
constexpr Duration search_again = 1s;
constexpr Duration turn = 10s;              // of a peer, if another one could be asked
constexpr std::uint32_t most_retries = 10;  // without a new piece; then another peer is asked

std::uint32_t pieces_of(std::size_t size) {
  return static_cast<std::uint32_t>((size + block_size - 1) / block_size);
}

// The session that is asked next in this round. Null: every open session has had its turn.
Session* next_in_turn(const Content& content) {
  Session* best = nullptr;
  std::optional<InfoTurns::Rank> least;
  for (const auto& session : content.sessions) {
    if (!session->open() || session.get() == content.info.from) continue;
    const auto rank = content.info_turns.rank(session->peer);
    if (!rank || (least && *least <= *rank)) continue;
    best = session.get();
    least = rank;
  }
  return best;
}

bool is_only_open(const Content& content, const Session& one) {
  return std::none_of(content.sessions.begin(), content.sessions.end(), [&](const auto& session) {
    return session.get() != &one && session->open();
  });
}

}  // namespace

void InfoExchange::on_ask(Time now, Session& session, const peer::AskInfo& ask, Outbox& out) {
  const MetainfoPtr& metainfo = session.content->metainfo;
  if (!metainfo)
    return context_.send(now, session, peer::Refuse{session.token, peer::Refusal::no_info, 0}, out);
  const Bytes info = metainfo->info;
  std::uint32_t sent = 0;
  for (const auto piece : ask.pieces) {
    if (sent++ == pieces_at_once) return;  // peers of this project never ask for more
    if (piece >= pieces_of(info.size())) return out.event(event::Rejected{Reject::bad_value});
    const std::size_t at = std::size_t{piece} * block_size;
    const Bytes bytes = info.subspan(at, std::min<std::size_t>(block_size, info.size() - at));
    const auto size = static_cast<std::uint32_t>(info.size());
    context_.send(now, session, peer::Info{session.token, size, piece, bytes}, out);
  }
}

void InfoExchange::search(Time now, Content& content, Outbox& out) {
  if (content.metainfo || content.failed || content.info.from != nullptr) return;
  if (Session* next = next_in_turn(content); next != nullptr) {
    content.info_turns.began(next->peer);
    content.info.from = next;
    content.info.retries = 0;
    content.info.since = now;
    return ask(now, content, out);
  }
  // Hellos call this function too, and must not put off the next round.
  content.info.retry = std::min(content.info.retry, now + search_again);
  context_.wake_at(content.info.retry);
}

// Asks for the first piece, whose answer has the size. After that, asks for the missing pieces, a
// few at a time.
void InfoExchange::ask(Time now, Content& content, Outbox& out) {
  InfoFetch& fetch = content.info;
  peer::AskInfo message{fetch.from->token, {}};
  if (fetch.bytes.empty()) message.pieces.push_back(0);
  for (std::uint32_t i = 0; i < fetch.pieces.size() && message.pieces.size() < pieces_at_once; ++i)
    if (!fetch.pieces.test(i)) message.pieces.push_back(static_cast<std::uint16_t>(i));
  fetch.retry = now + ask_again;
  context_.wake_at(fetch.retry);
  context_.send(now, *fetch.from, message, out);
}

bool InfoExchange::on_info(Time now, Session& session, const peer::Info& info, Outbox& out) {
  Content& content = *session.content;
  InfoFetch& fetch = content.info;
  session.info_silent_since = never;
  if (content.metainfo || fetch.from != &session) return false;
  if (info.size == 0 || info.size > longest_info || info.piece >= pieces_of(info.size) ||
      (!fetch.bytes.empty() && info.size != fetch.bytes.size())) {
    out.event(event::Rejected{Reject::bad_value});
    return false;
  }
  if (fetch.bytes.empty()) {
    fetch.bytes.resize(info.size);
    fetch.pieces = Bitmap(pieces_of(info.size));
  }
  const std::size_t at = std::size_t{info.piece} * block_size;
  if (info.bytes.size() != std::min<std::size_t>(block_size, fetch.bytes.size() - at)) return false;
  std::copy(info.bytes.begin(), info.bytes.end(),
            fetch.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  const bool is_new = fetch.pieces.set(info.piece);
  if (is_new) fetch.retries = 0;
  if (!fetch.pieces.all() && is_late(now, content)) {
    late(now, content, out);
    return false;
  }
  if (fetch.pieces.all()) return finish(now, content, out);
  const bool round_done = fetch.pieces.count() % pieces_at_once == 1 % pieces_at_once;
  if (is_new && round_done) ask(now, content, out);
  return false;
}

bool InfoExchange::finish(Time now, Content& content, Outbox& out) {
  InfoFetch& fetch = content.info;
  if (sha1(fetch.bytes) != content.hash) {
    const Endpoint liar = fetch.from->peer;
    begin_anew(content);
    sessions_.ban(now, content, liar, out);
    search(now, content, out);
    return false;
  }
  const auto metainfo = parse_info(fetch.bytes);
  begin_anew(content);
  if (!metainfo) {
    content.useless_info = metainfo.error();
    return false;
  }
  content.metainfo = *metainfo;
  out.event(event::InfoFetched{content.hash});
  return true;
}

void InfoExchange::begin_anew(Content& content) {
  content.info = {};
}

// A peer that sends a piece now and then, or says that the dictionary is huge, must not keep this
// peer from asking another one. The last one of a round has twice the time, because the next round
// begins after it. If no other session is open, it goes on, however slow it is.
bool InfoExchange::is_late(Time now, const Content& content) {
  const InfoFetch& fetch = content.info;
  const Duration its_turn = turn * (1 << content.info_turns.doublings());
  if (fetch.since + its_turn > now) return false;
  if (next_in_turn(content) != nullptr) return true;
  return fetch.since + 2 * its_turn <= now && !is_only_open(content, *fetch.from);
}

void InfoExchange::late(Time now, Content& content, Outbox& out) {
  content.info_turns.was_late();
  ended(now, *content.info.from, out);
}

void InfoExchange::ended(Time now, Session& session, Outbox& out) {
  Content& content = *session.content;
  if (content.info.from != &session) return;
  begin_anew(content);
  search(now, content, out);
}

void InfoExchange::wake(Time now, Content& content, Outbox& out) {
  InfoFetch& fetch = content.info;
  if (content.metainfo || fetch.retry == never) return;
  if (fetch.retry > now) return context_.wake_at(fetch.retry);
  if (fetch.from == nullptr) {  // a peer that refused may have the dictionary by now
    content.info_turns.next_round();
    fetch.retry = never;
    return search(now, content, out);
  }
  if (is_late(now, content)) return late(now, content, out);
  if (++fetch.retries >= most_retries) {
    Session& silent = *fetch.from;
    if (fetch.bytes.empty()) {
      silent.info_silent_since = std::min(silent.info_silent_since, now);
      context_.send(now, silent, peer::Ask{silent.token, 0},
                    out);  // to see whether it answers at all
    }
    return ended(now, silent, out);
  }
  ask(now, content, out);
}

}  // namespace swarm
