// A probe measures the service gap: it sends a new registration at a steady pace, never the same
// one twice and never again, and notes when each was first answered. Its registrations go away
// again: what it measures must not be a swarm of its own making.
#pragma once

#include <deque>
#include <vector>

#include "engine/node/node.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm::sim {

struct ProbeSettings {
  Endpoint trackers;                  // the multicast group
  std::uint16_t port{};               // own
  Duration every = 200us;             // between two registrations
  Duration connect_retry = 20ms;      // connects, unlike announces, are retransmitted
  Duration connection_refresh = 45s;  // asks for a new id; the old one serves meanwhile
};

class ProbePeer final : public Node {
 public:
  struct Sample {  // times of its host's own clock
    TransactionId transaction;
    Time sent;
    Time answered = never;  // the first time
  };

  // So many answered registrations stand at the most while it is active.
  static constexpr std::size_t most_standing = 1500;

  ProbePeer(const ProbeSettings& settings, std::uint64_t seed);

  void start(Time now, Outbox& out) override;  // connects
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;

  // Registrations go out while it is active, the first one at `now`: ask next_wake() afterwards.
  // Afterwards it stops them all, one by one, until each stop is answered.
  void active(Time now, bool on);
  bool active() const { return next_probe_ != never; }
  // A fault has come: until answered() the pace is at least a thousandth of the time since then,
  // so that a long outage is measured as well with few requests.
  void waits_since(Time fault) { waits_since_ = fault; }
  void answered() { waits_since_ = never; }

  // In the order of sending.
  const std::vector<Sample>& samples() const { return samples_; }
  std::uint64_t sent() const { return samples_.size(); }  // since its start
  std::size_t to_stop() const { return samples_.size() - next_stop_ + stopping_.size(); }

 private:
  struct Stop {
    std::size_t sample;
    Time again;  // when it is sent anew
  };
  void connect(Time now, Outbox& out);
  void probe(Time now, Outbox& out);
  Duration pace(Time now) const;
  InfoHash content_of(TransactionId transaction) const;
  void connected(Time now, const wire::ConnectResponse& response);
  void announced(Time now, TransactionId transaction, Outbox& out);
  Time next_stop() const;
  void stop_some(Time now, Outbox& out);
  void stop_next(Time now, Outbox& out);
  void send(wire::AnnounceEvent event, TransactionId of, TransactionId as, Outbox& out);

  ProbeSettings settings_;
  std::uint64_t seed_;
  ConnectionId connection_;
  bool has_connection_ = false;
  TransactionId connecting_;  // while one is under way
  bool connecting_now_ = false;
  Time next_connect_ = never;
  Time next_probe_ = never;
  Time waits_since_ = never;
  TransactionId next_transaction_;  // one after another, so that an answer finds its sample
  std::vector<Sample> samples_;
  std::size_t next_stop_ = 0;  // the sample that is stopped next
  std::size_t standing_ = 0;   // answered, and not stopped
  Time paced_stop_{};          // no stop before
  std::deque<Stop> stopping_;  // not answered, the one that is sent anew first in front
};

}  // namespace swarm::sim
