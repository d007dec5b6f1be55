#include "engine/peer/peer_info_requester.hpp"

#include <algorithm>
#include <limits>

#include "engine/base/bytes.hpp"

namespace swarm {
namespace {

using namespace wire;

// The answer to a scrape has no interval, so the requester announces after this time to get one.
// Every peer's registration lasts at least 30 s, so this is early enough.
constexpr Duration refresh_declared = 10s;
// An error does not make the requester give up an id that is younger than this. Either the error
// was about the previous id, or a new id would not help.
constexpr Duration young_connection = 1s;
// Of what a tracker sets. With the default settings, trackers forget a peer after 22.5 min, so a
// tracker that lies cannot make this peer forgotten for long.
constexpr std::uint32_t longest_interval = 1'200;
constexpr std::uint8_t most_guesses = 64;

// All requests of one start of a peer have the same identity.
struct Identity {
  PeerId peer_id;
  std::uint32_t key;
};

Identity identity_of(const Entropy& entropy) {
  constexpr std::string_view client = "-TS0100-";  // in the usual form of client names
  const Drawn drawn = draw_secret(entropy, SecretPurpose::peer_id, 0);
  Reader reader(drawn);
  Identity identity{};
  identity.key = reader.u32();
  auto& bytes = identity.peer_id.bytes;
  std::copy(client.begin(), client.end(), bytes.begin());
  const Bytes rest = reader.take(bytes.size() - client.size());
  std::copy(rest.begin(), rest.end(), bytes.begin() + client.size());
  return identity;
}

template <class Exchange>
bool answers(TransactionId transaction, const Exchange& exchange) {
  return exchange.sendings > 0 && exchange.transaction == transaction;
}

}  // namespace

PeerInfoRequester::PeerInfoRequester(const PeerSettings& settings, std::uint16_t port,
                                     const StartDraw& draw)
    : settings_(&settings), draw_(draw), port_(port) {}

// What the application wants.

void PeerInfoRequester::join(Time now, const InfoHash& content, Outbox& out) {
  Content* known = find(content);
  if (known != nullptr && known->wanted() != AnnounceEvent::stopped && !known->once) return;
  Content& joined = find_or_add(content);
  joined.once = false;
  announce(now, joined, AnnounceEvent::started, out);
}

void PeerInfoRequester::complete(Time now, const InfoHash& content, Outbox& out) {
  Content* known = find(content);
  if (known == nullptr || known->wanted() == AnnounceEvent::stopped) return;
  announce(now, *known, AnnounceEvent::completed, out);
}

void PeerInfoRequester::leave(Time now, const InfoHash& content, Outbox& out) {
  Content* known = find(content);
  const bool declaring = leave_declared(content);
  if (known == nullptr && !declaring) return;
  if (known != nullptr && known->wanted() == AnnounceEvent::stopped) return;
  out.event(event::PeerStopping{content});
  if (!declaring) announce(now, *known, AnnounceEvent::stopped, out);
}

void PeerInfoRequester::refresh(Time now, const InfoHash& content, Outbox& out) {
  Content* known = find(content);
  if (known != nullptr && known->exchange.phase == Phase::resting)
    announce(now, *known, AnnounceEvent::none, out);
}

void PeerInfoRequester::announce_once(Time now, const InfoHash& content, AnnounceEvent event,
                                      Outbox& out) {
  // Waits for the answer to the declaration, because a *stopped* sent now could overtake it.
  if (event == AnnounceEvent::stopped && leave_declared(content)) return;
  Content& known = find_or_add(content);
  known.once = true;
  announce(now, known, event, out);
}

// If the *stopped* of a content is not answered yet, it could arrive after a declaration and undo
// it. Such a content is not declared. It is announced as *completed* after the answer.
void PeerInfoRequester::declare(Time now, std::span<const InfoHash> contents, Outbox& out) {
  std::vector<InfoHash> at_once;
  for (const auto& hash : contents) {
    Content* known = find(hash);
    if (known == nullptr || known->wanted() != AnnounceEvent::stopped) {
      at_once.push_back(hash);
      continue;
    }
    known->once = false;
    announce(now, *known, AnnounceEvent::completed, out);
  }
  for (std::span<const InfoHash> rest = at_once; !rest.empty();) {
    const auto n = std::min(rest.size(), most_hashes);
    declare_some(now, rest.first(n), out);
    rest = rest.subspan(n);
  }
}

void PeerInfoRequester::declare_some(Time now, std::span<const InfoHash> contents, Outbox& out) {
  if (!declarations_) declarations_ = std::make_unique<std::vector<Declaration>>();
  auto& declaration = declarations_->emplace_back();
  declaration.contents.assign(contents.begin(), contents.end());
  begin(declaration.exchange);
  transmit(now, declaration, out);
}

bool PeerInfoRequester::leave_declared(const InfoHash& content) {
  if (!declarations_) return false;
  bool found = false;
  for (auto& declaration : *declarations_) {
    const auto& all = declaration.contents;
    if (std::find(all.begin(), all.end(), content) == all.end()) continue;
    found = true;
    declaration.leaving.push_back(content);
  }
  return found;
}

void PeerInfoRequester::begin_anew(std::uint16_t port) {
  port_ = port;
  connection_until_ = Time::min();  // an id is valid for one address only
  connecting_ = {};
  contents_.clear();
  declarations_.reset();
}

void PeerInfoRequester::announce(Time now, Content& content, AnnounceEvent event, Outbox& out) {
  // A *stopped* that waits for a connection id must go first: it may have to end the registration
  // of an earlier process at this address.
  const bool farewell =
      content.exchange.phase == Phase::blocked && content.event == AnnounceEvent::stopped;
  if (content.exchange.phase != Phase::sent && !farewell)
    return announce_now(now, content, event, out);
  content.waiting = true;
  content.then = event;
}

void PeerInfoRequester::announce_now(Time now, Content& content, AnnounceEvent event, Outbox& out) {
  content.waiting = false;
  content.event = event;
  begin(content.exchange);
  transmit(now, content, out);
}

PeerInfoRequester::Content* PeerInfoRequester::find(const InfoHash& content) {
  const auto at = std::find_if(contents_.begin(), contents_.end(),
                               [&](const Content& c) { return c.hash == content; });
  return at == contents_.end() ? nullptr : &*at;
}

PeerInfoRequester::Content& PeerInfoRequester::add(const InfoHash& content) {
  contents_.emplace_back().hash = content;
  return contents_.back();
}

PeerInfoRequester::Content& PeerInfoRequester::find_or_add(const InfoHash& content) {
  Content* known = find(content);
  return known != nullptr ? *known : add(content);
}

StartDraw PeerInfoRequester::draw_for_exchange() const {
  return {mix(draw_.chance + 1), {draw_secret(draw_.entropy, SecretPurpose::exchange, 0)}};
}

// Sending.

TransactionId PeerInfoRequester::next_transaction() {
  return {static_cast<std::uint32_t>(
      secret_number(draw_.entropy, SecretPurpose::transaction, ++transactions_))};
}

void PeerInfoRequester::begin(Exchange& exchange) {
  exchange = {};
  exchange.transaction = next_transaction();
  exchange.phase = Phase::blocked;
}

void PeerInfoRequester::renew(Exchange& exchange, Outbox& out) {
  if (exchange.sendings == 0 || exchange.guesses < most_guesses) return;
  exchange.transaction = next_transaction();
  exchange.guesses = 0;
  out.event(event::Rejected{Reject::unexpected});
}

bool PeerInfoRequester::may_send(Time now, Exchange& exchange, Outbox& out) {
  if (connected(now)) return true;
  exchange.phase = Phase::blocked;
  exchange.next = never;
  if (connecting_.phase == Phase::resting) {
    begin(connecting_);
    connect(now, out);
  }
  return false;
}

void PeerInfoRequester::connect(Time now, Outbox& out) {
  renew(connecting_, out);
  send(now, connecting_, encode(ConnectRequest{connecting_.transaction}), out);
}

void PeerInfoRequester::transmit(Time now, Content& content, Outbox& out) {
  if (!may_send(now, content.exchange, out)) return;
  renew(content.exchange, out);
  const Identity identity = identity_of(draw_.entropy);
  AnnounceRequest request;
  request.connection = connection_;
  request.transaction = content.exchange.transaction;
  request.info_hash = content.hash;
  request.peer_id = settings_->peer_id.value_or(identity.peer_id);
  request.event = content.event;
  request.key = identity.key;
  request.num_want = settings_->num_want;
  request.port = port_;
  send(now, content.exchange, encode(request), out);
}

void PeerInfoRequester::transmit(Time now, Declaration& declaration, Outbox& out) {
  if (!may_send(now, declaration.exchange, out)) return;
  renew(declaration.exchange, out);
  ScrapeRequest request{connection_, declaration.exchange.transaction, {}};
  for (const auto& content : declaration.contents) request.contents.push_back(content);
  send(now, declaration.exchange, encode(request), out);
}

void PeerInfoRequester::send(Time now, Exchange& exchange, const Datagram& datagram, Outbox& out) {
  if (exchange.sendings == 0) exchange.first_sent = now;
  if (exchange.sendings < std::numeric_limits<std::uint16_t>::max()) ++exchange.sendings;
  exchange.phase = Phase::sent;
  exchange.next = now + retransmit_after(exchange.sendings);
  out.send(Channel::peers, settings_->trackers, datagram.bytes());
}

Duration PeerInfoRequester::retransmit_after(std::uint16_t sendings) {
  Duration wait = settings_->retransmit_first;
  for (std::uint16_t i = 1; i < sendings && wait < settings_->retransmit_most; ++i) wait *= 2;
  wait = std::min(wait, settings_->retransmit_most);
  return Random(mix(draw_.chance) + ++draws_).between(wait - wait / 4, wait + wait / 4);
}

// Time.

void PeerInfoRequester::wake(Time now, Outbox& out) {
  if (connecting_.next <= now) connect(now, out);
  for (auto& content : contents_) {
    if (content.exchange.next > now) continue;
    if (content.exchange.phase == Phase::resting)
      announce(now, content, AnnounceEvent::none, out);
    else
      transmit(now, content, out);
  }
  if (!declarations_) return;
  for (auto& declaration : *declarations_)
    if (declaration.exchange.next <= now) transmit(now, declaration, out);
}

Time PeerInfoRequester::next_wake() const {
  Time next = connecting_.next;
  for (const auto& content : contents_) next = std::min(next, content.exchange.next);
  if (declarations_)
    for (const auto& declaration : *declarations_) next = std::min(next, declaration.exchange.next);
  return next;
}

bool PeerInfoRequester::idle() const {
  return !declarations_ && std::all_of(contents_.begin(), contents_.end(), [](const Content& c) {
    return c.exchange.phase == Phase::resting;
  });
}

// Answers.

// Any tracker may answer a request to the group, from an address of its own.
bool PeerInfoRequester::may_answer(const Endpoint& from) const {
  const Endpoint& asked = settings_->trackers;
  const auto is_group = [](const Ip& ip) { return ip.is_v4() && ip.v4() >> 28 == 0xe; };
  if (!is_group(asked.ip)) return from == asked;
  return !is_group(from.ip);
}

template <class Body>
void PeerInfoRequester::for_each_under_way(const Body& body) {
  const auto visit = [&](Exchange& exchange) {
    if (exchange.sendings > 0) body(exchange);
  };
  visit(connecting_);
  for (auto& content : contents_) visit(content.exchange);
  if (!declarations_) return;
  for (auto& declaration : *declarations_) visit(declaration.exchange);
}

bool PeerInfoRequester::receive(Time now, const Endpoint& from, Bytes datagram, Outbox& out,
                                PeerListener* listener) {
  const auto response = decode_response(datagram);
  if (!response) {
    out.event(event::Rejected{response.error()});
    return false;
  }
  if (!may_answer(from)) {
    out.event(event::Rejected{Reject::unexpected});
    return false;
  }
  const bool accepted = std::visit(
      [&](const auto& r) {
        return accept(Answer{now, from, listener}, r, out);
      },
      *response);
  if (!accepted)
    for_each_under_way([](Exchange& exchange) {
      if (exchange.guesses < most_guesses) ++exchange.guesses;
    });
  return accepted;
}

void PeerInfoRequester::tell(const Answer& answer, const Exchange& exchange) const {
  for (PeerListener* listener : {settings_->listener, answer.listener})
    if (listener != nullptr)
      listener->answered(answer.now, {answer.from, exchange.first_sent, exchange.sendings});
}

void PeerInfoRequester::tell(const Answer& answer, const Content& content,
                             const AnnounceResponse& response) const {
  tell(answer, content.exchange);
  for (PeerListener* listener : {settings_->listener, answer.listener})
    if (listener != nullptr)
      listener->announced(answer.now, {content.hash, content.event, response.interval,
                                       response.peers.items(), answer.from});
}

bool PeerInfoRequester::accept(const Answer& answer, const ConnectResponse& response, Outbox& out) {
  if (!answers(response.transaction, connecting_)) return false;
  tell(answer, connecting_);
  const Time now = answer.now;
  connecting_ = {};
  connection_ = response.connection;
  connection_until_ = now + settings_->connection_life;
  for (auto& content : contents_)
    if (content.exchange.phase == Phase::blocked) transmit(now, content, out);
  if (!declarations_) return true;
  for (auto& declaration : *declarations_)
    if (declaration.exchange.phase == Phase::blocked) transmit(now, declaration, out);
  return true;
}

bool PeerInfoRequester::accept(const Answer& answer, const AnnounceResponse& response,
                               Outbox& out) {
  const auto content = std::find_if(contents_.begin(), contents_.end(), [&](const Content& c) {
    return answers(response.transaction, c.exchange);
  });
  if (content == contents_.end()) return false;
  tell(answer, *content, response);
  const Time now = answer.now;
  if (content->waiting) {
    // Now it is the waiting event's turn. The answered event is reported only if neither of the two
    // is *stopped*.
    if (content->event != AnnounceEvent::stopped && content->then != AnnounceEvent::stopped)
      registered(content->exchange, content->hash, out);
    announce_now(now, *content, content->then, out);
    return true;
  }
  if (content->event != AnnounceEvent::none && content->event != AnnounceEvent::stopped)
    registered(content->exchange, content->hash, out);
  if (content->event == AnnounceEvent::stopped || content->once) {
    contents_.erase(content);
    return true;
  }
  content->event = AnnounceEvent::none;
  content->exchange = {};
  content->exchange.next = now + interval(response);
  return true;
}

Duration PeerInfoRequester::interval(const AnnounceResponse& response) const {
  if (settings_->announce_every > Duration{}) return settings_->announce_every;
  return std::chrono::seconds(std::clamp(response.interval, 1U, longest_interval));
}

bool PeerInfoRequester::accept(const Answer& answer, const ScrapeResponse& response, Outbox& out) {
  if (!declarations_) return false;
  const auto declaration =
      std::find_if(declarations_->begin(), declarations_->end(),
                   [&](const Declaration& d) { return answers(response.transaction, d.exchange); });
  if (declaration == declarations_->end()) return false;
  tell(answer, declaration->exchange);
  const Time now = answer.now;
  const auto answered = std::move(*declaration);
  declarations_->erase(declaration);
  if (declarations_->empty()) declarations_.reset();
  const auto& leaving = answered.leaving;
  for (const auto& hash : answered.contents) {
    const bool stays = std::find(leaving.begin(), leaving.end(), hash) == leaving.end();
    if (!stays) {
      announce(now, find_or_add(hash), AnnounceEvent::stopped, out);
      continue;
    }
    registered(answered.exchange, hash, out);
    if (find(hash) == nullptr) add(hash).exchange.next = now + refresh_declared;
  }
  return true;
}

void PeerInfoRequester::registered(const Exchange& exchange, const InfoHash& content, Outbox& out) {
  out.event(
      event::PeerRegistered{content, exchange.transaction, exchange.first_sent, exchange.sendings});
}

bool PeerInfoRequester::accept(const Answer& answer, const ErrorResponse& response, Outbox& out) {
  const bool bad_connection = response.text == error_number(ClientError::bad_connection);
  const auto refuse = [&](auto& requests) {
    for (auto& request : requests) {
      if (!answers(response.transaction, request.exchange)) continue;
      tell(answer, request.exchange);
      out.event(event::PeerError{response.text});
      refused(answer.now, request, bad_connection, out);
      return true;
    }
    return false;
  };
  return refuse(contents_) || (declarations_ && refuse(*declarations_));
}

template <class Request>
void PeerInfoRequester::refused(Time now, Request& request, bool bad_connection, Outbox& out) {
  if (!bad_connection) {
    request.exchange.next = now + settings_->retransmit_most;
    return;
  }
  const Time got = connected(now) ? connection_until_ - settings_->connection_life : Time::min();
  if (connected(now) && now - got < young_connection) return;  // the timer retransmits the request
  connection_until_ = Time::min();
  transmit(now, request, out);
}

std::size_t PeerInfoRequester::memory() const {
  std::size_t bytes = contents_.capacity() * sizeof(Content);
  if (!declarations_) return bytes;
  bytes += sizeof *declarations_ + declarations_->capacity() * sizeof(Declaration);
  for (const auto& declaration : *declarations_)
    bytes += declaration.contents.capacity() * sizeof(InfoHash);
  return bytes;
}

}  // namespace swarm
