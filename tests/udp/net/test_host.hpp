// A node whose functions a test sets, and callbacks that note what its host does.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/peer/peer.hpp"
#include "engine/tracker/tracker.hpp"
#include "tests/udp/run_until.hpp"
#include "transport/udp/net/node_host.hpp"
#include "transport/udp/tracker/disk_thread.hpp"

namespace swarm::udp::hosts {

inline constexpr std::uint32_t host_1 = 0x7f120101, host_2 = 0x7f120102;  // 127.18.1.1 and .2
inline constexpr std::uint32_t some_group = 0xefff1201;

inline DatagramSocket at(asio::io_context& io, std::uint32_t ip) {
  return DatagramSocket::unicast(io, {ip, 0}, {ip, 1});
}

using Text = std::vector<std::uint8_t>;

// A node that calls the functions of a test. A function that is not set does nothing.
struct TestNode final : Node {
  std::function<void(Outbox&)> at_start;
  std::function<void(const Arrival&, Bytes, Outbox&)> on_receive;
  std::function<void(Outbox&)> on_wake;
  std::function<void(Ticket, Outbox&)> on_persisted;
  std::function<void(const StoreReport&, Outbox&)> on_stored;
  Time next = never;
  Time now{};

  void start(Time time, Outbox& out) override {
    pass(time);
    if (at_start) at_start(out);
  }
  void receive(Time time, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    pass(time);
    if (on_receive) on_receive(arrival, datagram, out);
  }
  void wake(Time time, Outbox& out) override {
    pass(time);
    EXPECT_LE(next, now) << "woken too early";
    next = never;
    if (on_wake) on_wake(out);
  }
  Time next_wake() const override { return next; }
  void persisted(Time time, Ticket ticket, Outbox& out) override {
    pass(time);
    if (on_persisted) on_persisted(ticket, out);
  }
  void stored(Time time, const StoreReport& report, Outbox& out) override {
    pass(time);
    if (on_stored) on_stored(report, out);
  }

 private:
  void pass(Time time) {
    EXPECT_GE(time, now) << "time went back";
    now = time;
  }
};

// Notes the calls of a host, in order.
struct TestHostCallbacks final : HostCallbacks {
  std::vector<std::string> notes;
  std::string end;
  bool answers = true;
  std::function<void(const Event&)> on_event;

  void event(Time, const Event& event) override {
    notes.push_back("event");
    if (on_event) on_event(event);
  }
  void persist(Outbox::LogWrite write) override {
    notes.push_back("log " + std::to_string(write.ticket.number));
  }
  void persist(Outbox::BallotWrite write) override {
    notes.push_back("ballot " + std::to_string(write.ticket.number));
  }
  void persist(StoreRequest request) override {
    notes.push_back("store " + std::to_string(request.ticket));
  }
  void answer_http(const Endpoint& to, Bytes body) override {
    notes.push_back("http " + to_string(to) + " " + std::string(body.begin(), body.end()));
  }
  bool may_answer_peers(Time) override {
    notes.push_back("answers?");
    return answers;
  }
  void exit(std::string_view reason) override {
    notes.push_back("exit");
    end = reason;
  }
};

struct TestHost {
  explicit TestHost(asio::io_context& context) : io(context) {}

  asio::io_context& io;
  TestNode node;
  TestHostCallbacks callbacks;
  NodeHost host{io, node, callbacks};

  bool ends() {
    return run_until(io, [this] { return !callbacks.end.empty(); });
  }
};

inline StoreRequest request(std::uint64_t ticket) {
  StoreRequest one;
  one.ticket = ticket;
  return one;
}

}  // namespace swarm::udp::hosts
