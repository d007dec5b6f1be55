// A crowd of peers that announces as fast as a tracker answers: a closed loop with a fixed number
// of requests under way; one that is not answered in time is sent again.
//
// Peer p is (address of source p mod sources, a port of its own); a few sockets serve them all,
// since a tracker tells peers apart by address and announced port, and ties a connection id to the
// address alone.
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
  // Each round of further registrations gives each peer one more content. A tracker that was under
  // this load before has its first rounds already.
  std::uint32_t first_round = 1;
  std::uint32_t num_want = 22;
  std::uint32_t in_flight = 256;  // at least one per source
  std::uint32_t threads = 1;
  Duration retransmission = 500ms;
  Duration patience = 10s;  // without any answer; then it throws
};

struct LoadResult {
  Duration elapsed{};
  std::uint64_t answers{};  // to announces
  std::uint64_t errors{};   // error replies; their requests count as done
  std::uint64_t sendings{}, lost{};
  std::uint64_t peers{}, bytes{};  // of all answers
  Latencies latencies;             // from the first sending
};

InfoHash content_hash(std::uint32_t content);

class Load {
 public:
  // Opens the sockets and fetches connection ids. Throws std::runtime_error, here and below: no
  // answer, no such address.
  explicit Load(const LoadSettings& settings);
  ~Load();

  // Each peer announces its content (started); returns when all were answered.
  LoadResult register_all();
  // For so long: registered peers, drawn by chance, announce again (no event).
  LoadResult refresh(Duration duration);
  // For so long: registrations that the tracker does not have yet (started).
  LoadResult register_more(Duration duration);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm::bench
