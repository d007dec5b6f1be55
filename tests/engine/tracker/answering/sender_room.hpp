// The fixture of all tests of the Peer Info Sender: the sender with its table and a log.
#pragma once

#include <gtest/gtest.h>

#include "engine/tracker/answering/connection_id.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"

namespace swarm {

// Stands for the Master Consensus System: puts each proposed operation into its own block.
struct SenderLog : Proposer {
  LogIndex propose(const Operation& operation) override {
    operations.push_back(operation);
    return ++last;
  }
  std::vector<Operation> operations;
  LogIndex last{100};
};

struct SenderRelay : RelayedAnswers {
  void answer_relayed(const Requester& requester, Bytes answer) override {
    answers.emplace_back(requester, std::vector<std::uint8_t>(answer.begin(), answer.end()));
  }
  std::vector<std::pair<Requester, std::vector<std::uint8_t>>> answers;
};

struct SenderRoom {
  explicit SenderRoom(AnsweringSettings s)
      : settings(s), sender(settings, table, relayed, {7, 8, 9}) {
    secret.fill(9);
    sender.set_secrets(secret, {});
    sender.set_swarm_time({600'000'000}, Time{});
    ids.set_secrets(secret, {});
  }

  Time time() const { return Time(now); }
  ConnectionId id_of(const Endpoint& peer) const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return ids.make(peer.ip, {600'000'000 + static_cast<std::uint64_t>(us)});
  }
  void apply(const Operation& operation) {
    std::vector<db::RowChange> rows;
    table.apply(operation, time(), rows);
    sender.applied(time(), operation);
  }
  // Commits and applies all operations that were proposed so far.
  void commit_all() {
    for (; applied < log.operations.size(); ++applied) apply(log.operations[applied]);
    sender.committed(time(), log.last, term, out);
  }
  void serve_again(Time since) {  // serves in the next term
    term = term + 1;
    sender.begin_serving(time());
    sender.serve_kept(time(), since, term, log, out);
  }
  // Steps down. Returns the clients with open requests that they sent to this tracker alone.
  std::vector<Endpoint> step_down() {
    std::vector<Endpoint> alone;
    Outbox end;
    EXPECT_TRUE(sender.stepped_down(time()).empty());
    EXPECT_FALSE(sender.take_back(
        time(), end, [&](const StoredRequest& r) { alone.push_back(r.requester().client); }));
    return alone;
  }

  AnsweringSettings settings;
  SwarmTable table{1};
  SenderRelay relayed;
  PeerInfoSender sender;
  Secret secret{};
  ConnectionIds ids;
  SenderLog log;
  Outbox out;
  std::vector<Event> events;
  std::size_t applied = 0;
  Term term{3};
  Duration now{};
};

}  // namespace swarm
