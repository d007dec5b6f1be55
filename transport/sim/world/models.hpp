// The models of a simulated world, as numbers: its network, disks, processors and clocks.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/quantity.hpp"

namespace swarm::sim {

// A delay that is drawn anew for each use. It is uniform in [min, max]. If `mean` is given, it is
// min plus an exponential tail instead: `mean` is the mean of the sum, before it is cut at max.
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
  // Bursts of loss (Gilbert): each datagram of a link starts one with the chance `burst`. Until the
  // burst ends, the link loses every datagram.
  Ppm burst{};
  Delay burst_length{10ms, 50ms, std::nullopt};
  std::uint64_t bandwidth = 1'000'000'000;  // bit/s of each NIC, FIFO
  Duration queue = 100ms;  // the longest wait in a NIC; beyond that a datagram is dropped
};

struct DiskModel {
  Delay sync{50us, 500us, std::nullopt};  // the time of one group commit
  Duration row{};                         // added for each row and block in it
};

// How long a step of a tracker takes. Until the step ends, nothing else happens at its host. At its
// end, the host sends and writes what the step asked for. With both at zero, a step takes no time.
struct CpuModel {
  Duration step{};
  Duration row{};  // added for each unit of Outbox::work(): about a row of the table, or a request
};

struct ClockModel {           // each host draws its own values
  Range<Duration> offset;     // added to true time
  Range<std::int32_t> drift;  // ppm, signed
};

}  // namespace swarm::sim
