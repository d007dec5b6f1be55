// A client of BEP 15 as others have written it: it knows the addresses of some trackers, a tier
// each, and has one kind of client's habits when they do not answer. It announces that it has
// started, announces again when it was told to, says that it is complete when its user's download
// is, and that it stops.
//
// Only an answer from the address that was asked counts, as with libtorrent and aria2.
#pragma once

#include <string>
#include <vector>

#include "engine/node/node.hpp"
#include "engine/wire/bep15.hpp"
#include "transport/sim/scenario/client_habits.hpp"

namespace swarm::sim {

struct ClientSettings {
  const ClientHabits* habits{};
  std::vector<Endpoint> tiers;  // at least one
  InfoHash content;
  std::uint16_t port{};  // that it announces; its datagrams come from another one
};

// What a client wanted to say to its trackers, and what came of it. Times of its host's own clock.
struct ClientAnnounce {
  wire::AnnounceEvent event{};
  Time wanted{};
  Time answered = never;
  wire::AnnounceEvent told{};  // to the tracker that answered: not every client repeats itself
  std::uint32_t datagrams{};   // sent for it
  std::uint32_t peers{};       // that the answer named
};
struct ClientLog {
  std::vector<ClientAnnounce> announces;  // in the order of wanting
  std::vector<std::string> errors;        // that it was answered with
  std::uint32_t turns{};                  // to another tier, when one did not answer
  // It told somebody that it lacks nothing before anybody had answered its `completed`: trackers
  // count who becomes a seeder by that event, and it may be one already.
  bool seeder_before{};
};

bool told_completed(const ClientLog& log);  // and it was answered

class Bep15Client final : public Node {
 public:
  // `log` outlives it.
  Bep15Client(const ClientSettings& settings, std::uint64_t seed, ClientLog& log);

  void start(Time now, Outbox& out) override;  // announces `started`
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time, Ticket, Outbox&) override {}

  // Its user's verbs: one after the other, each once at most.
  void complete(Time now, Outbox& out);
  void leave(Time now, Outbox& out);  // what was not answered until then never will be

 private:
  enum class Step : std::uint8_t { idle, connecting, announcing };
  struct Tier {
    Endpoint address;
    ConnectionId connection;
    Time connection_until{};  // not used any more from then on
    Step step = Step::idle;
    std::size_t announce{};  // in log_.announces: the one under way
    wire::AnnounceEvent event{};
    TransactionId transaction;
    Time next_sending = never, gives_up = never;
    std::uint32_t sendings{};
  };

  bool pending() const { return done_ < log_.announces.size(); }
  const ClientHabits& habits() const { return *settings_.habits; }
  bool at_once() const { return habits().next_tier == 0s; }
  void want(Time now, wire::AnnounceEvent event, Outbox& out);
  void begin(Time now, Outbox& out);
  void begin_round(Time now, Outbox& out);
  void turn(Time now, Outbox& out);
  void ask(Time now, Tier& tier, Outbox& out);
  void begin(Time now, Tier& tier, Step step, Outbox& out);
  void send(Tier& tier, Outbox& out);
  void wake(Time now, Tier& tier, Outbox& out);
  void give_up(Time now, Tier& tier);
  void on_connected(Time now, Tier& tier, const wire::bep15::ConnectResponse& response,
                    Outbox& out);
  void on_announced(Time now, Tier& tier, const wire::bep15::AnnounceResponse& response,
                    Outbox& out);
  void on_error(Time now, Tier& tier, const wire::bep15::ErrorResponse& response, Outbox& out);
  wire::bep15::AnnounceRequest request(const Tier& tier) const;

  ClientSettings settings_;
  ClientLog& log_;
  std::uint64_t seed_;
  std::vector<Tier> tiers_;
  std::size_t first_ = 0;   // asked first: the one that answered last
  std::size_t asked_ = 0;   // tiers, of this round
  std::size_t rounds_ = 0;  // that were in vain, for this announce
  std::size_t done_ = 0;    // announces that were answered, or are no longer wanted
  bool complete_ = false;
  Time turn_at_ = never;     // to the next tier
  Time again_at_ = never;    // the next round begins
  Time refresh_at_ = never;  // the next announce is due
  TransactionId next_transaction_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace swarm::sim
