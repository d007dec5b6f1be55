#include "engine/tracker/relay.hpp"

#include <algorithm>

#include "engine/tracker/parts.hpp"
#include "engine/wire/bep15.hpp"

namespace swarm {
namespace {

constexpr Duration shortest_wait = 20ms, longest_wait = 500ms;  // between two sendings
constexpr std::size_t largest = wire::relay_part * wire::most_relay_parts;
// Sent to a new master in one go, so that its buffers hold it; the next ones a millisecond later.
constexpr std::size_t burst = 128;

std::uint32_t micros(Duration d) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(d / 1us, 0, UINT32_MAX));
}

// What has this shape is worth the master's time; it says what is wrong with it.
bool is_request(Channel channel, Bytes bytes) {
  return channel == Channel::http || wire::decode_request(bytes) ||
         wire::bep15::decode_request(bytes);
}

template <class Message>
void send_in_parts(Parts& p, MemberId to, Message message, Bytes all) {
  const auto parts =
      std::max<std::size_t>((all.size() + wire::relay_part - 1) / wire::relay_part, 1);
  message.is.parts = static_cast<std::uint8_t>(parts);
  for (; message.is.part < message.is.parts; ++message.is.part) {
    message.bytes = all.first(std::min(all.size(), wire::relay_part));
    all = all.subspan(message.bytes.size());
    p.send(to, message);
  }
}

}  // namespace

// The ids go on from a number of this process: an answer to the one before it is for none of them.
Relay::Relay(Parts& parts) : p_(parts), next_id_(mix(parts.boot.value)) {}

// ---- Whoever was asked

void Relay::keep(const Asker& asker, Bytes request) {
  const auto drop = [this](Reject reason) { p_.event(event::Rejected{reason}); };
  if (request.size() > largest) return drop(Reject::too_long);
  if (!is_request(asker.channel, request)) return drop(Reject::bad_value);
  if (pending_.size() >= p_.settings.relay_requests) return drop(Reject::no_room);
  const auto id = next_id_++;
  auto& r = pending_[id];
  r.asker = asker;
  r.bytes.assign(request.begin(), request.end());
  r.due = never;
  if (p_.master && !p_.is_master()) return send(id, r);
  due(id, r, end_of(r));
}

void Relay::followed() {
  std::size_t sent = 0;
  for (auto& [id, request] : pending_) {
    request.sendings = 0;
    const Time at = p_.now + static_cast<std::int64_t>(sent / burst) * 1ms;
    if (++sent <= burst)
      send(id, request);
    else
      due(id, request, std::min(at, end_of(request)));
  }
}

void Relay::timer() {
  while (!due_.empty() && due_.begin()->first <= p_.now) {
    const auto at = pending_.find(due_.begin()->second);
    if (p_.now >= end_of(at->second)) {
      p_.event(event::Rejected{Reject::too_old});
      forget(at);
    } else if (p_.master && !p_.is_master()) {
      send(at->first, at->second);
    } else {
      due(at->first, at->second, end_of(at->second));
    }
  }
  p_.timers.set(Timer::relay, due_.empty() ? never : due_.begin()->first);
}

void Relay::send(std::uint64_t id, Pending& r) {
  const bool first = r.sendings++ == 0;
  r.sent = p_.now;
  r.backoff =
      std::min(first ? std::max(4 * round_trip_, shortest_wait) : 2 * r.backoff, longest_wait);
  due(id, r, std::min(p_.now + r.backoff, end_of(r)));
  wire::Relay m;
  m.is.id = id;
  m.client = r.asker.client;
  m.http = r.asker.channel == Channel::http;
  m.age_us = micros(p_.now - r.asker.arrived);
  send_in_parts(p_, p_.master, m, r.bytes);
}

Time Relay::end_of(const Pending& request) const {
  return request.asker.arrived + p_.settings.relay_age;
}

void Relay::due(std::uint64_t id, Pending& request, Time at) {
  due_.erase({request.due, id});
  request.due = at;
  due_.insert({at, id});
  p_.timers.set(Timer::relay, due_.begin()->first);
}

void Relay::forget(All::iterator at) {
  due_.erase({at->second.due, at->first});
  pending_.erase(at);
}

Time Relay::passes_until() const {
  const auto& f = p_.fault_tolerance;
  const bool promised = !p_.is_master() && p_.master && f.promised_to() == p_.master &&
                        f.promised_term() == p_.term();
  return promised && leased_term_ == p_.term() ? std::min(f.promise_until(), leased_until_)
                                               : Time{};
}

void Relay::on_reply(const wire::RelayReply& m) {
  const auto at = pending_.find(m.is.id);
  if (at == pending_.end()) return;  // a duplicate
  auto& r = at->second;
  if (std::exchange(r.answer, m.answer) != m.answer) r.reply = {};
  const auto answer = r.reply.add(m.is, m.bytes);
  if (!answer) return;
  if (std::exchange(leased_term_, p_.term()) != p_.term()) leased_until_ = {};
  leased_until_ = std::max(leased_until_, r.asker.arrived + std::chrono::microseconds(m.lease_us));
  if (p_.now >= passes_until()) return p_.event(event::Rejected{Reject::too_old});  // asked again
  if (r.sendings == 1) round_trip_ = (round_trip_ * 7 + (p_.now - r.sent)) / 8;
  if (!answer->empty()) {
    p_.out->send(r.asker.channel, r.asker.client, *answer);
    p_.event(event::Relayed{p_.term(), r.asker.client, p_.now - r.asker.arrived});
  }
  forget(at);
}

// ---- The master

void Relay::on_relay(MemberId slave, const wire::Relay& m) {
  if (!p_.is_master()) return p_.event(event::Rejected{Reject::unexpected});
  RelayParts whole;
  auto* parts = m.is.parts == 1 ? &whole : unfinished(slave, m.is);
  if (!parts) return p_.event(event::Rejected{Reject::no_room});
  const auto request = parts->add(m.is, m.bytes);
  if (!request) return;
  const Asker asker{m.client, p_.now - std::chrono::microseconds(m.age_us),
                    m.http != 0 ? Channel::http : Channel::peers, slave, m.is.id};
  if (p_.accepts_requests())
    serve(asker, *request);
  else if (!p_.master_consensus.draining() && early_.size() < p_.settings.relay_requests)
    early_.emplace_back(asker, 0, *request);
  if (m.is.parts > 1) unfinished_.erase({slave, m.is.id});
}

// Nothing when there are too many.
RelayParts* Relay::unfinished(MemberId slave, const wire::RelayPart& part) {
  const auto known = unfinished_.find({slave, part.id});
  if (known != unfinished_.end()) return &known->second.parts;
  std::erase_if(unfinished_, [this](const auto& u) { return u.second.since + 1s < p_.now; });
  const auto of_one = std::count_if(unfinished_.begin(), unfinished_.end(),
                                    [slave](const auto& u) { return u.first.first == slave; });
  if (unfinished_.size() >= most_unfinished ||
      static_cast<std::size_t>(of_one) >= most_unfinished_of_one)
    return nullptr;
  return &unfinished_.insert({{slave, part.id}, {p_.now, {}}}).first->second.parts;
}

// The lease is told by the slave's clock, from the arrival of the request there: that was earlier
// than it looks from here, so it ends no later than the lease itself.
void Relay::answer_relayed(const Asker& asker, Bytes answer) {
  wire::RelayReply m;
  m.is.id = asker.relay;
  m.answer = ++answers_;
  m.lease_us = micros(p_.fault_tolerance.lease_until() - asker.arrived);
  send_in_parts(p_, asker.slave, m, answer);
}

void Relay::serve_waiting() {
  if (early_.empty() && pending_.empty()) return;
  const auto early = std::exchange(early_, {});
  for (const auto& request : early) serve(request.asker(), request.bytes());
  const auto own = std::exchange(pending_, {});
  due_.clear();
  for (const auto& [id, request] : own) serve(request.asker, request.bytes);
}

void Relay::serve(const Asker& asker, Bytes request) {
  p_.sender.serve(p_.now, asker, request, p_.term(), p_.master_consensus, *p_.out);
}

void Relay::stepped_down() {
  early_.clear();
  unfinished_.clear();
}

}  // namespace swarm
