// The public interface of one member of a replicated group: terms, votes, log, commit index,
// members. A master's Replica is the seed's M-DFTS, and a slave's Replica is the seed's S-DFTS,
// both without the database itself. A Replica knows nothing of clients, contents or SQL. It
// replicates a StateMachine, on which the master offers a Service.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/base/secrets.hpp"
#include "engine/consensus/invariants.hpp"
#include "engine/consensus/mastership.hpp"
#include "engine/consensus/settings.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/links/links.hpp"
#include "engine/node/member_report.hpp"

namespace swarm {

class Replica {
 public:
  struct Start {
    ConsensusSettings settings;
    // The replica reads the log and the CONFIG from this image, and moves the chunks of a pulled
    // snapshot out of it. The StateMachine reads the rows of the tables from it.
    db::TrackerImage& image;
    db::Ballot ballot;
    bool is_fresh{};  // the ballot was made just now, and is not on the disk yet
    BootId boot;      // random, new at each start
    StartDraw draw;   // for every random choice and every secret of this replica
    GroupId group{};  // the group number in all tickets of this replica
  };
  // Creates the ballot of a new store, with the store's identity.
  static db::Ballot fresh_ballot(Secrets& secrets);

  // `links`, `machine` and `service` must outlive the replica. It calls them from start() on.
  Replica(Start start, Links& links, StateMachine& machine, Service& service);
  ~Replica();

  // One step. The constructor sets the time and the outbox. The destructor hands over the pending
  // writes. Outside of a step nobody may change the replica, and the service may not act by itself.
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
  void receive(const Endpoint& from, const wire::Message& message);
  // A datagram came, but Links dropped it.
  void dropped(const Endpoint& from, Bytes datagram, Reject why);
  void wake();
  Time next_wake() const;
  void persisted(Ticket ticket);
  void clock_went_back(Duration by);
  void heard_group();  // a datagram to the multicast group has come (R27)

  // An operator's orders; see Tracker.
  bool hand_over();
  bool remove(MemberId member);
  void stop();
  bool leave();
  bool first_start(FirstStart how);
  void reload(const ConsensusSettings& settings);
  void death_certificate(Outbox& out) const;  // also allowed outside of a step

  Mastership& mastership();
  const TrackerView& view() const;  // the state after the last step
  const Config& config() const;
  std::uint64_t rejected(Reject reason) const;
  std::vector<MemberReport> members(Time now) const;
  std::vector<Endpoint> candidates() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
