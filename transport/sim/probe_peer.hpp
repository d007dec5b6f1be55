// A probe measures the service gap: it sends a new registration at a steady pace, never the same
// one twice and never again, and notes when each was first answered.
#pragma once

#include <vector>

#include "engine/node.hpp"
#include "engine/wire/client_protocol.hpp"

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

  ProbePeer(const ProbeSettings& settings, std::uint64_t seed);

  void start(Time now, Outbox& out) override;  // connects
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;

  // Registrations go out while it is active, the first one at `now`: ask next_wake() afterwards.
  void active(Time now, bool on);
  bool active() const { return next_probe_ != never; }

  // In the order of sending. What is cleared away is no longer noted when it is answered.
  const std::vector<Sample>& samples() const { return samples_; }
  void clear() { samples_.clear(); }
  std::uint64_t sent() const { return sent_; }  // since its start

 private:
  void connect(Time now, Outbox& out);
  void probe(Time now, Outbox& out);
  InfoHash content_of(TransactionId transaction) const;
  void connected(Time now, const wire::ConnectResponse& response);
  void announced(Time now, TransactionId transaction, Outbox& out);

  ProbeSettings settings_;
  std::uint64_t seed_;
  ConnectionId connection_;
  bool has_connection_ = false;
  TransactionId connecting_;  // while one is under way
  bool connecting_now_ = false;
  Time next_connect_ = never;
  Time next_probe_ = never;
  TransactionId next_transaction_;  // one after another, so that an answer finds its sample
  std::uint64_t sent_ = 0;
  std::vector<Sample> samples_;
};

}  // namespace swarm::sim
