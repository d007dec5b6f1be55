#include "engine/tracker/answering/relay.hpp"

#include <algorithm>

#include "engine/tracker/answering/client_request.hpp"

namespace swarm {
namespace {

constexpr Duration shortest_wait = 20ms, longest_wait = 500ms;  // between two sendings of a request
constexpr std::size_t largest = wire::relay_fragment_size * wire::most_relay_fragments;
// At most this many waiting requests are sent at once, so that the master's buffers can hold them.
// More follow a millisecond later.
constexpr std::size_t burst = 128;
constexpr Duration burst_every = 1ms;
// When this tracker becomes the master, it answers the requests that waited here for a master. In
// units of Outbox::worked(): the least work for this in one step, and the work of one request.
constexpr std::size_t least_room = 256, work_of_one = 8;

std::uint32_t micros(Duration d) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(d / 1us, 0, UINT32_MAX));
}

}  // namespace

// The ids begin at a number that differs from process to process, so an answer to a former process
// matches no id.
Relay::Relay(Mastership& core, const AnsweringSettings& settings, PeerInfoSender& sender,
             Proposer& log)
    : core_(core),
      settings_(settings),
      sender_(sender),
      log_(log),
      next_id_(mix(core.boot().value)) {}

// ---- A tracker that clients ask

void Relay::keep(const Requester& requester, Bytes bytes) {
  const auto drop = [&](Reject reason) {
    core_.out().event(event::Rejected{reason});
    refuse_http(requester, core_.out());
  };
  if (bytes.size() > largest) return drop(Reject::too_long);
  // A bad HTTP request is relayed, too: the master answers it with an error.
  const bool http = requester.channel == Channel::http;
  const auto request = read_request(requester, bytes);
  if (!request && !http) return drop(request.error().reason);
  const bool shown = http || sender_.connected(core_.now(), requester, *request);
  const bool repeated = shown || std::holds_alternative<ClientRequest::Connect>(request->what);
  if (!repeated && !(has_master() && sender_.may_err(core_.now(), requester, request->dialect)))
    return drop(Reject::unknown_connection);
  if (!has_room(requester, shown)) return drop(Reject::no_room);
  if (!shown && has_master() && !takes_stranger()) return drop(Reject::no_room);
  add(requester, shown, repeated, bytes);
}

bool Relay::has_room(const Requester& requester, bool shown) const {
  const auto most = settings_.relay_requests;
  const auto same = of_source_.find(requester.client.ip.network());
  return pending_.size() < most && (shown || not_shown_ < std::max(most / 2, 1U)) &&
         (same == of_source_.end() || same->second < most_of_one_source);
}

void Relay::add(const Requester& requester, bool shown, bool repeated, Bytes bytes) {
  const auto id = next_id_++;
  auto& r = pending_[id];
  r.requester = requester;
  r.shown = shown;
  r.repeated = repeated;
  r.bytes.assign(bytes.begin(), bytes.end());
  r.due = never;
  ++of_source_[requester.client.ip.network()];
  if (!shown) ++not_shown_;
  if (has_master()) return send(id, r);
  due(id, r, end_of(r));
}

void Relay::followed() {
  for (auto& [id, request] : pending_) {
    if (request.repeated) request.sendings = 0;
    due(id, request, core_.now());
  }
  timer();
}

void Relay::clock_went_back() {
  leased_until_ = Time::min();
  for (auto left = pending_.size(); left > 0; --left) {
    auto node = pending_.extract(pending_.begin());
    due_.erase({node.mapped().due, node.key()});
    node.key() = next_id_++;
    auto& request = pending_.insert(std::move(node)).position->second;
    request.sendings = request.answer = 0;
    request.reply = {};
    request.due = never;
    due(std::prev(pending_.end())->first, request, core_.now());
  }
  timer();
}

void Relay::clock_stood_still(Duration by) {
  for (auto& [id, request] : pending_) request.requester.arrived -= by;
}

void Relay::timer() {
  while (!due_.empty() && due_.begin()->first <= core_.now()) {
    const auto at = pending_.find(due_.begin()->second);
    auto& [id, request] = *at;
    const bool over = core_.now() >= end_of(request);
    if (over || (request.sendings > 0 && !request.repeated)) {
      core_.out().event(event::Rejected{over ? Reject::too_old : Reject::unknown_connection});
      refuse_http(request.requester, core_.out());
      forget(at);
    } else if (!has_master()) {
      due(id, request, end_of(request));
    } else if (may_send()) {
      send(id, request);
    } else {
      break;
    }
  }
  set_timer();
}

bool Relay::has_master() const {
  return core_.master() && !core_.is_master();
}

bool Relay::may_send() {
  if (core_.now() >= burst_since_ + burst_every) {
    burst_since_ = core_.now();
    burst_sent_ = 0;
  }
  return burst_sent_ < burst && ++burst_sent_ > 0;
}

bool Relay::takes_stranger() {
  constexpr Duration each = Duration(1ms) / strangers_in_a_millisecond;
  const Time until = std::max(strangers_until_, core_.now()) + each;
  if (until > core_.now() + strangers_at_once * each) return false;
  strangers_until_ = until;
  return true;
}

template <class Carrier, class Message>
void Relay::send_in_fragments(MemberId to, Message message, Bytes all) {
  const auto count = std::max<std::size_t>(
      (all.size() + wire::relay_fragment_size - 1) / wire::relay_fragment_size, 1);
  message.is.count = static_cast<std::uint8_t>(count);
  for (; message.is.number < message.is.count; ++message.is.number) {
    message.bytes = all.first(std::min(all.size(), wire::relay_fragment_size));
    all = all.subspan(message.bytes.size());
    wire::encode(message, encoded_);
    core_.send(to, Carrier{encoded_});
  }
}

void Relay::send(std::uint64_t id, Pending& r) {
  const bool first = r.sendings++ == 0;
  if (first) r.first_sent = core_.now();
  r.backoff = std::min(first ? first_wait() : 2 * r.backoff, longest_wait);
  due(id, r, std::min(core_.now() + r.backoff, end_of(r)));
  wire::Relay m;
  m.is.id = id;
  m.client = r.requester.client;
  m.http = r.requester.channel == Channel::http;
  m.age_us = micros(core_.now() - r.requester.arrived);
  send_in_fragments<wire::ServiceRequest>(core_.master(), m, r.bytes);
}

Duration Relay::first_wait() const {
  return std::max(4 * round_trip_, shortest_wait);
}

// If a request was repeated, its answer may be a late answer to an earlier sending, or the first
// answer was lost. Such an answer counts as at most half of the first wait. So the round trip grows
// with a slow master, but losses do not lengthen the wait for ever.
void Relay::learn_round_trip(const Pending& request) {
  auto took = core_.now() - request.first_sent;
  if (request.sendings != 1) took = std::min(took, first_wait() / 2);
  round_trip_ = (round_trip_ * 7 + took) / 8;
}

Time Relay::end_of(const Pending& request) const {
  return request.requester.arrived + settings_.relay_age;
}

void Relay::due(std::uint64_t id, Pending& request, Time at) {
  due_.erase({request.due, id});
  request.due = at;
  due_.insert({at, id});
  set_timer();
}

void Relay::set_timer() {
  const Time paced = burst_sent_ < burst ? Time::min() : burst_since_ + burst_every;
  wake_at_ = due_.empty() ? never : std::max(due_.begin()->first, paced);
}

void Relay::forget(All::iterator at) {
  take(at);
  if (pending_.empty()) core_.none_pending();
}

Relay::Pending Relay::take(All::iterator at) {
  auto request = std::move(at->second);
  const auto same = of_source_.find(request.requester.client.ip.network());
  if (--same->second == 0) of_source_.erase(same);
  if (!request.shown) --not_shown_;
  due_.erase({request.due, at->first});
  pending_.erase(at);
  return request;
}

Time Relay::passes_until() const {
  return leased_term_ == core_.term() ? std::min(core_.follows_until(), leased_until_)
                                      : Time::min();
}

void Relay::on_reply(Bytes content) {
  const auto message = wire::decode_relay_reply(content);
  if (!message) return core_.out().event(event::Rejected{message.error()});
  const auto& m = *message;
  const auto at = pending_.find(m.is.id);
  if (at == pending_.end()) return;  // a duplicate of an answer
  auto& r = at->second;
  if (std::exchange(r.answer, m.answer) != m.answer) r.reply = {};
  const auto answer = r.reply.add(m.is, m.bytes);
  if (!answer) return;
  if (std::exchange(leased_term_, core_.term()) != core_.term()) leased_until_ = Time::min();
  leased_until_ =
      std::max(leased_until_, r.requester.arrived + std::chrono::microseconds(m.lease_us));
  if (core_.now() >= passes_until())
    return core_.out().event(event::Rejected{Reject::too_old});  // timer() asks again
  learn_round_trip(r);
  if (answer->empty()) {
    refuse_http(r.requester, core_.out());
  } else {
    core_.out().send(r.requester.channel, r.requester.client, *answer);
    core_.out().event(
        event::Relayed{core_.term(), r.requester.client, core_.now() - r.requester.arrived});
  }
  forget(at);
}

// ---- The master

void Relay::on_relay(MemberId slave, Bytes content) {
  const auto message = wire::decode_relay(content);
  if (!message) return core_.out().event(event::Rejected{message.error()});
  const auto& m = *message;
  if (!core_.is_master()) return core_.out().event(event::Rejected{Reject::unexpected});
  RelayFragments whole;
  auto* fragments = m.is.count == 1 ? &whole : unfinished(slave, m.is);
  if (!fragments) return core_.out().event(event::Rejected{Reject::no_room});
  const auto request = fragments->add(m.is, m.bytes);
  if (!request) return;
  const Requester requester{m.client, core_.now() - std::chrono::microseconds(m.age_us),
                            m.http != 0 ? Channel::http : Channel::peers, slave, m.is.id};
  if (core_.takes_requests())
    serve(requester, *request);
  else if (!core_.draining() && early_.size() < settings_.relay_requests)
    early_.emplace_back(requester, 0, *request);
  if (m.is.count > 1) unfinished_.erase({slave, m.is.id});
}

// Returns the fragments of an unfinished request. Null: there are too many unfinished requests.
RelayFragments* Relay::unfinished(MemberId slave, const wire::RelayFragment& fragment) {
  const auto known = unfinished_.find({slave, fragment.id});
  if (known != unfinished_.end()) return &known->second.fragments;
  std::erase_if(unfinished_, [this](const auto& u) { return u.second.since + 1s < core_.now(); });
  const auto of_one = std::count_if(unfinished_.begin(), unfinished_.end(),
                                    [slave](const auto& u) { return u.first.first == slave; });
  if (unfinished_.size() >= most_unfinished ||
      static_cast<std::size_t>(of_one) >= most_unfinished_of_one)
    return nullptr;
  return &unfinished_.insert({{slave, fragment.id}, {core_.now(), {}}}).first->second.fragments;
}

// The slave counts the lease from the time at which the request arrived there. The master assumes a
// later time for this arrival, so the lease ends no later at the slave than at the master.
void Relay::answer_relayed(const Requester& requester, Bytes answer) {
  wire::RelayReply m;
  m.is.id = requester.relay;
  m.answer = ++answers_;
  m.lease_us = micros(core_.lease_until() - requester.arrived);
  send_in_fragments<wire::ServiceReply>(requester.slave, m, answer);
}

bool Relay::serve_waiting() {
  const auto served_at_once = core_.out().room(least_room) / work_of_one;
  std::size_t served = 0;
  for (; !early_.empty() && served < served_at_once; early_.pop_front(), ++served)
    serve(early_.front().requester(), early_.front().bytes());
  for (; !pending_.empty() && served < served_at_once; ++served) {
    const auto request = take(pending_.begin());
    serve(request.requester, request.bytes);
  }
  core_.out().worked(served);
  return !early_.empty() || !pending_.empty();
}

void Relay::serve(const Requester& requester, Bytes request) {
  sender_.serve(core_.now(), requester, request, core_.term(), log_, core_.out());
}

void Relay::stepped_down() {
  early_.clear();
  unfinished_.clear();
}

}  // namespace swarm
