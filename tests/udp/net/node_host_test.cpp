// The host of a node: datagrams, HTTP, the order of a step, ends.
#include "transport/udp/net/node_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "engine/base/assert.hpp"
#include "tests/udp/net/test_host.hpp"
#include "tests/udp/run_until.hpp"

namespace swarm::udp::hosts {
namespace {

using testing::ElementsAre;

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
  server.callbacks.answers = false;
  say(1);
  EXPECT_EQ(server.host.counters().answers_too_late, 1u);
  server.callbacks.answers = true;
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
  EXPECT_THAT(server.callbacks.notes, ElementsAre("answers?", "answers?", "answers?"));
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
  EXPECT_THAT(server.callbacks.notes, ElementsAre("answers?", "http 127.18.1.2:5000 /announce?x"));
  server.callbacks.answers = false;
  ask();
  ASSERT_EQ(server.callbacks.notes.size(), 4u);
  EXPECT_EQ(server.callbacks.notes[2], "answers?");
  EXPECT_EQ(server.callbacks.notes[3], "http 127.18.1.2:5000 ");  // no answer: a refusal
  EXPECT_EQ(server.host.counters().answers_too_late, 1u);
}

// A refusal promises nothing.
TEST(NodeHost, RefusesOverHttpWithoutALease) {
  asio::io_context io;
  TestHost server(io);
  server.host.listen(Channel::peers, at(io, host_1));
  server.host.start();
  server.callbacks.answers = false;
  server.host.step([](Time, Outbox& out) { out.send(Channel::http, {host_2, 5000}, Bytes{}); });
  EXPECT_THAT(server.callbacks.notes, ElementsAre("http 127.18.1.2:5000 "));
  EXPECT_EQ(server.host.counters().answers_too_late, 0u);
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
    out.persist(request(5));
    out.persist(request(6));
    out.persist(Outbox::BallotWrite{{Disk::ballot, 7}, {}});
    out.persist(Outbox::LogWrite{{Disk::log, 8}, {}});
    out.event(event::TermAdopted{{1}});
  });
  EXPECT_THAT(it.callbacks.notes,
              ElementsAre("event", "log 8", "ballot 7", "store 5", "store 6", "answers?", "exit"));
  EXPECT_EQ(it.callbacks.end, "enough");
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
  EXPECT_THAT(it.callbacks.notes, ElementsAre("exit"));
}

TEST(NodeHost, StopsWithinAnEvent) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::cluster, at(io, host_1));
  auto witness = at(io, host_2);
  it.callbacks.on_event = [&](const Event&) { it.host.stop(); };
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
  EXPECT_THAT(it.callbacks.notes, ElementsAre("event"));
}

TEST(NodeHost, PassesOnWhatTheStoreReports) {
  asio::io_context io;
  TestHost it(io);
  it.host.listen(Channel::peers, at(io, host_1));
  it.node.on_stored = [](const StoreReport& report, Outbox& out) {
    EXPECT_EQ(report.ticket, 4u);
    EXPECT_EQ(report.bytes->size(), 3u);
    out.persist(request(5));
  };
  it.host.start();
  StoreReport report;
  report.ticket = 4;
  report.bytes = std::make_shared<const Text>(3);
  it.host.stored(report);
  it.host.stop();
  it.host.stored(report);  // nothing comes of it
  EXPECT_THAT(it.callbacks.notes, ElementsAre("store 5"));
}

}  // namespace
}  // namespace swarm::udp::hosts
