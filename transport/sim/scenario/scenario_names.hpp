// The words of scenario files, and what they stand for.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/sim/scenario/scenario.hpp"

namespace swarm::sim {

template <class Kind>
using Names = std::vector<std::pair<std::string_view, Kind>>;

const Names<Action::Kind>& action_names();            // "hand-over"
const Names<Who::Kind>& role_names();                 // "any-slave"; it has no name for `named`
const Names<Expectation::Kind>& expectation_names();  // "new_master"; `service` has two kinds

// The messages between trackers by the names of docs/PROTOCOL.md, in the order of wire::Body.
std::span<const std::string_view> message_names();

// True for the invariants of peers that exchange contents.
bool is_of_exchange(std::string_view invariant);
// True for the invariants of clients of BEP 15.
bool is_of_clients(std::string_view invariant);

template <class Kind>
const Kind* find_name(const Names<Kind>& names, std::string_view name) {
  for (const auto& [known, kind] : names)
    if (known == name) return &kind;
  return nullptr;
}

template <class Kind>
std::string_view name_of(const Names<Kind>& names, Kind kind) {
  for (const auto& [name, known] : names)
    if (known == kind) return name;
  return "?";
}

template <class Kind>
std::vector<std::string_view> words_of(const Names<Kind>& names) {
  std::vector<std::string_view> words;
  for (const auto& [name, kind] : names) words.push_back(name);
  return words;
}

}  // namespace swarm::sim
