// The public interface of one member of a replicated group (the seed's M-DFTS as master, S-DFTS as
// slave, without the database itself): terms, votes, log, commit index, members. It depends on no
// client, content or SQL. It replicates a StateMachine; its master offers a Service.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/consensus/invariants.hpp"
#include "engine/consensus/mastership.hpp"
#include "engine/consensus/settings.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/node/member_report.hpp"

namespace swarm {

class Replica {
 public:
  struct Start {
    ConsensusSettings settings;
    // Log and CONFIG, and the pulled part of a snapshot, which is moved out of it. The rows are the
    // state's.
    db::TrackerImage& image;
    db::Ballot ballot;
    bool is_fresh{};  // the ballot was made just now, and is not on the disk yet
    BootId boot;      // random, new at each start
    Random random;    // the source of every random choice of this process
    GroupId group{};  // of all its tickets
  };
  // Creates the ballot of a new store, with the store's identity.
  static db::Ballot fresh_ballot(Random& random);

  // `machine` and `service` outlive it; they are called from start() on.
  Replica(Start start, StateMachine& machine, Service& service);
  ~Replica();

  // One step. The constructor sets the time and the outbox; the destructor hands over the pending
  // writes. Every call below, and every action that a service starts itself, must be within a step.
  class Step {
   public:
    Step(Replica& replica, Time now, Outbox& out);
    ~Step() noexcept(false);
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Replica& replica_;
  };

  void start();
  void receive(const Endpoint& from, Bytes datagram);
  void wake();
  Time next_wake() const;
  void persisted(Ticket ticket);
  void clock_went_back(Duration by);
  void heard_group();  // a datagram that was sent to the multicast group has come (R27)

  // Orders of an operator: see Tracker.
  bool hand_over();
  bool remove(MemberId member);
  void stop();
  bool leave();
  bool first_start(FirstStart how);
  void reload(const ConsensusSettings& settings);
  void death_certificate(Outbox& out) const;  // needs no step

  Mastership& mastership();
  const TrackerView& view() const;  // as the last step left it
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;
  std::vector<MemberReport> members(Time now) const;
  std::vector<Endpoint> candidates() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
