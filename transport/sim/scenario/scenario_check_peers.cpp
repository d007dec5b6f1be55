#include "transport/sim/scenario/scenario_check_peers.hpp"

#include <fmt/format.h>

#include <set>

#include "engine/base/did_you_mean.hpp"
#include "engine/base/quantity.hpp"
#include "transport/sim/scenario/client_habits.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;  // of all contents, in memory
constexpr std::uint64_t most_exchanging = 50'000;

// A name must be a plain word. It is used as a word in scenario files and in peers.csv, and names
// like leechers-7 are made from it.
void check_name(const std::string& name, Place place, std::set<std::string>& taken) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  const auto end = name.find_last_not_of("0123456789");
  const bool numbered = end == std::string::npos || (end + 1 < name.size() && name[end] == '-') ||
                        (end == 0 && name[0] == 't' && name.size() > 1);
  if (!std::all_of(name.begin(), name.end(), plain) || numbered)
    throw YamlError(place, fmt::format("`{}` is no name: lower-case letters, digits and dashes, "
                                       "not a tracker's (t1), not with a number at its end",
                                       name));
  if (find_name(role_names(), name) != nullptr || name == "contents" || name == "peers" ||
      name == "disk")
    throw YamlError(place, fmt::format("`{}` has a meaning of its own, take another name", name));
  if (!taken.insert(name).second)
    throw YamlError(place, fmt::format("there is a `{}` already", name));
}

void check_content(const SharedContent& content) {
  if (content.size == 0) throw YamlError(content.place, "the key `size` is missing, or is 0");
  if (content.size > most_bytes)
    throw YamlError(content.place,
                    fmt::format("contents lie in memory: at most {}", size_text(most_bytes)));
}

void check_chunks(const Scenario& s, const PeerGroup& group) {
  if (group.has.kind != InitialChunks::Kind::range) return;
  for (const SharedContent& content : s.exchange.contents) {
    if (!group.contents.empty() && !contains(group.contents, content.name)) continue;
    const std::uint64_t chunks = (content.size + content.chunk_size - 1) / content.chunk_size;
    if (group.has.range.high >= chunks)
      throw YamlError(group.place, fmt::format("{} has the chunks 0..{}, there is no chunk {}",
                                               content.name, chunks - 1, group.has.range.high));
  }
}

void check_group(const Scenario& s, const PeerGroup& group) {
  std::vector<std::string_view> known;
  for (const SharedContent& content : s.exchange.contents) known.push_back(content.name);
  for (const std::string& content : group.contents)
    if (!contains(known, content))
      throw YamlError(group.place, fmt::format("there is no content `{}`{}", content.substr(0, 40),
                                               did_you_mean(content, known)));
  check_chunks(s, group);
  if (group.arrive.high > s.duration)
    throw YamlError(group.place,
                    fmt::format("{} may arrive at {}, after the end of the run ({})", group.name,
                                to_text(group.arrive.high), to_text(s.duration)));
  if (group.receive_buffer < 16 * 1024 || group.receive_buffer > most_bytes)
    throw YamlError(group.place, "receive_buffer must be within 16KiB..1GiB");
  if (group.behaviour == PeerBehaviour::honest) return;
  if (group.has.kind != InitialChunks::Kind::none || group.by_hash)
    throw YamlError(group.place, "who is not honest says that it has all: leave `has` out");
}

}  // namespace

void check_clients(const Scenario& s) {
  if (s.clients.count > 0 && s.clients.arrive.high > s.duration)
    throw YamlError(place_of(s, s.places.contains("clients.arrive") ? "clients.arrive" : "clients"),
                    fmt::format("clients may arrive at {}, after the end of the run ({})",
                                to_text(s.clients.arrive.high), to_text(s.duration)));
  const auto& completes = s.clients.completes;
  const auto& stays = s.clients.stays;
  if (completes && stays && completes->low >= stays->high)
    throw YamlError(
        place_of(s, "clients.completes"),
        fmt::format("nobody completes: the first would after {}, the last leave after {}",
                    to_text(completes->low), to_text(stays->high)));
}

void check_expected_clients(const Scenario& s, const Expectation& e) {
  if (s.clients.count == 0)
    throw YamlError(e.place, "`answered` is said of `clients`, there are none");
  std::vector<std::string_view> known{"all"};
  if (s.clients.kinds.empty())
    for (const ClientHabits& habits : client_habits()) known.push_back(habits.kind);
  for (const std::string& kind : s.clients.kinds) known.push_back(kind);
  if (!contains(known, e.name))
    throw YamlError(e.place, fmt::format("there are no clients `{}`{}", e.name.substr(0, 40),
                                         did_you_mean(e.name, known)));
}

void check_exchange(const Scenario& s) {
  std::set<std::string> names;
  std::uint64_t bytes = 0, peers = 0;
  for (const SharedContent& content : s.exchange.contents) {
    check_name(content.name, content.place, names);
    check_content(content);
    bytes += content.size;
  }
  for (const PeerGroup& group : s.exchange.peers) {
    check_name(group.name, group.place, names);
    check_group(s, group);
    peers += group.count;
  }
  const Place place = place_of(s, "exchange");
  if (s.places.contains("exchange") && (s.exchange.contents.empty() || s.exchange.peers.empty()))
    throw YamlError(place, "an exchange needs `contents` and `peers`");
  if (bytes > most_bytes)
    throw YamlError(place,
                    fmt::format("contents lie in memory: at most {}", size_text(most_bytes)));
  if (peers > most_exchanging)
    throw YamlError(place, fmt::format("at most {} peers exchange contents", most_exchanging));
}

void check_expected_group(const Scenario& s, const Expectation& e) {
  const PeerGroup* group = s.exchange.find(e.name);
  if (group == nullptr) {
    std::vector<std::string_view> known;
    for (const PeerGroup& one : s.exchange.peers) known.push_back(one.name);
    throw YamlError(e.place, fmt::format("there is no group `{}`{}", e.name.substr(0, 40),
                                         did_you_mean(e.name, known)));
  }
  if (group->behaviour != PeerBehaviour::honest)
    throw YamlError(e.place, fmt::format("`{}` are not honest peers", e.name));
}

}  // namespace swarm::sim
