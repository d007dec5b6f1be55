// A probe measures the service gap: it sends new registrations at a steady pace. It sends each
// registration once and never retransmits it. It notes the time of the first answer to each. Later
// the probe stops its registrations, so that every fault meets a swarm of the same size.
#pragma once

#include <deque>
#include <vector>

#include "engine/base/secrets.hpp"
#include "engine/node/node.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm::sim {

struct ProbeSettings {
  Endpoint trackers;                  // the multicast group, or one tracker
  std::uint16_t port{};               // the probe's port
  Duration every = 200us;             // the time between two registrations
  Duration connect_retry = 20ms;      // connects, unlike announces, are retransmitted
  Duration connection_refresh = 45s;  // the age at which it asks for a new connection id; it uses
                                      // the old id until the new one comes
};

class ProbePeer final : public Node {
 public:
  struct Sample {  // a registration; its times are those of the probe's clock
    TransactionId transaction;
    Time sent;
    Time answered = never;  // the time of the first answer
  };

  // While the probe is active, it lets this many answered registrations stand. Beyond that it stops
  // the oldest one for each new one.
  static constexpr std::size_t most_standing = 1500;

  ProbePeer(const ProbeSettings& settings, const StartDraw& draw);

  void start(Time now, Outbox& out) override;  // connects
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;

  // Turns the probe on or off. An active probe sends registrations, the first at `now`. An inactive
  // probe stops all its registrations one by one, and repeats each stop until it is answered. After
  // this call the caller must call next_wake().
  void active(Time now, bool on);
  bool active() const { return next_probe_ != never; }
  // A fault has happened at `fault`. Until answered() is called, the wait between two registrations
  // is at least a thousandth of the time since the fault. So the probe sends few requests in a long
  // outage, and still measures it to a thousandth.
  void waits_since(Time fault) { waits_since_ = fault; }
  void answered() { waits_since_ = never; }

  // All registrations since the start, in the order of sending.
  const std::vector<Sample>& samples() const { return samples_; }
  std::uint64_t sent() const { return samples_.size(); }  // since its start
  std::size_t to_stop() const { return samples_.size() - next_stop_ + stopping_.size(); }

 private:
  struct Stop {
    std::size_t sample;
    Time again;  // the time at which the stop is sent again
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
  TransactionId connecting_;  // the id of the connect under way
  bool connecting_now_ = false;
  Time next_connect_ = never;
  Time next_probe_ = never;
  Time waits_since_ = never;
  // Registrations have consecutive ids, so the id in an answer gives the index of its sample.
  TransactionId next_transaction_;
  std::vector<Sample> samples_;
  std::size_t next_stop_ = 0;  // the sample that is stopped next
  std::size_t standing_ = 0;   // number of samples that are answered and not stopped
  Time paced_stop_{};          // no stop is sent before this time
  // The stops that are not answered yet, sorted by Stop::again.
  std::deque<Stop> stopping_;
};

}  // namespace swarm::sim
