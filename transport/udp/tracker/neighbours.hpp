// Who else speaks to the trackers' port of this instance, as far as its swarm has nothing to do
// with it: instances with another secret, and those with an empty disk. The tracker drops or
// answers them; an operator must be told, on both sides, what is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/node/node.hpp"
#include "engine/tracker/tracker.hpp"
#include "transport/udp/tracker/health_monitor.hpp"
#include "transport/udp/tracker/other_signers.hpp"

namespace swarm::udp {

// Stands before the tracker, which hears everything as it came.
class Neighbours final : public Node {
 public:
  Neighbours(Tracker& tracker, const Secret& secret) : tracker_(tracker), secret_(secret) {}

  void start(Time now, Outbox& out) override { tracker_.start(now, out); }
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override { tracker_.wake(now, out); }
  Time next_wake() const override { return tracker_.next_wake(); }
  void persisted(Time now, Ticket ticket, Outbox& out) override {
    tracker_.persisted(now, ticket, out);
  }
  void clock_went_back(Time now, Duration by, Outbox& out) override {
    tracker_.clock_went_back(now, by, out);
  }

  // A few of them, however many there were. A farewell alone makes none: it is of a process that
  // has ended, as one is whose secret was put right.
  std::vector<OtherSigner> with_another_secret(Time now) const { return signers_.recent(now); }
  // By one who has no swarm yet: members of one that has the same secret, and sends here because it
  // knows this address as that of a member.
  std::vector<Endpoint> members_of_a_swarm(Time now) const;
  // What a member has to say about them now.
  std::vector<std::string> remarks(Time now);
  // The same for its log; once a second or so. What goes on is said less and less often.
  std::vector<HealthMonitor::Line> look(Time now);

 private:
  using Seen = std::map<Endpoint, Time>;
  struct Emptied {  // at the address of a member an instance of another store was heard
    Endpoint address;
    StoreId store;
    Time when;
  };
  void heard(Time now, Bytes datagram);
  void heard_newcomer(Time now, StoreId store, const Endpoint& cluster);
  void forget_who_is_back(Time now);
  std::vector<std::string> of_another_secret(Time now) const;
  HealthMonitor::Line of_empty_disks() const;

  Tracker& tracker_;
  const Secret secret_;
  OtherSigners signers_;
  Seen swarm_;
  std::map<MemberId, Emptied> emptied_;
  Patience secrets_told_, disks_told_;
};

}  // namespace swarm::udp
