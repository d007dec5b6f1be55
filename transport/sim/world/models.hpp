// The numbers that describe the network, the disks, the processors and the clocks of a simulated
// world.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/quantity.hpp"

namespace swarm::sim {

// A delay that is drawn anew for each use. Without `mean` it is uniform in [min, max]. With `mean`
// it is min plus an exponential tail, cut at max. `mean` is the mean of this sum before the cut.
struct Delay {
  Duration min{}, max{};
  std::optional<Duration> mean;
};

struct NetworkModel {
  Delay latency{100us, 300us, std::nullopt};  // one way
  Range<Ppm> loss;
  Range<Ppm> duplicate;
  Range<Ppm> corrupt;  // the chance that one byte is changed
  Range<Ppm> reorder;  // the chance of an extra delay of up to reorder_by
  Duration reorder_by = 5ms;
  // Bursts of loss (Gilbert): with the chance `burst`, a datagram starts a burst on its link. Until
  // the burst ends, the link loses every datagram.
  Ppm burst{};
  Delay burst_length{10ms, 50ms, std::nullopt};
  std::uint64_t bandwidth = 1'000'000'000;  // bit/s of each NIC, which is FIFO
  Duration queue = 100ms;  // a NIC drops a datagram that would wait longer than this
};

struct DiskModel {
  Delay sync{50us, 500us, std::nullopt};  // the time of one group commit
  Duration row{};                         // added for each row and block in the group
};

// How long a step of a tracker takes. Until the step ends, nothing else happens at the tracker's
// host. When the step ends, the host sends and writes what the step asked for.
struct CpuModel {
  Duration step{};
  Duration row{};  // added for each unit of Outbox::work(): about a row of the table, or a request
};

struct ClockModel {           // each host draws its own values
  Range<Duration> offset;     // added to true time
  Range<std::int32_t> drift;  // ppm, signed
};

}  // namespace swarm::sim
