// A client of BEP 15, like those of other projects. It knows the addresses of some trackers. Each
// address is a tier of its own. When trackers do not answer, the client behaves like one kind of
// real client (client_habits.hpp). It announces when it starts, again after the interval that a
// tracker names, when its user's download is complete, and when it stops.
//
// Like libtorrent and aria2, it accepts an answer only from the address that it asked.
#pragma once

#include <string>
#include <vector>

#include "engine/base/secrets.hpp"
#include "engine/node/node.hpp"
#include "engine/wire/bep15.hpp"
#include "transport/sim/scenario/client_habits.hpp"

namespace swarm::sim {

struct ClientSettings {
  const ClientHabits* habits{};
  std::vector<Endpoint> tiers;  // at least one
  InfoHash content;
  std::uint16_t port{};  // the port that it announces; it sends from another port
};

// An announce that a client wanted to make, and its outcome. Its times are those of the client's
// clock.
struct ClientAnnounce {
  wire::AnnounceEvent event{};
  Time wanted{};
  Time answered = never;
  wire::AnnounceEvent told{};  // the event in the answered request: `event`, or `started`
  std::uint32_t datagrams{};   // requests sent for this announce
  std::uint32_t peers{};       // peers in the answer
};
struct ClientLog {
  std::vector<ClientAnnounce> announces;  // in the order of ClientAnnounce::wanted
  std::vector<std::string> errors;        // the texts of the trackers' error answers
  std::uint32_t turns{};                  // how often the client turned to the next tier
  // True: before a tracker answered the client's `completed`, the client sent `left` = 0 with
  // another event. So it may have been a seeder already when its `completed` arrived. Trackers
  // count a download only if `completed` makes a client a seeder.
  bool seeder_before{};
};

bool told_completed(const ClientLog& log);  // true: a tracker has answered `completed`

class Bep15Client final : public Node {
 public:
  // `log` must outlive the client.
  Bep15Client(const ClientSettings& settings, const StartDraw& draw, ClientLog& log);

  void start(Time now, Outbox& out) override;  // announces `started`
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time, Ticket, Outbox&) override {}

  // Commands of the client's user. Call each at most once, and complete() before leave().
  void complete(Time now, Outbox& out);
  void leave(Time now, Outbox& out);  // drops the announces that are not answered yet

 private:
  enum class Step : std::uint8_t { idle, connecting, announcing };
  struct Tier {
    Endpoint address;
    ConnectionId connection;
    Time connection_until{};  // the time from which the connection id is not used any more
    Step step = Step::idle;
    std::size_t announce{};  // index in log_.announces of the announce under way
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
  std::size_t first_ = 0;   // the tier that a round asks first; see ClientHabits::from_the_top
  std::size_t asked_ = 0;   // number of tiers asked in this round
  std::size_t rounds_ = 0;  // number of unanswered rounds of the current announce
  std::size_t done_ = 0;    // number of announces that were answered or dropped
  bool complete_ = false;
  Time turn_at_ = never;     // the time at which it turns to the next tier
  Time again_at_ = never;    // the time at which the next round begins
  Time refresh_at_ = never;  // the time of its next regular announce
  TransactionId next_transaction_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace swarm::sim
