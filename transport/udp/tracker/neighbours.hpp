// Watches for senders to this instance's cluster port that do not belong to its swarm: instances
// with another secret, and instances with an empty disk. The tracker only drops or answers their
// datagrams. This class tells the operator what is wrong.
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

// Wraps the tracker, and passes every call on to it unchanged.
class Neighbours final : public Node {
 public:
  Neighbours(Tracker& tracker, const wire::Seal& seal) : tracker_(tracker), seal_(seal) {}

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

  // Returns at most OtherSigners::most senders. A DEAD does not count, because it may be from a
  // process that was ended to correct its secret.
  std::vector<OtherSigner> with_another_secret(Time now) const { return signers_.recent(now); }
  // For an instance without a swarm: the members of a swarm with the same secret that have lately
  // sent to this instance. They do so because their list of members has its address.
  std::vector<Endpoint> members_of_a_swarm(Time now) const;
  // Sentences about these senders for the status of this member.
  std::vector<std::string> remarks(Time now);
  // The same sentences for the log, when they are due (Patience). To be called about once a second.
  std::vector<HealthMonitor::Line> look(Time now);

 private:
  using Seen = std::map<Endpoint, Time>;
  struct Emptied {  // an instance with another store was heard at a member's address
    Endpoint address;
    StoreId store;
    Time when;
  };
  void hear_newcomers();
  void forget_who_is_back(Time now);
  std::vector<std::string> of_another_secret(Time now) const;
  HealthMonitor::Line of_empty_disks() const;

  Tracker& tracker_;
  const wire::Seal seal_;
  std::vector<std::uint8_t> plain_;
  OtherSigners signers_;
  Seen swarm_;
  std::map<MemberId, Emptied> emptied_;
  Patience secrets_told_, disks_told_;
};

}  // namespace swarm::udp
