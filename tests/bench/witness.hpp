// Peers whose registrations must not change, whatever happens to the trackers. They announce
// repeatedly and check each answer. They send requests in the seed's dialect to the trackers'
// group, so that the present master answers.
#pragma once

#include <vector>

#include "tests/bench/batch_socket.hpp"
#include "tests/bench/client_dialect.hpp"

namespace swarm::bench {

struct WitnessCounts {
  std::uint64_t answers{}, resent{};
  std::uint64_t wrong{};     // answers with an error, or with a wrong number of peers
  Duration longest{};        // longest time from the first sending of a request to its answer
  std::size_t unanswered{};  // number of requests that still wait for an answer
};

class Witness {
 public:
  static constexpr std::uint32_t peers = 120, contents = 12;

  Witness(const Endpoint& group, std::uint32_t source_ip);

  // Registers all peers. Throws std::runtime_error if that takes longer than `patience`.
  void settle(Duration patience);
  // Reads answers, repeats lost requests, and sends the next request when it is due.
  void tick(Time now);
  // Sends no new request, and waits for the last answers for at most `patience`.
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
  std::size_t expected_ = 0;  // number of peers that each answer must have; 0: any number
  WitnessCounts counts_;
};

}  // namespace swarm::bench
