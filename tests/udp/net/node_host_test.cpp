#include "transport/udp/net/node_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <deque>
#include <optional>
#include <vector>

#include "engine/base/assert.hpp"
#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/peer/peer.hpp"
#include "engine/tracker/tracker.hpp"
#include "tests/udp/run_until.hpp"
#include "transport/udp/system/boot_clock.hpp"
#include "transport/udp/tracker/disk_thread.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;

constexpr std::uint32_t host_1 = 0x7f120101, host_2 = 0x7f120102;  // 127.18.1.1 and .2
constexpr std::uint32_t some_group = 0xefff1201;

DatagramSocket at(asio::io_context& io, std::uint32_t ip) {
  return DatagramSocket::unicast(io, {ip, 0}, {ip, 1});
}

using Text = std::vector<std::uint8_t>;

// A node made of functions; what is not given does nothing.
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

// Notes what happens, in its order.
struct TestSurroundings final : Surroundings {
  std::vector<std::string> notes;
  std::string end;
  bool answers = true;
  std::function<void(const Event&)> on_event;

  void event(Time, const Event& event) override {
    notes.push_back("event");
    if (on_event) on_event(event);
  }
  void persist(Outbox::LogWrite write) override {
    notes.push_back("log " + std::to_string(write.ticket));
  }
  void persist(Outbox::BallotWrite write) override {
    notes.push_back("ballot " + std::to_string(write.ticket));
  }
  void persist(StoreWish wish) override { notes.push_back("store " + std::to_string(wish.ticket)); }
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
  TestSurroundings surroundings;
  NodeHost host{io, node, surroundings};

  bool ends() {
    return run_until(io, [this] { return !surroundings.end.empty(); });
  }
};

StoreWish wish(std::uint64_t ticket) {
  StoreWish one;
  one.ticket = ticket;
  return one;
}

void echo(TestNode& node) {
  node.on_receive = [](const Arrival& arrival, Bytes datagram, Outbox& out) {
    out.send(arrival.channel, arrival.from, datagram);
  };
}

// --- Datagrams

TEST(NodeHost, AnswersLeaveFromTheSocketOfTheirChannel) {
  asio::io_context io;
  TestHost server(io), client(io);
  server.host.listen(Channel::cluster, at(io, host_1));
  server.host.listen(Channel::peers, at(io, host_1));
  echo(server.node);
  client.host.listen(Channel::peers, at(io, host_2));
  std::vector<Endpoint> answers;
  client.node.at_start = [&](Outbox& out) {
    out.send(Channel::peers, server.host.local(Channel::peers), Text{1});
    out.send(Channel::peers, server.host.local(Channel::cluster), Text{2});
  };
  client.node.on_receive = [&](const Arrival& arrival, Bytes datagram, Outbox& out) {
    EXPECT_FALSE(arrival.multicast);
    EXPECT_EQ(arrival.from,
              server.host.local(datagram[0] == 1 ? Channel::peers : Channel::cluster));
    answers.push_back(arrival.from);
    if (answers.size() == 2) out.exit("both came");
  };
  server.host.start();
  client.host.start();
  EXPECT_TRUE(client.ends());
  EXPECT_EQ(server.host.sockets(Channel::cluster).received, 1u);
  EXPECT_EQ(server.host.sockets(Channel::peers).sent, 1u);
}

TEST(NodeHost, TellsWhatWasSentToTheGroup) {
  asio::io_context io;
  TestHost server(io), client(io);
  auto group = DatagramSocket::group(io, {some_group, 0}, {host_1, 1});
  const Endpoint everyone = group.local();
  server.host.listen(Channel::peers, std::move(group));
  server.host.listen(Channel::peers, at(io, host_1));
  client.host.listen(Channel::peers, at(io, host_2));
  echo(server.node);
  std::vector<bool> multicast;
  server.node.on_receive = [&](const Arrival& arrival, Bytes datagram, Outbox& out) {
    multicast.push_back(arrival.multicast);
    out.send(Channel::peers, arrival.from, datagram);
  };
  client.node.at_start = [&](Outbox& out) { out.send(Channel::peers, everyone, Text{1}); };
  client.node.on_receive = [&](const Arrival& arrival, Bytes datagram, Outbox& out) {
    EXPECT_EQ(arrival.from, server.host.local(Channel::peers));  // never from the group's socket
    if (datagram[0] == 2) return out.exit("done");
    out.send(Channel::peers, arrival.from, Text{2});
  };
  server.host.start();
  client.host.start();
  EXPECT_TRUE(client.ends());
  EXPECT_THAT(multicast, ElementsAre(true, false));
}

TEST(NodeHost, ABatchIsOneStepAndKeepsItsOrder) {
  asio::io_context io;
  TestHost server(io), client(io);
  server.host.listen(Channel::peers, at(io, host_1));
  client.host.listen(Channel::peers, at(io, host_2));
  echo(server.node);
  client.node.at_start = [&](Outbox& out) {
    for (std::uint8_t i = 0; i < 200; ++i)
      out.send(Channel::peers, server.host.local(Channel::peers), Text{i});
  };
  Text heard;
  client.node.on_receive = [&](const Arrival&, Bytes datagram, Outbox& out) {
    heard.push_back(datagram[0]);
    if (heard.size() == 200) out.exit("all");
  };
  server.host.start();
  client.host.start();
  EXPECT_TRUE(client.ends());
  for (std::size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i], i);
  EXPECT_EQ(server.host.counters().steps, 1 + 4u);  // its start, and 64 + 64 + 64 + 8
}

TEST(NodeHost, NoAnswerLeavesWhenTheLeaseHasRunOut) {
  asio::io_context io;
  TestHost server(io), witness(io);
  server.host.listen(Channel::cluster, at(io, host_1));
  server.host.listen(Channel::peers, at(io, host_1));
  witness.host.listen(Channel::peers, at(io, host_2));
  const Endpoint to = witness.host.local(Channel::peers);
  std::vector<std::uint8_t> heard;
  witness.node.on_receive = [&](const Arrival&, Bytes datagram, Outbox& out) {
    heard.push_back(datagram[0]);
    if (heard.size() == 2) out.exit("both");
  };
  witness.host.start();
  server.host.start();
  const auto say = [&](std::uint8_t text) {
    server.host.step([&](Time, Outbox& out) {
      out.send(Channel::peers, to, Text{text});
      out.send(Channel::cluster, to, Text{static_cast<std::uint8_t>(text + 100)});
    });
  };
  server.surroundings.answers = false;
  say(1);
  EXPECT_EQ(server.host.counters().answers_too_late, 1u);
  server.surroundings.answers = true;
  server.host.step([&](Time, Outbox& out) { out.send(Channel::peers, to, Text{2}); });
  EXPECT_TRUE(witness.ends());
  EXPECT_THAT(heard, testing::UnorderedElementsAre(101, 2));
  EXPECT_EQ(server.host.counters().answers_too_late, 1u);
}

TEST(NodeHost, TheLeaseIsAskedForAgainAfterEachBatch) {
  asio::io_context io;
  TestHost server(io);
  server.host.listen(Channel::peers, at(io, host_1));
  server.host.start();
  const Endpoint to{host_2, 9};
  server.host.step([&](Time, Outbox& out) {
    for (int i = 0; i < 130; ++i) out.send(Channel::peers, to, Text{1});
  });
  EXPECT_THAT(server.surroundings.notes, ElementsAre("answers?", "answers?", "answers?"));
}

// --- Families, HTTP

DatagramSocket at6(asio::io_context& io) {
  return DatagramSocket::unicast(io, {Ip::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 0},
                                 {});
}

TEST(NodeHost, ADatagramLeavesFromTheSocketOfItsFamily) {
  asio::io_context io;
  TestHost server(io);
  server.host.listen(Channel::peers, at(io, host_1));
  auto six = at6(io);
  const Endpoint local6 = six.local();
  server.host.listen(Channel::peers, std::move(six));
  echo(server.node);
  server.host.start();
  auto client = at(io, host_2), client6 = at6(io);
  client.send(std::vector<DatagramSocket::Outgoing>{{server.host.local(Channel::peers), Text{4}}});
  client6.send(std::vector<DatagramSocket::Outgoing>{{local6, Text{6}}});
  std::vector<Endpoint> answers;
  for (auto* const socket : {&client, &client6})
    socket->wait([&answers, socket] {
      for (const auto& datagram : socket->receive()) answers.push_back(datagram.from);
    });
  EXPECT_TRUE(run_until(io, [&] { return answers.size() == 2; }));
  EXPECT_THAT(answers, testing::UnorderedElementsAre(server.host.local(Channel::peers), local6));
}

TEST(NodeHost, OneStepSendsToBothFamilies) {
  asio::io_context io;
  TestHost server(io);
  server.host.listen(Channel::peers, at6(io));
  server.host.listen(Channel::peers, at(io, host_1));
  server.host.start();
  auto client = at(io, host_2), client6 = at6(io);
  server.host.step([&](Time, Outbox& out) {
    for (std::uint8_t i = 0; i < 3; ++i) {
      out.send(Channel::peers, client.local(), Text{i});
      out.send(Channel::peers, client6.local(), Text{i});
    }
  });
  EXPECT_EQ(client.receive().size(), 3u);
  EXPECT_EQ(client6.receive().size(), 3u);
}

TEST(NodeHost, WhatHasNoSocketOfItsFamilyIsDroppedAndCounted) {
  asio::io_context io;
  TestHost server(io);
  server.host.listen(Channel::peers, at(io, host_1));
  server.host.start();
  auto client = at(io, host_2), client6 = at6(io);
  server.host.step([&](Time, Outbox& out) {
    out.send(Channel::peers, client6.local(), Text{6});
    out.send(Channel::peers, client.local(), Text{4});
  });
  EXPECT_EQ(client.receive().size(), 1u);
  EXPECT_EQ(server.host.sockets(Channel::peers).send_dropped, 1u);
}

TEST(NodeHost, AnHttpRequestIsAnArrivalAndItsAnswerIsHandedOver) {
  asio::io_context io;
  TestHost server(io);
  server.host.listen(Channel::peers, at(io, host_1));
  echo(server.node);
  server.host.start();
  const std::string target = "/announce?x";
  const Endpoint client{host_2, 5000};
  const auto ask = [&] {
    server.host.receive({Channel::http, client, false},
                        {reinterpret_cast<const std::uint8_t*>(target.data()), target.size()});
  };
  ask();
  EXPECT_THAT(server.surroundings.notes,
              ElementsAre("answers?", "http 127.18.1.2:5000 /announce?x"));
  server.surroundings.answers = false;
  ask();
  EXPECT_EQ(server.surroundings.notes.size(), 3u);  // asked, and no answer
  EXPECT_EQ(server.host.counters().answers_too_late, 1u);
}

// --- Order, ends

TEST(NodeHost, CarriesAStepOutInItsOrder) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  it.host.start();
  it.host.step([](Time, Outbox& out) {
    out.exit("enough");
    out.send(Channel::peers, {host_2, 9}, Text{1});
    out.persist(wish(5));
    out.persist(wish(6));
    out.persist(Outbox::BallotWrite{7, {}});
    out.persist(Outbox::LogWrite{8, {}});
    out.event(event::TermAdopted{{1}});
  });
  EXPECT_THAT(it.surroundings.notes,
              ElementsAre("event", "log 8", "ballot 7", "store 5", "store 6", "answers?", "exit"));
  EXPECT_EQ(it.surroundings.end, "enough");
}

TEST(NodeHost, NothingHappensAfterAnExit) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  it.node.at_start = [](Outbox& out) { out.exit("at once"); };
  it.node.next = Time{};
  it.node.on_wake = [&](Outbox&) { it.node.next = Time{}; };
  it.host.start();
  it.host.step([](Time, Outbox&) { ADD_FAILURE() << "a step after the end"; });
  it.host.persisted({Disk::log, 1});
  io.run();  // nothing keeps it
  EXPECT_THAT(it.surroundings.notes, ElementsAre("exit"));
}

TEST(NodeHost, StopsWithinAnEvent) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::cluster, at(io, host_1));
  auto witness = at(io, host_2);
  it.surroundings.on_event = [&](const Event&) { it.host.stop(); };
  it.host.start();
  it.host.step([&](Time, Outbox& out) {
    out.event(event::TermAdopted{{1}});
    out.send(Channel::cluster, witness.local(), Text{1});
  });
  io.run();
  EXPECT_EQ(witness.receive().size(), 1u);  // what the step had to say has left
  EXPECT_EQ(it.host.sockets(Channel::cluster).sent, 1u);
}

TEST(NodeHost, HandlersThatComeAfterItsEndFindItStopped) {
  asio::io_context io;
  auto from = at(io, host_2);
  {
    TestHost it(io);
    it.host.listen(Channel::peers, at(io, host_1));
    it.node.on_receive = [](const Arrival&, Bytes, Outbox&) { ADD_FAILURE() << "after its end"; };
    it.host.start();
    from.send(std::vector<DatagramSocket::Outgoing>{{it.host.local(Channel::peers), Text{1}}});
  }
  io.run();
}

TEST(NodeHost, AStepWithinAStepIsABug) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  it.host.start();
  const auto nested = [&](Time, Outbox&) { it.host.step([](Time, Outbox&) {}); };
  EXPECT_THROW(it.host.step(nested), AssertionFailed);
}

TEST(NodeHost, PassesOnWhatIsDurable) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  it.node.on_persisted = [](Ticket ticket, Outbox& out) {
    EXPECT_EQ(ticket.disk, Disk::ballot);
    EXPECT_EQ(ticket.number, 3u);
    out.event(event::TermAdopted{{1}});
  };
  it.host.start();
  it.host.persisted({Disk::ballot, 3});
  EXPECT_THAT(it.surroundings.notes, ElementsAre("event"));
}

TEST(NodeHost, PassesOnWhatTheStoreReports) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  it.node.on_stored = [](const StoreReport& report, Outbox& out) {
    EXPECT_EQ(report.ticket, 4u);
    EXPECT_EQ(report.bytes->size(), 3u);
    out.persist(wish(5));
  };
  it.host.start();
  StoreReport report;
  report.ticket = 4;
  report.bytes = std::make_shared<const Text>(3);
  it.host.stored(report);
  it.host.stop();
  it.host.stored(report);  // nothing comes of it
  EXPECT_THAT(it.surroundings.notes, ElementsAre("store 5"));
}

// --- Timers

TEST(NodeHost, WakesWhenItsNodeWants) {
  asio::io_context io;
  TestHost it(io);
  int wakes = 0;
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_wake = [&](Outbox& out) {
    it.node.next = it.node.now + 1ms;
    if (++wakes == 5) out.exit("five");
  };
  const Time begin = boot_clock_now();
  it.host.start();
  EXPECT_TRUE(it.ends());
  EXPECT_GE(boot_clock_now() - begin, 5ms);
  EXPECT_EQ(it.host.counters().wakes, 5u);
}

// The timer is armed for the first wish; a wake at that time would be too early (see TestNode).
TEST(NodeHost, AWakeThatIsPutOffComesLater) {
  asio::io_context io;
  TestHost it(io);
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 2ms; };
  it.node.on_wake = [](Outbox& out) { out.exit("woken"); };
  it.host.start();
  it.host.step([&](Time now, Outbox&) { it.node.next = now + 20ms; });
  EXPECT_TRUE(it.ends());
  EXPECT_EQ(it.host.counters().wakes, 1u);
}

TEST(NodeHost, AWakeThatIsBroughtForwardComesEarlier) {
  asio::io_context io;
  TestHost it(io);
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1h; };
  it.node.on_wake = [](Outbox& out) { out.exit("woken"); };
  it.host.start();
  it.host.step([&](Time now, Outbox&) { it.node.next = now + 1ms; });
  EXPECT_TRUE(it.ends());
}

TEST(NodeHost, AWakeOfThePastComesAtOnce) {
  asio::io_context io;
  TestHost it(io);
  int wakes = 0;
  it.node.next = Time::min();
  it.node.on_wake = [&](Outbox& out) {
    it.node.next = Time::min();
    if (++wakes == 10) out.exit("ten");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
}

TEST(NodeHost, CountsHowLateAWakeWas) {
  asio::io_context io;
  TestHost it(io);
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_wake = [](Outbox& out) { out.exit("woken"); };
  it.host.start();
  it.host.step([](Time now, Outbox&) {
    while (boot_clock_now() < now + 30ms) continue;  // the machine stalls
  });
  EXPECT_TRUE(it.ends());
  EXPECT_GE(it.host.counters().longest_lateness, 29ms);
}

TEST(NodeHost, CountsTheCpuTimeOfTheLongestStepByKind) {
  asio::io_context io;
  TestHost it(io);
  const auto works = [](std::clock_t ticks) {  // CPU time of this process, at least
    const auto begin = std::clock();
    while (std::clock() - begin < ticks) continue;
  };
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_wake = [&](Outbox& out) {
    works(CLOCKS_PER_SEC / 50);
    out.exit("woken");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
  const auto longest = [&](StepKind kind) {
    return it.host.counters().longest_step[static_cast<std::size_t>(kind)];
  };
  EXPECT_GE(longest(StepKind::timer), 10ms);
  EXPECT_GT(longest(StepKind::other), 0ns);
  EXPECT_EQ(longest(StepKind::disk), 0ns);
}

// --- Nothing starves

// Datagrams that are sent on to the own address keep a socket readable for ever.
void flood(TestHost& it, Channel channel) {
  it.node.at_start = [&it, channel](Outbox& out) {
    for (int i = 0; i < 100; ++i) out.send(channel, it.host.local(channel), Text{1});
  };
}

TEST(NodeHost, AFloodDoesNotHoldUpTimers) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  flood(it, Channel::peers);
  int wakes = 0;
  it.node.on_receive = [&](const Arrival&, Bytes datagram, Outbox& out) {
    if (it.node.next == never) it.node.next = it.node.now + 1ms;
    out.send(Channel::peers, it.host.local(Channel::peers), datagram);
  };
  it.node.on_wake = [&](Outbox& out) {
    if (++wakes == 10) out.exit("ten");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
}

class FloodOf : public testing::TestWithParam<Channel> {};

TEST_P(FloodOf, OneChannelDoesNotHoldUpTheOther) {
  asio::io_context io;
  TestHost it(io);
  const Channel flooded = GetParam();
  const Channel other = flooded == Channel::peers ? Channel::cluster : Channel::peers;
  it.host.listen(Channel::peers, at(io, host_1));
  it.host.listen(Channel::cluster, at(io, host_1));
  flood(it, flooded);
  int heard = 0, turns = 0;
  it.node.on_receive = [&](const Arrival& arrival, Bytes datagram, Outbox& out) {
    ++turns;
    if (arrival.channel == flooded && turns == 50) out.send(other, it.host.local(other), Text{2});
    out.send(arrival.channel, it.host.local(arrival.channel), datagram);
    if (arrival.channel == other && ++heard == 20) out.exit("heard");
  };
  it.host.start();
  EXPECT_TRUE(it.ends());
  EXPECT_LT(turns, 50'000);  // each turn of the other waits for a few batches at most
}

INSTANTIATE_TEST_SUITE_P(NodeHost, FloodOf, testing::Values(Channel::peers, Channel::cluster));

// Large data keeps many messages of many datagrams in a socket; each batch is a step of its own.
TEST(NodeHost, AFloodByOffloadHoldsUpNobody) {
  asio::io_context io;
  TestHost it(io);
  auto socket = at(io, host_1), from = at(io, host_2);
  socket.set_buffers(4 << 20);
  if (!from.use_offload().sending || !socket.use_offload().receiving)
    GTEST_SKIP() << "this kernel has no UDP_SEGMENT or no UDP_GRO";
  it.host.listen(Channel::peers, std::move(socket));
  const Text block(1426);
  const std::vector<DatagramSocket::Outgoing> some(450, {it.host.local(Channel::peers), block});
  std::size_t heard = 0, heard_at_order = 0;
  it.node.on_receive = [&](const Arrival&, Bytes datagram, Outbox& out) {
    EXPECT_EQ(datagram.size(), block.size());
    if (++heard == 1) asio::post(io, [&] { heard_at_order = heard; });
    if (heard == 3 * some.size()) out.exit("all");
  };
  it.host.start();
  for (int i = 0; i < 3; ++i) from.send(some);  // 30 messages
  EXPECT_TRUE(it.ends());
  EXPECT_EQ(heard_at_order, 16 * 45u);
  EXPECT_EQ(it.host.counters().steps, 1 + 2u);
}

TEST(NodeHost, ALongAnswerByOffloadIsWhole) {
  asio::io_context io;
  TestHost server(io);
  auto socket = at(io, host_1), to = at(io, host_2);
  socket.use_offload();
  to.use_offload();
  to.set_buffers(8 << 20);
  server.host.listen(Channel::peers, std::move(socket));
  server.host.start();
  server.host.step([&](Time, Outbox& out) {
    for (std::size_t i = 0; i < 1500; ++i)
      out.send(Channel::peers, to.local(), Text(1426, static_cast<std::uint8_t>(i)));
  });
  std::size_t heard = 0;
  for (std::span<const DatagramSocket::Received> some; !(some = to.receive()).empty();)
    for (const auto& datagram : some)
      EXPECT_EQ(datagram.bytes[1425], static_cast<std::uint8_t>(heard++));
  EXPECT_EQ(heard, 1500u);
}

// What a stall kept in the socket is heard before the timer that waited for it.
class HearsBefore : public testing::TestWithParam<Channel> {};

TEST_P(HearsBefore, ALateTimerWhatHasCome) {
  asio::io_context io;
  TestHost it(io);
  const Channel channel = GetParam();
  it.host.listen(channel, at(io, host_1));
  auto other = at(io, host_2);
  bool heard = false;
  it.node.at_start = [&](Outbox&) { it.node.next = it.node.now + 1ms; };
  it.node.on_receive = [&](const Arrival&, Bytes, Outbox&) { heard = true; };
  it.node.on_wake = [&](Outbox& out) {
    EXPECT_TRUE(heard);
    out.exit("woken");
  };
  it.host.start();
  const Time due = it.node.next;
  while (boot_clock_now() < due + 1ms) continue;  // the timer is ready before the socket is
  other.send(std::vector<DatagramSocket::Outgoing>{{it.host.local(channel), Text{1}}});
  EXPECT_TRUE(it.ends());
}

INSTANTIATE_TEST_SUITE_P(NodeHost, HearsBefore, testing::Values(Channel::peers, Channel::cluster));

// --- The engine itself

// A tracker with its disks, as a worker has it.
class RealTracker final : public Surroundings {
 public:
  RealTracker(asio::io_context& io, std::uint32_t ip, const Endpoint& group)
      : io_(io),
        cluster_(at(io, ip)),
        peers_(at(io, ip)),
        group_(DatagramSocket::group(io, group, {ip, 1})) {}

  Endpoint cluster() const { return cluster_.local(); }
  std::uint16_t group_port() const { return group_.local().port; }

  void start(const std::vector<Endpoint>& contacts) {
    TrackerSettings settings;
    settings.cluster_address = cluster_.local();
    settings.peers_address = peers_.local();
    settings.contacts = contacts;
    settings.swarm_secret.fill(5);
    const std::uint64_t number = cluster_.local().ip.v4();
    tracker_.emplace(Tracker::Start{settings, {}, {}, BootId{number}, number});
    log_disk_.emplace(io_, log_db_, reports(Disk::log));
    ballot_disk_.emplace(io_, ballot_db_, reports(Disk::ballot));
    host_.emplace(io_, *tracker_, *this);
    host_->listen(Channel::cluster, std::move(cluster_));
    host_->listen(Channel::peers, std::move(peers_));
    host_->listen(Channel::peers, std::move(group_));
    host_->start();
  }

  void event(Time, const Event&) override {}
  void persist(Outbox::LogWrite write) override { log_disk_->write(std::move(write)); }
  void persist(Outbox::BallotWrite write) override { ballot_disk_->write(std::move(write)); }
  bool may_answer_peers(Time now) override { return now < tracker_->view().answers_until; }
  void exit(std::string_view reason) override { ended = reason; }

  Tracker& tracker() { return *tracker_; }
  NodeHost& host() { return *host_; }
  std::string ended;

 private:
  DiskReports reports(Disk disk) {
    return {[this, disk](std::uint64_t ticket) {
              host_->persisted({disk, ticket});
            },
            [](const std::string& sentence) { ADD_FAILURE() << sentence; }};
  }

  asio::io_context& io_;
  DatagramSocket cluster_, peers_, group_;
  db::SqliteTrackerDb log_db_{":memory:"};
  db::SqliteBallotDb ballot_db_{":memory:"};
  std::optional<Tracker> tracker_;
  std::optional<LogDisk> log_disk_;
  std::optional<BallotDisk> ballot_disk_;
  std::optional<NodeHost> host_;
};

// Its surroundings only note what was registered.
struct RealPeer final : Surroundings {
  void event(Time, const Event& event) override {
    registered += std::holds_alternative<event::PeerRegistered>(event);
  }
  void exit(std::string_view) override {}
  int registered = 0;
};

TEST(NodeHost, ThreeTrackersFormASwarmAndRegisterAPeer) {
  asio::io_context io;
  RealTracker a(io, 0x7f120201, {some_group + 1, 0});
  const Endpoint group{some_group + 1, a.group_port()};
  RealTracker b(io, 0x7f120202, group), c(io, 0x7f120203, group);
  const std::array trackers{&a, &b, &c};
  const std::vector<Endpoint> contacts{a.cluster(), b.cluster(), c.cluster()};
  for (auto* const tracker : trackers) tracker->start(contacts);

  PeerSettings settings;
  settings.trackers = group;
  RealPeer peer;
  auto socket = at(io, 0x7f120204);
  Peer node(settings, socket.local().port, 1);
  NodeHost host(io, node, peer);
  host.listen(Channel::peers, std::move(socket));
  host.start();
  host.step([&](Time now, Outbox& out) { node.join(now, InfoHash{}, out); });

  EXPECT_TRUE(run_until(io, [&] { return peer.registered == 1; }));
  std::size_t masters = 0;
  for (auto* const tracker : trackers) {
    masters += tracker->tracker().view().role == Role::master;
    EXPECT_EQ(tracker->tracker().view().members, 3u);
    EXPECT_EQ(tracker->ended, "");
  }
  EXPECT_EQ(masters, 1u);
  const auto applied = [](RealTracker* tracker) { return tracker->tracker().table().peers() == 1; };
  EXPECT_TRUE(
      run_until(io, [&] { return std::all_of(trackers.begin(), trackers.end(), applied); }));
}

}  // namespace
}  // namespace swarm::udp
