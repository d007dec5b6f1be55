#include "engine/peer/exchange.hpp"

#include <algorithm>
#include <utility>

namespace swarm {
namespace {

using namespace wire;
using Outcome = StoreReport::Outcome;

constexpr std::uint32_t checks_at_once = 8;
constexpr Duration shortest_search_pause = 1s;
constexpr Duration longest_search_pause = 30s;
constexpr std::uint32_t enough_uploaders = 4;

}  // namespace

Exchange::Exchange(const ExchangeSettings& settings, PeerInfoRequester& requester,
                   const StartDraw& draw)
    : context_(settings, draw),
      requester_(requester),
      sessions_(context_,
                [this](Time now, Session& session, Outbox& out) {
                  download_.ended(now, session, out);
                  upload_.ended(now, session, out);
                  info_.ended(now, session, out);
                }),
      download_(context_, sessions_),
      upload_(context_, sessions_),
      info_(context_, sessions_) {}

// --- What the application wants

void Exchange::begin(Time now, const InfoHash& hash, MetainfoPtr metainfo, bool fetches,
                     Outbox& out) {
  const auto [at, is_new] = context_.contents.try_emplace(hash, hash);
  if (!is_new) return;
  Content& content = at->second;
  content.tickets_before = context_.tickets;
  content.metainfo = std::move(metainfo);
  content.fetches = fetches;
  if (content.metainfo) return open(content, out);
  join(now, content, out);
  content.next_search = now + content.search_pause;
  context_.wake_at(content.next_search);
}

void Exchange::stop(Time now, const InfoHash& hash, Outbox& out) {
  Content* content = context_.find(hash);
  if (content == nullptr) return;
  sessions_.end_all(now, *content, out);
  if (content->registered) requester_.leave(now, hash, out);
  if (content->metainfo) out.persist(context_.store_request(StoreRequest::Kind::close, *content));
  upload_.forget(*content);
  download_.forget(*content);
  context_.contents.erase(hash);
}

void Exchange::add_peer(Time now, const InfoHash& hash, const Endpoint& peer, Outbox& out) {
  Content* content = context_.find(hash);
  if (content == nullptr) return;
  content->given.insert(peer);
  sessions_.call_some(now, *content, out);
}

void Exchange::begin_anew(Time now, Outbox& out) {
  for (auto& [hash, content] : context_.contents) {
    sessions_.greet_anew(now, content, out);
    if (!std::exchange(content.registered, false)) continue;
    if (content.told_complete) {
      content.registered = true;
      requester_.declare(now, std::span(&hash, 1), out);
    } else {
      join(now, content, out);
    }
  }
}

ContentProgress Exchange::progress(const InfoHash& hash) const {
  const Content& content = context_.contents.at(hash);
  ContentProgress progress;
  progress.metainfo = content.metainfo;
  progress.had = content.had.count();
  progress.chunks = content.metainfo ? content.metainfo->chunk_count() : 0;
  progress.doubtful = content.doubtful.count();
  for (const auto& session : content.sessions) {
    if (session->open()) ++progress.peers;
    if (session->source.under_way > 0) ++progress.uploaders;
    if (!session->open() || !session->is_mute()) continue;
    ++progress.mute;
    progress.mute_peer = session->peer;
  }
  progress.received = content.received;
  progress.wasted = content.wasted;
  progress.sent = content.sent;
  progress.refusals = content.refusals;
  progress.opened = content.opened;
  progress.failed = content.failed;
  progress.complete = content.complete();
  progress.useless_info = content.useless_info;
  return progress;
}

// --- Datagrams

struct Exchange::Handler {
  Exchange& exchange;
  Time now;
  const Endpoint& from;
  Outbox& out;

  // Calls body(session) if the datagram belongs to an open session. `answer_unknown`: a datagram
  // that belongs to no session is answered with a reset.
  template <class Message, class Body>
  void in_session(const Message& message, bool answer_unknown, const Body& body) const {
    Session* session = exchange.sessions_.find(message.token, from);
    if (session == nullptr) {
      if (answer_unknown) return exchange.sessions_.unknown(now, from, message.token, out);
      return out.event(event::Rejected{Reject::unknown_connection});
    }
    const bool was_open = session->open();
    exchange.sessions_.heard(now, *session, out);
    if (!session->open()) return out.event(event::Rejected{Reject::unexpected});
    body(*session);
    if (!was_open && !session->over()) exchange.info_.search(now, *session->content, out);
  }

  void operator()(const peer::Hello& m) const {
    exchange.sessions_.on_hello(now, from, m, out);
    if (Content* content = exchange.context_.find(m.content); content != nullptr)
      exchange.info_.search(now, *content, out);
  }
  void operator()(const peer::Welcome& m) const {
    exchange.sessions_.on_welcome(now, from, m, out);
  }
  void operator()(const peer::Reset& m) const { exchange.sessions_.on_reset(now, from, m, out); }
  void operator()(const peer::Ask& m) const {
    in_session(m, true, [&](Session& s) { exchange.sessions_.on_ask(now, s, m, out); });
  }
  void operator()(const peer::Have& m) const {
    in_session(m, true, [&](Session& s) {
      exchange.sessions_.on_have(now, s, m);
      exchange.knows_more(now, s, out);
    });
  }
  void operator()(const peer::Bits& m) const {
    in_session(m, true, [&](Session& s) {
      exchange.sessions_.on_bits(now, s, m, out);
      exchange.knows_more(now, s, out);
    });
  }
  void operator()(const peer::Request& m) const {
    in_session(m, true, [&](Session& s) { exchange.upload_.on_request(now, s, m, out); });
  }
  void operator()(const peer::Block& m) const {
    in_session(m, true, [&](Session& s) { exchange.download_.on_block(now, s, m, out); });
  }
  void operator()(const peer::AskInfo& m) const {
    in_session(m, true, [&](Session& s) { exchange.info_.on_ask(now, s, m, out); });
  }
  void operator()(const peer::Info& m) const {
    in_session(m, false, [&](Session& s) {
      if (exchange.info_.on_info(now, s, m, out)) exchange.open(*s.content, out);
      if (exchange.info_.is_useless(*s.content)) exchange.fail(now, *s.content, out);
    });
  }
  void operator()(const peer::Ready& m) const {
    in_session(m, false, [&](Session& s) { exchange.download_.on_ready(now, s, out); });
  }
  void operator()(const peer::Bye& m) const {
    in_session(m, false, [&](Session& s) {
      exchange.sessions_.end(now, s, event::PeerDropped::Why::left, out);
    });
  }
  void operator()(const peer::Refuse& m) const {
    Session* session = exchange.sessions_.find(m.token, from);
    if (session == nullptr) return out.event(event::Rejected{Reject::unknown_connection});
    if (!session->open())  // the peer refuses this peer's hello
      return exchange.sessions_.end(now, *session, event::PeerDropped::Why::refused, out);
    if (m.reason == peer::Refusal::no_info) return exchange.info_.ended(now, *session, out);
    exchange.download_.on_refuse(now, *session, m, out);
  }
};

void Exchange::receive(Time now, const Endpoint& from, Bytes datagram, Outbox& out) {
  const auto message = decode_peer(datagram);
  if (!message) return out.event(event::Rejected{message.error()});
  std::visit(Handler{*this, now, from, out}, *message);
  if (context_.some_over) sweep();
}

// The other peer has told which chunks it has.
void Exchange::knows_more(Time now, Session& session, Outbox& out) {
  if (session.has_all() && session.content->complete())
    return sessions_.end(now, session, event::PeerDropped::Why::not_needed, out);
  download_.fill(now, session, out);
}

// --- Trackers

void Exchange::announced(Time, const AnnounceAnswer& answer) {
  if (!has(answer.content) || answer.peers.empty()) return;
  announced_.push_back(
      {answer.content, {answer.peers.begin(), answer.peers.end()}, answer.tracker});
}

void Exchange::take_announced(Time now, Outbox& out) {
  for (const auto& [hash, peers, tracker] : announced_)
    if (Content* content = context_.find(hash); content != nullptr)
      sessions_.candidates(now, *content, peers, tracker, out);
  announced_.clear();
}

// Asks the trackers for more peers before the announce interval is over, while too few peers have
// any chunk.
void Exchange::search(Time now, Content& content, Outbox& out) {
  if (content.failed || (content.metainfo && !content.may_fetch())) return;
  const auto useful =
      std::count_if(content.sessions.begin(), content.sessions.end(), [](const auto& session) {
        return session->open() && (session->has.count() > 0 || session->said_count > 0);
      });
  if (!content.registered) {
    join(now, content, out);
  } else if (useful >= enough_uploaders) {
    content.search_pause = shortest_search_pause;
  } else if (useful == 0 && std::exchange(content.may_be_seeder, false)) {
    leave_first(now, content, out);
  } else {
    requester_.refresh(now, content.hash, out);
    content.search_pause = std::min(content.search_pause * 2, longest_search_pause);
  }
  content.next_search = now + content.search_pause;
  context_.wake_at(content.next_search);
}

void Exchange::join(Time now, Content& content, Outbox& out) {
  content.registered = true;
  requester_.join(now, content.hash, out);
}

// No peer with chunks was found. Perhaps the trackers still know this address as a seeder, from a
// time before its disk was wiped or damaged. Therefore this peer announces *stopped* (only once)
// and registers again later. It does not register at once, because a late copy of *stopped* would
// remove the new registration.
void Exchange::leave_first(Time now, Content& content, Outbox& out) {
  content.registered = false;
  content.search_pause = shortest_search_pause;
  out.event(event::PeerStopping{content.hash});
  requester_.announce_once(now, content.hash, AnnounceEvent::stopped, out);
}

// --- The store

void Exchange::open(Content& content, Outbox& out) {
  const std::uint32_t chunks = content.metainfo->chunk_count();
  content.had = content.doubtful = Bitmap(chunks);
  StoreRequest request = context_.store_request(StoreRequest::Kind::open, content);
  request.metainfo = content.metainfo;
  out.persist(std::move(request));
}

void Exchange::stored(Time now, const StoreReport& report, Outbox& out) {
  Content* content = context_.find(report.content);
  if (content == nullptr) return;  // stop() was called in the meantime
  if (report.ticket != 0 && report.ticket <= content->tickets_before) return;
  if (report.outcome == Outcome::failed) fail(now, *content, out);
  switch (report.kind) {
    case StoreRequest::Kind::open:
      on_opened(now, *content, report, out);
      break;
    case StoreRequest::Kind::write:
      on_written(now, *content, report, out);
      break;
    case StoreRequest::Kind::read:
      on_read(now, *content, report, out);
      break;
    case StoreRequest::Kind::check:
      on_checked(now, *content, report, out);
      break;
    case StoreRequest::Kind::close:
      break;
  }
  if (context_.some_over) sweep();
}

void Exchange::on_opened(Time now, Content& content, const StoreReport& report, Outbox& out) {
  if (report.outcome != Outcome::done) return;
  content.opened = true;
  content.had = report.had;
  content.doubtful = report.doubtful;
  out.event(event::ContentOpened{content.hash, content.had.count(), content.had.size()});
  sessions_.measure(now, content);
  download_.begin(content);
  check_some(content, out);
  if (!content.complete() && !content.registered && content.fetches) join(now, content, out);
  content.next_search = now + content.search_pause;
  context_.wake_at(content.next_search);
  sessions_.tell_have(now, content);
  review_complete(now, content, out);
  sessions_.call_some(now, content, out);
  download_.fill_all(now, content, out);
}

void Exchange::on_written(Time now, Content& content, const StoreReport& report, Outbox& out) {
  if (download_.written(now, content, report, out)) {
    upload_.keep(content, report.chunk, report.bytes);
    gained(now, content, report.chunk, out);
  }
  // The limit of unwritten bytes is for all contents together, so every one may ask for more now.
  for (auto& [hash, other] : context_.contents)
    if (other.may_fetch()) download_.fill_all(now, other, out);
}

void Exchange::on_read(Time now, Content& content, const StoreReport& report, Outbox& out) {
  if (report.outcome == Outcome::wrong) lost(now, content, report.chunk, out);
  upload_.was_read(now, content, report, out);
}

// Makes the store hash the doubtful chunks, a few at a time. There are some after an unclean end.
void Exchange::check_some(Content& content, Outbox& out) {
  for (; content.checking < checks_at_once && content.next_check < content.doubtful.size();
       ++content.next_check) {
    if (!content.doubtful.test(content.next_check)) continue;
    out.persist(context_.store_request(StoreRequest::Kind::check, content, content.next_check));
    ++content.checking;
  }
}

void Exchange::on_checked(Time now, Content& content, const StoreReport& report, Outbox& out) {
  --content.checking;
  content.doubtful.reset(report.chunk);
  check_some(content, out);
  if (report.outcome == Outcome::done) return gained(now, content, report.chunk, out);
  download_.want(content, report.chunk);
  download_.fill_all(now, content, out);
}

void Exchange::gained(Time now, Content& content, std::uint32_t chunk, Outbox& out) {
  if (content.failed || !content.had.set(chunk)) return;
  content.came.push_back(chunk);
  out.event(event::ChunkStored{content.hash, chunk});
  sessions_.tell_have(now, content);
  review_complete(now, content, out);
}

void Exchange::lost(Time now, Content& content, std::uint32_t chunk, Outbox& out) {
  if (!content.had.reset(chunk)) return;
  std::erase(content.came, chunk);
  upload_.forget(content, chunk);
  out.event(event::ChunkLost{content.hash, chunk});
  download_.want(content, chunk);
  if (std::exchange(content.told_complete, false)) content.may_be_seeder = true;
  for (const auto& session : content.sessions)
    session->pushed = std::min(session->pushed, content.came.size());
  sessions_.tell_have(now, content);
  download_.fill_all(now, content, out);
  search(now, content, out);
}

void Exchange::review_complete(Time now, Content& content, Outbox& out) {
  if (!content.complete() || content.told_complete) return;
  content.told_complete = true;
  if (content.registered)
    requester_.complete(now, content.hash, out);
  else
    requester_.declare(now, std::span(&content.hash, 1), out);
  content.registered = true;
  out.event(event::ContentComplete{content.hash});
}

void Exchange::fail(Time now, Content& content, Outbox& out) {
  if (content.failed) return;
  content.failed = true;
  for (const auto& session : content.sessions)
    sessions_.end(now, *session, event::PeerDropped::Why::not_needed, out);
  if (content.registered) requester_.leave(now, content.hash, out);
  content.registered = false;
  out.event(event::ContentFailed{content.hash});
}

// --- Time

void Exchange::wake(Time now, Outbox& out) {
  if (context_.wake > now) return;
  context_.wake = never;
  for (auto& [hash, content] : context_.contents) {
    sessions_.wake(now, content, out);
    download_.wake(now, content, out);
    info_.wake(now, content, out);
    if (content.next_search <= now) {
      content.next_search = never;
      search(now, content, out);
    }
    context_.wake_at(content.next_search);
  }
  upload_.wake(now, out);
  if (context_.some_over) sweep();
}

void Exchange::sweep() {
  context_.some_over = false;
  for (auto& [hash, content] : context_.contents) sessions_.sweep(content);
}

std::size_t Exchange::memory() const {
  std::size_t bytes = sizeof *this;
  for (const auto& [hash, content] : context_.contents) {
    bytes += sizeof content + content.sessions.size() * sizeof(Session);
    for (const auto& [chunk, partial] : content.partial)
      bytes +=
          partial.blocks.size() * sizeof(PartialChunk::Block) + partial.blocks.size() * block_size;
  }
  return bytes;
}

}  // namespace swarm
