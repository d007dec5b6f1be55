// All draws of a run except those of the network and the disks. Each is a hash of the run's seed,
// of the draw's purpose, and of the thing that it is drawn for (keyed_random.hpp).
#pragma once

#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/keyed_random.hpp"

namespace swarm::sim {

enum class Draw : std::uint64_t {
  node_seed = 1002,
  clock_offset,
  clock_drift,
  reap,
  action_at,
  action_for,
  who,
  peer_content,
  peer_life,
  peer_kind,
  random_gap,
  random_lasting,
  random_who,
  peer_arrival,
  peer_leave,
  peer_return,
  initial_chunk,
  damage,
  client_arrival,
  client_completes,
  client_stays,
  restart,
  clock_jump,
  random_files = 1026,
  recorder_hears,
  recorder_plays,
  recorder_place,
  recorder_after,
  recorder_as,
  recorder_to,
  recorder_other,
  recorder_to_other,
  recorder_damage,
  recorder_cut,
};

// `thing` and `number` tell the draws of one purpose apart, for example by the host and its start.
constexpr std::uint64_t draw(std::uint64_t seed, Draw purpose, std::uint64_t thing,
                             std::uint64_t number = 0) {
  return Draws(seed, thing, number).word(static_cast<Purpose>(purpose));
}

constexpr std::uint64_t draw_below(std::uint64_t seed, Draw purpose, std::uint64_t n,
                                   std::uint64_t thing, std::uint64_t number = 0) {
  return Draws(seed, thing, number).below(static_cast<Purpose>(purpose), n);
}

// Returns a uniform value from `low` to `high`, both included. Returns `low` if the range is empty.
template <class T>
constexpr T draw_between(std::uint64_t seed, Draw purpose, T low, T high, std::uint64_t thing,
                         std::uint64_t number = 0) {
  if (high <= low) return low;
  return low +
         T(static_cast<std::int64_t>(draw_below(
             seed, purpose, static_cast<std::uint64_t>((high - low) / T(1)) + 1, thing, number)));
}

// The key for the draws of the item at this place of a scenario file. The key stays the same when
// other lines change, unless a line above this place is added or removed.
constexpr std::uint64_t key_of(const Place& place) {
  return static_cast<std::uint64_t>(place.line) << 20 | static_cast<std::uint64_t>(place.column);
}

// A waiting time with this mean, drawn from the exponential distribution.
constexpr Duration draw_gap(std::uint64_t seed, Draw purpose, Duration mean, std::uint64_t thing,
                            std::uint64_t number) {
  const Wide scaled = Wide{static_cast<std::uint64_t>(mean.count())} *
                      exponential(draw(seed, purpose, thing, number));
  return Duration(static_cast<std::int64_t>(scaled >> ExponentialTable::unit_bits));
}

}  // namespace swarm::sim
