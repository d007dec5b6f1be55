// Fixtures for tests of relaying, in a swarm of three: a slave with its clients, and a master that
// gets the requests of a slave's clients.
#pragma once

#include "engine/tracker/answering/connection_id.hpp"
#include "engine/tracker/answering/relay.hpp"
#include "engine/wire/secret.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test::relays {

inline const Endpoint alice{Ip(0x0a010001), 6881};

inline const wire::ConnectRequest question{TransactionId{7}};

// Returns a valid connection id, made with the secret of the CONFIG at the swarm time of
// keep_alive().
inline ConnectionId good_id(const Endpoint& client) {
  ConnectionIds ids;
  Secret swarm;
  swarm.fill(3);  // SoloTracker's
  ids.set_secrets(wire::connection_key(swarm, voters(3).current_secret), {});
  return ids.make(client.ip, SwarmTime{1'000'000});
}
inline wire::AnnounceRequest announce_of(ConnectionId connection) {
  wire::AnnounceRequest announce;
  announce.connection = connection;
  announce.transaction = TransactionId{8};
  announce.event = wire::AnnounceEvent::started;
  announce.port = alice.port;
  return announce;
}

// A slave that follows member 2 in term 1.
struct Slave {
  explicit Slave(SoloTracker::Options options = {}) : t(std::move(options)) {
    t.keep_alive(2, 1);
    t.forget();
  }
  void ask(const wire::Request& request = question) { t.hear_alone(alice, request); }
  void is_asked_by(std::uint32_t clients) {  // so many clients ask, with valid connection ids
    for (std::uint32_t i = 0; i < clients; ++i) {
      const Endpoint client{Ip(0x0a010001 + i), 6881};
      t.hear_alone(client, announce_of(good_id(client)));
    }
  }
  void follow_for(Duration d) {
    for (const Time end = t.now() + d; t.now() < end;) {
      t.pass(10ms);
      t.keep_alive(2, 1);
    }
  }
  // Relays so many requests, one after the other; the master answers each after `d`. The datagrams
  // and events of the last request stay in `t`.
  void is_answered_after(Duration d, int requests) {
    for (int i = 0; i < requests; ++i) {
      t.forget();
      ask();
      follow_for(d);
      t.hear(2, 1, reply_to(relayed().at(0), 1'000'000));
    }
  }
  std::vector<wire::Relay> relayed(std::uint32_t to = 2) const {
    return t.said_to<wire::Relay>(to);
  }
  static wire::RelayReply reply_to(const wire::Relay& relay, std::uint32_t lease_us = 40'000) {
    static const auto answer =
        wire::encode(wire::ConnectResponse{question.transaction, ConnectionId{9}});
    return {{relay.is.id, 0, 1}, 1, lease_us, answer.bytes()};
  }
  std::size_t answers() const { return t.replied<wire::ConnectResponse>().size(); }
  std::size_t rejected(Reject reason) const {
    std::size_t n = 0;
    for (const auto& e : t.events<event::Rejected>()) n += e.reason == reason;
    return n;
  }
  SoloTracker t;
};

// A master that serves in term 2.
struct Master {
  Master() {
    t.serve();
    t.forget();
  }
  static wire::Relay relay(Bytes request, std::uint64_t id = 1) {
    return {{id, 0, 1}, alice, 0, 1000, request};
  }
  void relays(std::uint32_t slave, const wire::Relay& relay) {
    t.hear(slave, t.view().term.value, relay);
  }
  // Relays an announce of alice to this master. `age` is how long it has waited at the slave.
  void relays(wire::AnnounceEvent event, std::uint32_t number, Duration age) {
    wire::AnnounceRequest announce;
    announce.connection = connection;
    announce.transaction = TransactionId{number};
    announce.info_hash = content(1);
    announce.event = event;
    announce.port = alice.port;
    const auto bytes = wire::encode(announce);
    auto m = relay(bytes.bytes(), number);
    m.age_us = static_cast<std::uint32_t>(age / 1us);
    relays(3, m);
  }
  void connect() {
    t.hear_alone(alice, question);
    connection = t.replied<wire::ConnectResponse>().back().connection;
  }
  void commit() { t.ready(2, t.view().last.value); }
  std::vector<wire::RelayReply> replies(std::uint32_t to = 3) const {
    return t.said_to<wire::RelayReply>(to);
  }
  ConnectionId connection;
  SoloTracker t;
};

}  // namespace swarm::test::relays
