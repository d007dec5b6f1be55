#include "tests/engine/consensus/group.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/links/sessions.hpp"
#include "tests/engine/links/plain_links.hpp"

namespace swarm::test {

// Not the first of its process: each ticket must carry it, or its replica refuses the report.
constexpr GroupId tickets_of{7};

Group::Group(Options options, Onlooker* onlooker)
    : options_(std::move(options)),
      onlooker_(onlooker ? onlooker : &nobody_),
      random_(options_.seed) {
  options_.settings.swarm_secret.fill(3);
  if (options_.sessions) options_.settings.cipher = wire::Cipher::siphash;  // so that they are read
}

// ---- Life

void Group::found(Place n) {
  for (Place i = 1; i <= n; ++i) {
    auto& disk = places_[i].disk;
    auto& ballot = disk.ballot.emplace();
    ballot.store = store_of(i);
    ballot.cluster = cluster_id;
    ballot.member = MemberId{i};
    ballot.term = Term{1};
    // After a restart it is mute for so long (R10): the others less than 1, which stands before
    // them.
    ballot.promise = options_.settings.promise / (i == 1 ? 1 : 3);
    disk.image.log = {block(1, 1, voters(n))};
  }
  restart(1);
  pass(options_.settings.promise * 9 / 10);
  for (Place i = 2; i <= n; ++i) restart(i);
  SWARM_ASSERT(settle() && master() == 1, "member 1 is the first master");
}

void Group::start(Place n, FirstStart how) {
  start(n, how, store_of(n));
}

void Group::start(Place n, FirstStart how, StoreId store) {
  auto& place = places_[n];
  place.store = store;
  place.first_start = how;
  place.last_life.reset();
  place.disk = {};
  restart(n);
}

void Group::wipe(Place n) {
  auto& place = places_.at(n);
  const StoreId store = place.disk.ballot ? place.disk.ballot->store : place.store;
  start(n, FirstStart::join, store + 100);
}

void Group::restart(Place n) {
  SWARM_ASSERT(!runs(n), "a place has one process");
  boot(n);
}

void Group::boot(Place n) {
  auto& place = places_.at(n);
  place.exit.clear();
  place.paused = false;
  ++place.boots;
  auto& p = place.process = std::make_unique<Process>();
  db::TrackerImage image = place.disk.image;
  p->counter = Counter(image.tables.applied.next_peer);
  auto settings = options_.settings;
  settings.cluster_address = address_of(n);
  settings.first_start = place.first_start;
  if (previous_protocol_.contains(n)) settings.previous_protocol = previous_protocol_.at(n);
  for (const auto& [other, unused] : places_)
    if (other != n) settings.contacts.push_back(address_of(other));
  db::Ballot fresh;
  fresh.store = place.store;
  place.ballot = place.disk.ballot.value_or(db::Ballot{});
  const BootId process{1000 * std::uint64_t{n} + place.boots};
  const auto draw = draw_of(random_.next());
  const auto ballot = place.disk.ballot.value_or(fresh);
  if (options_.sessions)
    p->links =
        std::make_unique<SessionLinks>(SessionLinks::Settings{settings.swarm_secret,
                                                              settings.cipher,
                                                              settings.previous_protocol,
                                                              settings.status_interval,
                                                              {process, ballot.store},
                                                              settings.cluster_address},
                                       Entropy{draw_secret(draw.entropy, SecretPurpose::links, 1)});
  else
    p->links = std::make_unique<PlainLinks>(seal());
  p->replica = std::make_unique<Replica>(
      Replica::Start{settings, image, ballot, !place.disk.ballot, process, draw, tickets_of},
      *p->links, p->counter, p->service);
  step(n, [](Replica& r) { r.start(); });
  if (place.last_life && runs(n) && !place.disk.lies)
    Invariants::across_restart(*place.last_life, view(n));
}

void Group::end(Place n) {
  auto& place = places_.at(n);
  place.last_life = view(n);
  place.process.reset();
  place.disk.crash();
}

void Group::crash(Place n) {
  SWARM_ASSERT(runs(n), "only what runs can crash");
  end(n);
}

void Group::die(Place n) {
  SWARM_ASSERT(runs(n), "only what runs can die");
  Outbox out;
  out.set_nonces(&nonces_);
  process(n).replica->death_certificate(out);
  end(n);
  send_all(n, out);
}

// ---- Orders

bool Group::add(Place n, std::uint32_t what) {
  bool taken = false;
  step(n, [&](Replica& r) {
    taken = r.mastership().is_master() && !r.mastership().draining();
    if (taken) r.mastership().propose(test::add(what));
  });
  return taken;
}

bool Group::hand_over(Place n) {
  bool taken = false;
  step(n, [&](Replica& r) { taken = r.hand_over(); });
  return taken;
}

bool Group::remove(Place n, MemberId member) {
  bool taken = false;
  step(n, [&](Replica& r) { taken = r.remove(member); });
  return taken;
}

bool Group::leave(Place n) {
  bool taken = false;
  step(n, [&](Replica& r) { taken = r.leave(); });
  return taken;
}

void Group::stop(Place n) {
  step(n, [](Replica& r) { r.stop(); });
}

// ---- The network

void Group::cut_both(Place a, Place b) {
  cut(a, b);
  cut(b, a);
}

void Group::isolate(Place n) {
  for (const auto& [other, unused] : places_)
    if (other != n) cut_both(n, other);
}

bool Group::is_lost(Place from, Place to, const wire::Message& message) {
  if (cuts_.contains({from, to})) return true;
  if (const auto at = losses_.find({from, to, message.body.index()}); at != losses_.end()) {
    losses_.erase(at);
    return true;
  }
  if (filter_ && filter_(from, to, message)) return true;
  return options_.lost_of_100 > 0 && random_.below(100) < options_.lost_of_100;
}

tl::expected<wire::Message, Reject> Group::read(Bytes datagram,
                                                std::vector<std::uint8_t>& plain) const {
  auto message =
      options_.sessions ? wire::decode_readable(datagram) : wire::decode(datagram, seal(), plain);
  if (!message) message = wire::decode_previous(datagram, options_.settings.swarm_secret);
  return message;
}

std::vector<std::uint8_t> Group::readable(Bytes datagram) const {
  std::vector<std::uint8_t> plain, bytes;
  const auto message = read(datagram, plain);
  SWARM_ASSERT(message, "a replica says what the others can read");
  wire::encode_previous(message->header, message->body, {}, bytes);
  return bytes;
}

bool Group::understand(Place from, Place to, Bytes datagram) const {
  const bool sealed = datagram[4] == wire::protocol_version;
  return !sealed || (!of_previous_version_.contains(from) && !of_previous_version_.contains(to));
}

void Group::forge(Place as, Place to, Term term, const wire::Body& body,
                  std::optional<BootId> boot) {
  const auto& v = view(as);
  std::vector<std::uint8_t> bytes;
  wire::encode({v.cluster, v.member, {}, boot.value_or(v.boot), v.store, term}, body, seal(), {},
               bytes);
  deliver(to, address_of(as), bytes);
}

void Group::deliver(Place to, const Endpoint& from, Bytes datagram) {
  step(to, [&](Replica& r, Outbox& out) {
    const auto received = process(to).links->receive(now_, out, from, datagram);
    if (!received) return r.dropped(from, datagram, received.error());
    if (*received) r.receive(from, **received);
  });
}

void Group::send_all(Place n, const Outbox& out) {
  for (std::size_t i = 0; i < out.datagrams();) {
    const auto first = out.datagram(i);
    const auto message = read(first.bytes, plain_);
    SWARM_ASSERT(message, "a replica says what the others can read");
    std::vector<Onlooker::Receiver> receivers;
    const auto said = readable(first.bytes);
    for (; i < out.datagrams(); ++i) {  // the same message to several members, one after another
      const auto datagram = out.datagram(i);
      if (datagram.bytes[4] != first.bytes[4] || readable(datagram.bytes) != said) break;
      const Place to = datagram.to.ip.v4() - address_of(0).ip.v4();
      ++sent_[message->body.index()];
      ++versions_[datagram.bytes[4]];
      const bool lost = !understand(n, to, datagram.bytes) || is_lost(n, to, *message);
      receivers.push_back({to, lost});
      if (lost) continue;
      const auto jitter = options_.jitter > 0ns ? random_.between(0ns, options_.jitter) : 0ns;
      flights_.emplace(now_ + options_.delay + jitter,
                       Flight{n, to, {datagram.bytes.begin(), datagram.bytes.end()}});
    }
    onlooker_->sends(n, receivers, *message);
    check(n, *message);
  }
}

// ---- Steps

void Group::carry_out(Place n, Outbox& out) {
  auto& place = places_.at(n);
  for (const auto& event : out.events()) {
    events_.emplace_back(n, event);
    check(n, event);
    onlooker_->happened(n, event);
  }
  for (auto& write : out.ballot_writes()) {
    onlooker_->writes(n, std::exchange(place.ballot, write.ballot), write.ballot);
    place.disk.give(std::move(write));
  }
  for (auto& write : out.log_writes()) {
    onlooker_->writes(n, write.write);
    place.disk.give(std::move(write));
  }
  send_all(n, out);
  check(n);
  if (out.exit_reason().empty()) return check_answers();
  place.exit = out.exit_reason();
  onlooker_->told(n, "ends: " + place.exit);
  end(n);
}

void Group::report(Place n) {
  while (runs(n) && !places_.at(n).paused) {
    const auto ticket = disk(n).sync();
    if (!ticket) return;
    call(n, [&](Replica& r) { r.persisted(*ticket); });
  }
}

void Group::check(Place n) {
  auto& before = process(n).before;
  Invariants::basic(view(n));
  if (before) Invariants::delta(*before, view(n));
  before = view(n);
  SWARM_ASSERT(!view(n).retired || !process(n).replica->mastership().may_answer(),
               "who handed over answers no more (R9)");
}

void Group::check(Place n, const Event& event) {
  if (const auto* won = std::get_if<event::ElectionWon>(&event)) {
    const auto [at, is_new] = masters_.emplace(won->term, n);
    SWARM_ASSERT(is_new, "a term has one master (R4)");
    for (const auto& [term, index] : committed_)  // a late one may be of a term that is over
      SWARM_ASSERT(term >= won->term || view(n).last >= index,
                   "a master has all that was committed in the terms before (R4)");
  } else if (const auto* committed = std::get_if<event::Committed>(&event)) {
    SWARM_ASSERT(view(n).role != Role::master || committed->term == view(n).term,
                 "a master commits by a block of its own term (R13)");
    most_committed_ = std::max(most_committed_, committed->index);
    auto& of_term = committed_[committed->term];
    of_term = std::max(of_term, committed->index);
  } else if (const auto* applied = std::get_if<event::BlockApplied>(&event)) {
    const auto digests = std::pair(applied->log_digest, applied->table_digest);
    const auto [at, is_new] = applied_.emplace(applied->index, digests);
    SWARM_ASSERT(at->second.first == digests.first, "one block is committed at an index (R13)");
    SWARM_ASSERT(at->second.second == digests.second, "equal logs count the same (R30)");
  } else if (const auto* serving = std::get_if<event::Serving>(&event)) {
    SWARM_ASSERT(committed_.contains(serving->term) && committed_[serving->term] <= serving->index,
                 "a master serves once the NOOP of its term is committed and applied (R5)");
  } else if (const auto* installed = std::get_if<event::SnapshotInstalled>(&event)) {
    SWARM_ASSERT(disk(n).image.tables.applied.index == installed->index,
                 "a snapshot is in force once it is durable (R19)");
  } else if (const auto* down = std::get_if<event::SteppedDown>(&event)) {
    ++steps_down_.at(static_cast<std::size_t>(down->cause));
  }
}

void Group::check(Place n, const wire::Message& message) const {
  if (!runs(n)) return;  // its supervisor speaks
  const auto& disk = places_.at(n).disk;
  const auto promise = disk.ballot ? disk.ballot->promise : 0ns;
  const wire::Acknowledgement* ack = nullptr;
  if (const auto* m = std::get_if<wire::Ready>(&message.body)) ack = &m->ack;
  if (const auto* m = std::get_if<wire::KeepAliveAck>(&message.body)) ack = &m->ack;
  if (ack && !disk.lies) {
    SWARM_ASSERT(std::chrono::microseconds(ack->promise_us) <= promise,
                 "a promise is on the disk before it is given (R10)");
    SWARM_ASSERT(ack->durable < disk.image.log_begin + disk.image.log.size(),
                 "what is acknowledged is on the disk (R12)");
  }
  const auto* vote = std::get_if<wire::VoteReply>(&message.body);
  if (!vote || vote->granted == 0) return;
  SWARM_ASSERT(std::chrono::microseconds(vote->promise_us) <= promise,
               "a promise is on the disk before it is given (R10)");
  SWARM_ASSERT(disk.ballot->term == message.header.term && disk.ballot->vote == message.header.to,
               "a vote is on the disk before it is told (R4)");
}

bool Group::may_answer(Place n) const {
  if (!runs(n) || places_.at(n).paused) return false;
  const auto& v = view(n);
  return v.serving && !v.retired && now_ < v.lease_until;
}

void Group::check_answers() {
  std::size_t who_may = 0;
  for (auto& [n, place] : places_) {
    if (!place.process || place.paused) continue;
    const bool may = may_answer(n);
    who_may += may;
    if (std::exchange(place.process->answers, may) && !may && view(n).serving && !view(n).retired)
      onlooker_->told(n, "may not answer any more: its lease has ended");
  }
  SWARM_ASSERT(who_may <= 1, "one member at most may answer (R1, R5)");
}

// ---- Time

Time Group::next_moment() const {
  Time next = flights_.empty() ? never : flights_.begin()->first;
  for (const auto& [n, place] : places_) {
    if (!place.process || place.paused) continue;
    next = std::min(next, std::max(now_, place.process->replica->next_wake()));
    // Only to look.
    if (place.process->answers) next = std::min(next, std::max(now_, view(n).lease_until));
  }
  return next;
}

void Group::moment() {
  check_answers();
  while (!flights_.empty() && flights_.begin()->first <= now_) {
    const auto flight = std::move(flights_.begin()->second);
    flights_.erase(flights_.begin());
    const auto to = places_.find(flight.to);
    if (to == places_.end()) continue;
    if (to->second.paused)
      flights_.emplace(now_ + 1ms, flight);  // it is looked at again
    else
      deliver(flight.to, address_of(flight.from), flight.bytes);
  }
  for (const auto n : running())
    if (runs(n) && !places_.at(n).paused && process(n).replica->next_wake() <= now_)
      step(n, [](Replica& r) { r.wake(); });
}

void Group::pass(Duration d) {
  const Time end = now_ + d;
  for (Time next = next_moment(); next <= end; next = next_moment()) {
    now_ = next;
    moment();
  }
  now_ = end;
}

bool Group::pass_until(const std::function<bool()>& holds, Duration limit) {
  for (const Time end = now_ + limit; !holds();) {
    const Time next = next_moment();
    if (next > end) return false;
    now_ = next;
    moment();
  }
  return true;
}

bool Group::settle(Duration limit) {
  return pass_until([this] { return settled(); }, limit);
}

bool Group::settled() const {
  const Place m = master();
  if (m == 0) return false;
  const auto& its = view(m);
  return std::ranges::all_of(running(), [&](Place n) {
    const auto& v = view(n);
    if (v.role == Role::stranger || v.role == Role::removed) return true;
    return v.term == its.term && v.master == its.member && v.rows_applied == its.last &&
           v.durable == its.last;
  });
}

// ---- Looks

Place Group::master() const {
  for (const auto& [n, place] : places_)
    if (may_answer(n)) return n;
  return 0;
}

std::vector<Place> Group::running() const {
  std::vector<Place> all;
  for (const auto& [n, place] : places_)
    if (place.process) all.push_back(n);
  return all;
}

}  // namespace swarm::test
