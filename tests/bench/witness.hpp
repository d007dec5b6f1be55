// Peers whose registrations must stay as they are, whatever else happens: they ask again all the
// time, and know what the answer must be. They speak the seed's dialect to the trackers' group, so
// that whichever is master answers.
#pragma once

#include <vector>

#include "tests/bench/batch_socket.hpp"
#include "tests/bench/client_dialect.hpp"

namespace swarm::bench {

struct WitnessCounts {
  std::uint64_t answers{}, resent{};
  std::uint64_t wrong{};     // another number of peers than the content has, or an error
  Duration longest{};        // from the first sending to the answer
  std::size_t unanswered{};  // that still wait
};

class Witness {
 public:
  static constexpr std::uint32_t peers = 120, contents = 12;

  Witness(const Endpoint& group, std::uint32_t source_ip);

  // Registers all; throws std::runtime_error when that takes longer than `patience`.
  void settle(Duration patience);
  // Reads answers, repeats what was lost, and asks when it is time for the next question.
  void tick(Time now);
  // No further question; waits for the last answers, at most so long.
  void finish(Duration patience);
  const WitnessCounts& counts() const { return counts_; }

 private:
  struct Peer {
    wire::AnnounceRequest request;
    Time first_sent, last_sent;
    bool waits{};
  };
  void connect(Time now);
  void ask(Peer& peer, wire::AnnounceEvent event, Time now);
  void send(Peer& peer, Time now);
  void answered(Bytes bytes, Time now);
  void read_and_repeat(Time now);
  bool wait_for_all(Duration patience);
  std::size_t waiting() const;

  Endpoint group_;
  BatchSocket socket_;
  std::vector<Peer> peers_;
  ConnectionId connection_;
  Time connected_, next_question_;
  std::uint32_t transactions_ = 0;
  std::size_t turn_ = 0;
  std::size_t expected_ = 0;  // peers in each answer; zero: any number
  WitnessCounts counts_;
};

}  // namespace swarm::bench
