// What a run draws for itself, beside the network's and the disks' draws: each a hash of the run's
// seed, what it is for, and which one it is (keyed_random.hpp).
#pragma once

#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/keyed_random.hpp"

namespace swarm::sim {

enum class Draw : std::uint64_t {
  secret = 1000,
  boot,
  node_seed,
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
  pair,
  random_files,
};

// `thing` and `number` tell apart what is drawn for the same purpose: a host and its boot, ...
constexpr std::uint64_t draw(std::uint64_t seed, Draw purpose, std::uint64_t thing,
                             std::uint64_t number = 0) {
  return Draws(seed, thing, number).word(static_cast<Purpose>(purpose));
}

constexpr std::uint64_t draw_below(std::uint64_t seed, Draw purpose, std::uint64_t n,
                                   std::uint64_t thing, std::uint64_t number = 0) {
  return Draws(seed, thing, number).below(static_cast<Purpose>(purpose), n);
}

// Uniform, both ends included; `low` when the range is empty.
template <class T>
constexpr T draw_between(std::uint64_t seed, Draw purpose, T low, T high, std::uint64_t thing,
                         std::uint64_t number = 0) {
  if (high <= low) return low;
  return low +
         T(static_cast<std::int64_t>(draw_below(
             seed, purpose, static_cast<std::uint64_t>((high - low) / T(1)) + 1, thing, number)));
}

// A place in a scenario file as the key of what is drawn there: it stays when other lines change.
constexpr std::uint64_t key_of(const Place& place) {
  return static_cast<std::uint64_t>(place.line) << 20 | static_cast<std::uint64_t>(place.column);
}

// A waiting time without memory, of that mean.
constexpr Duration draw_gap(std::uint64_t seed, Draw purpose, Duration mean, std::uint64_t thing,
                            std::uint64_t number) {
  const Wide scaled = Wide{static_cast<std::uint64_t>(mean.count())} *
                      exponential(draw(seed, purpose, thing, number));
  return Duration(static_cast<std::int64_t>(scaled >> ExponentialTable::unit_bits));
}

}  // namespace swarm::sim
