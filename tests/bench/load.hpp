// A crowd of peers that announce as fast as a tracker answers. It is a closed loop: a fixed number
// of requests is under way, and a request that is not answered in time is sent again.
//
// Peer p has the address of source number (p mod sources), and its own port. A few sockets serve
// all peers. This is possible because a tracker distinguishes peers by address and announced port,
// and binds a connection id to the address only.
#pragma once

#include <memory>

#include "tests/bench/client_dialect.hpp"
#include "tests/bench/latencies.hpp"

namespace swarm::bench {

struct LoadSettings {
  Dialect dialect = Dialect::seed;
  Endpoint target;
  std::uint32_t first_source = 0x7f010001;  // 127.1.0.1; the next sources follow it
  std::uint32_t sources = 8;
  std::uint32_t peers = 100'000;  // at most 60,000 per source
  std::uint32_t contents = 2'000;
  // Each round of register_more() registers each peer for one more content. If the tracker was
  // already under this load, it has the first rounds; then `first_round` must be the first new one.
  std::uint32_t first_round = 1;
  std::uint32_t num_want = 22;
  std::uint32_t in_flight = 256;  // number of requests under way; at least one per source
  std::uint32_t threads = 1;
  Duration retransmission = 500ms;
  Duration patience = 10s;  // after so long without any answer, Load throws
};

struct LoadResult {
  Duration elapsed{};
  std::uint64_t answers{};  // number of answers to announces
  std::uint64_t errors{};   // number of error replies; their requests are not repeated
  std::uint64_t sendings{}, lost{};
  std::uint64_t peers{}, bytes{};  // sums over all answers
  Latencies latencies;             // times from the first sending of a request to its answer
};

InfoHash content_hash(std::uint32_t content);

class Load {
 public:
  // Opens the sockets and fetches connection ids. This and the functions below throw
  // std::runtime_error if the tracker does not answer or this host does not have an address.
  explicit Load(const LoadSettings& settings);
  ~Load();

  // Each peer announces its content (event: started). Returns when all requests are answered.
  LoadResult register_all();
  // For `duration`, randomly chosen registered peers announce again (no event).
  LoadResult refresh(Duration duration);
  // For `duration`, sends registrations that the tracker does not have yet (event: started).
  LoadResult register_more(Duration duration);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::bench
