// What the world is made of, as numbers: a network, a disk, a processor, clocks.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/quantity.hpp"

namespace swarm::sim {

// A delay drawn per use: uniform in [min, max], or, when `mean` is given, min plus an exponential
// tail with that mean, cut at max.
struct Delay {
  Duration min{}, max{};
  std::optional<Duration> mean;
};

struct NetworkModel {
  Delay latency{100us, 300us, std::nullopt};  // one way
  Range<Ppm> loss;
  Range<Ppm> duplicate;
  Range<Ppm> corrupt;  // one byte changed
  Range<Ppm> reorder;  // extra delay of up to reorder_by
  Duration reorder_by = 5ms;
  // Gilbert: a burst begins with this chance per datagram, lasts so long, and loses all.
  Ppm burst{};
  Delay burst_length{10ms, 50ms, std::nullopt};
  std::uint64_t bandwidth = 1'000'000'000;  // bit/s of each NIC, FIFO
  Duration queue = 100ms;                   // longest wait in the NIC, then dropped
};

struct DiskModel {
  Delay sync{50us, 500us, std::nullopt};  // one group commit
  Duration row{};                         // and so much for each row and block of it
};

// What a step of a tracker takes. Meanwhile nothing else happens at its host, and what the step
// wants done is done at its end. Without costs a step takes no time.
struct CpuModel {
  Duration step{};
  Duration row{};  // of the table that it changed, or request that had waited (Outbox::work)
};

struct ClockModel {           // drawn per host
  Range<Duration> offset;     // added to true time
  Range<std::int32_t> drift;  // ppm, signed
};

}  // namespace swarm::sim
