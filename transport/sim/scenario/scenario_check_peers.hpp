// The part of scenario_check for `clients`, for `exchange`, and for the expectations about them.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

// Each of these functions throws YamlError with the place of the mistake.
void check_clients(const Scenario& s);
void check_expected_clients(const Scenario& s, const Expectation& e);  // must name `all` or a kind
void check_exchange(const Scenario& s);
// The group that `e` names must exist, and its peers must be honest.
void check_expected_group(const Scenario& s, const Expectation& e);

template <class Range, class Value>
bool contains(const Range& range, const Value& value) {
  return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

inline Place place_of(const Scenario& s, const std::string& key) {
  const auto found = s.places.find(key);
  return found == s.places.end() ? Place{1, 1} : found->second;
}

}  // namespace swarm::sim
