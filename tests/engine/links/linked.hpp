// Processes with sessions between them, on a network that a test controls: it loses, holds back and
// copies datagrams, and forges their sources. Every datagram that was ever sent is kept, so that it
// can be played again.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/links/sessions.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"
#include "tests/engine/consensus/members.hpp"

namespace swarm::test {

inline constexpr Endpoint group_address{0xefff0001, 6968};

struct Flight {
  Endpoint from, to;
  std::vector<std::uint8_t> bytes;
};

// What a process was given by its links.
struct Delivered {
  std::uint32_t at;  // the process
  Endpoint from;
  wire::Header header;
  std::size_t type;  // index in wire::Body
  std::uint64_t number;
};

class Linked {
 public:
  static constexpr Duration status = 100ms;

  // A process of the store of place n, at the address of place n, beginning now.
  void start(std::uint32_t n, bool previous_protocol = false) {
    ++boots_;
    auto& p = processes_[n];
    p.self = {BootId{1000 + boots_}, store_of(n)};
    p.links = std::make_unique<SessionLinks>(
        SessionLinks::Settings{secret, wire::Cipher::xchacha20_poly1305, previous_protocol, status,
                               p.self, address(n)},
        Entropy{draw_secret({}, SecretPurpose::start, boots_)});
  }
  void end(std::uint32_t n) { processes_.erase(n); }
  // The next process of place n has this address.
  void move(std::uint32_t n, const Endpoint& address) { moved_[n] = address; }
  Endpoint address(std::uint32_t n) const {
    const auto moved = moved_.find(n);
    return moved == moved_.end() ? address_of(n) : moved->second;
  }
  handshake::Process self(std::uint32_t n) const { return processes_.at(n).self; }

  wire::Header header(std::uint32_t n) const {
    const auto self = processes_.at(n).self;
    return {cluster_id, MemberId{n}, {}, self.boot, self.store, Term{1}};
  }
  // Sends a message with this number. Only a STATUS waits for a session.
  void send(std::uint32_t n, const Endpoint& to, std::uint64_t number) {
    wire::Status status_message;
    status_message.uptime_ms = number;
    status_message.hears.add(MemberId{n});
    say(n, to, status_message);
  }
  void send(std::uint32_t n, std::uint32_t to, std::uint64_t number) {
    send(n, address_of(to), number);
  }
  void say(std::uint32_t n, const Endpoint& to, const wire::Body& body) {
    act(n, [&](SessionLinks& links, Outbox& out) {
      links.send(now_, out, {&to, 1}, header(n), body);
    });
  }
  // A datagram of place n that says it is dead.
  std::vector<std::uint8_t> death_of(std::uint32_t n) {
    const auto self = processes_.at(n).self;
    Outbox out;
    out.set_nonces(&nonces_);
    const Endpoint to = address_of(99);
    processes_.at(n).links->send(now_, out, {&to, 1}, header(n),
                                 wire::Dead{MemberId{n}, self.boot, self.store});
    const auto bytes = out.datagram(0).bytes;
    return {bytes.begin(), bytes.end()};
  }

  // Delivers a datagram. Returns what the process sends because of it.
  std::vector<Flight> hear(std::uint32_t n, const Endpoint& from, Bytes bytes) {
    const auto before = flights_.size();
    act(n, [&](SessionLinks& links, Outbox& out) {
      const auto received = links.receive(now_, out, from, bytes);
      if (!received)
        ++rejected_[received.error()];
      else if (*received)
        deliver(n, from, **received);
    });
    return {flights_.begin() + static_cast<std::ptrdiff_t>(before), flights_.end()};
  }

  // Delivers what is under way, and what is sent because of it, until nothing is.
  // `lose` returns true for a datagram that gets lost.
  using Filter = std::function<bool(const Flight&)>;
  void deliver_all(const Filter& lose = [](const Flight&) { return false; }) {
    while (!flights_.empty()) {
      const Flight flight = flights_.front();
      flights_.pop_front();
      if (lose(flight)) continue;
      arrive(flight);
    }
  }
  void arrive(const Flight& flight) {
    for (const auto n : places())
      if (flight.to == address(n) || flight.to == group_address) hear(n, flight.from, flight.bytes);
  }
  std::deque<Flight>& flights() { return flights_; }
  void pass(Duration d) { now_ += d; }
  Time now() const { return now_; }
  std::vector<std::uint32_t> places() const {
    std::vector<std::uint32_t> all;
    for (const auto& [n, process] : processes_) all.push_back(n);
    return all;
  }
  // Opens sessions between all of them.
  void greet() {
    for (const auto n : places())
      for (const auto other : places())
        if (other != n) send(n, other, 0);
    deliver_all();
    delivered_.clear();
  }

  const std::vector<Flight>& recorded() const { return recorded_; }
  std::vector<Delivered>& delivered() { return delivered_; }
  std::size_t rejected(Reject why) { return rejected_[why]; }
  SessionLinks& links(std::uint32_t n) { return *processes_.at(n).links; }
  std::vector<std::uint64_t> numbers_at(std::uint32_t n) const {
    std::vector<std::uint64_t> all;
    for (const auto& d : delivered_)
      if (d.at == n) all.push_back(d.number);
    return all;
  }

  static constexpr Secret secret{1, 2, 3};

 private:
  struct Process {
    handshake::Process self;
    std::unique_ptr<SessionLinks> links;
  };

  template <class F>
  void act(std::uint32_t n, const F& f) {
    Outbox out;
    out.set_nonces(&nonces_);
    f(*processes_.at(n).links, out);
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      const auto datagram = out.datagram(i);
      Flight flight{address(n), datagram.to, {datagram.bytes.begin(), datagram.bytes.end()}};
      recorded_.push_back(flight);
      flights_.push_back(std::move(flight));
    }
  }
  void deliver(std::uint32_t n, const Endpoint& from, const wire::Message& message) {
    const auto* const status_message = std::get_if<wire::Status>(&message.body);
    delivered_.push_back({n, from, message.header, message.body.index(),
                          status_message ? status_message->uptime_ms : 0});
  }

  Time now_{10s};
  std::uint64_t boots_ = 0;
  std::map<std::uint32_t, Process> processes_;
  std::map<std::uint32_t, Endpoint> moved_;
  CountedNonces nonces_;
  std::deque<Flight> flights_;
  std::vector<Flight> recorded_;
  std::vector<Delivered> delivered_;
  std::map<Reject, std::size_t> rejected_;
};

template <class M>
bool is(const Flight& flight) {
  return wire::claims_to_be<M>(flight.bytes);
}

}  // namespace swarm::test
