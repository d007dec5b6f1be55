#include "transport/sim/scenario/scenario_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "engine/base/quantity.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "transport/sim/scenario/scenario_check.hpp"
#include "transport/sim/scenario/scenario_tree_reader.hpp"
#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {

void TreeReader::read(const YamlNode& root) {
  if (root.kind == YamlNode::Kind::nothing) fail(root, "the file is empty");
  // Without `clients`, all peers keep the interval that trackers tell them.
  if (find(root, "clients") == nullptr) s_.tracker.client_interval = {};
  map(root, {text("name", s_.name, name_bytes),
             text("description", s_.description, description_bytes),
             count("seed", s_.seed, 0, std::numeric_limits<std::uint64_t>::max()),
             count("runs", s_.runs, 1, 1'000'000),
             duration("duration", s_.duration, 1ms),
             {"swarm", [this](const YamlNode& n) { swarm(n); }},
             {"tracker", [this](const YamlNode& n) { tracker(n); }},
             {"network", [this](const YamlNode& n) { network(n, s_.network); }},
             {"disk", [this](const YamlNode& n) { disk(n); }},
             {"cpu", [this](const YamlNode& n) { cpu(n); }},
             {"clock", [this](const YamlNode& n) { clock(n); }},
             {"exchange", [this](const YamlNode& n) { exchange(n); }},
             {"clients", [this](const YamlNode& n) { clients(n); }},
             {"recorder", [this](const YamlNode& n) { recorder(n); }},
             {"probe", [this](const YamlNode& n) { probe(n); }},
             {"timeline", [this](const YamlNode& n) { timeline(n); }},
             {"random", [this](const YamlNode& n) { random(n); }},
             {"expect", [this](const YamlNode& n) { expect(n); }},
             {"measure", [this](const YamlNode& n) { measure(n); }}});
}

void TreeReader::swarm(const YamlNode& node) {
  Swarm& swarm = s_.swarm;
  constexpr std::uint64_t most = Config::most;
  map(node,
      {count("trackers", swarm.trackers, 1, most), count("standby", swarm.standby, 0, most),
       count("peers", swarm.peers, 0, 4'000'000), count("contents", swarm.contents, 1, 1'000'000),
       count("contents_per_peer", swarm.contents_per_peer, 1, 10'000),
       duration("peers_from", swarm.peers_from, 0ns),
       duration("arrive_within", swarm.arrive_within, 0ns),
       field("ask_one", swarm.ask_one, parse_flag), field("rejoin", swarm.rejoin, parse_flag),
       field("churn", swarm.churn, parse_share), duration("silent_from", swarm.silent_from, 0ns),
       delay("reap", swarm.reap)});
}

void TreeReader::tracker(const YamlNode& node) {
  Fields fields;
  for (const TrackerSettingsKey& key : tracker_settings_keys())
    fields.push_back({key.name, [this, &key](const YamlNode& n) {
                        bool set{};
                        value(n, set, [&](std::string_view text) {
                          return set_tracker_setting(s_.tracker, key, text);
                        });
                      }});
  map(node, fields);
}

void TreeReader::network(const YamlNode& node, NetworkModel& model) {
  map(node,
      {delay("latency", model.latency), field("loss", model.loss, parse_share_range),
       field("duplicate", model.duplicate, parse_share_range),
       field("corrupt", model.corrupt, parse_share_range),
       field("reorder", model.reorder, parse_share_range),
       duration("reorder_by", model.reorder_by, 0ns, 1h), field("burst", model.burst, parse_share),
       delay("burst_length", model.burst_length), field("bandwidth", model.bandwidth, parse_rate),
       duration("queue", model.queue, 0ns, 1h)});
}

void TreeReader::disk(const YamlNode& node) {
  map(node, {delay("sync", s_.disk.sync), duration("row", s_.disk.row, 0ns, 1s)});
}

void TreeReader::cpu(const YamlNode& node) {
  map(node, {duration("step", s_.cpu.step, 0ns, 1s), duration("row", s_.cpu.row, 0ns, 1s)});
}

void TreeReader::clock(const YamlNode& node) {
  map(node, {durations("offset", s_.clock.offset, Sign::negative),
             field("drift", s_.clock.drift, parse_drift_range)});
}

void TreeReader::probe(const YamlNode& node) {
  map(node, {duration("every", s_.probe.every, 10us, 1h), duration("before", s_.probe.before, 0ns),
             duration("after", s_.probe.after, 1ms), duration("tail", s_.probe.tail, 0ns)});
}

namespace {

using Kind = YamlNode::Kind;

// Makes the tree of { network: { loss: 2% } } from network.loss and 2%.
YamlNode tree_of(const std::vector<std::string>& keys, const std::string& value) {
  YamlNode node{Kind::scalar, {}, value, {}, {}};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    YamlNode outer{Kind::map, {}, "", {}, {}};
    outer.keys.push_back({Kind::scalar, {}, *key, {}, {}});
    outer.items.push_back(std::move(node));
    node = std::move(outer);
  }
  return node;
}

std::vector<std::string> split_key(const std::string& dotted_key) {
  std::vector<std::string> keys;
  std::size_t begin = 0;
  for (std::size_t dot = 0; dot != std::string::npos; begin = dot + 1) {
    dot = dotted_key.find('.', begin);
    keys.push_back(dotted_key.substr(begin, dot - begin));
  }
  return keys;
}

void set_checked(Scenario& scenario, const std::vector<std::string>& keys,
                 const std::string& value) {
  if (keys.size() > 4) throw YamlError({}, "there is no such key");
  const YamlNode tree = tree_of(keys, value);
  TreeReader reader(scenario);
  const auto check = [&reader] {
    if (const auto faults = reader.faults(); !faults.empty()) throw faults.front();
  };
  reader.read(tree);
  check();
  if (keys.front() == "network")
    for (Action& action : scenario.timeline)
      if (action.network && std::find(action.network_keys.begin(), action.network_keys.end(),
                                      keys.at(1)) == action.network_keys.end())
        reader.network(tree.items.front(), *action.network);
  check();
  derive_defaults(scenario);
  check_scenario(scenario);
}

// Returns one line for each fault, with its place.
std::string told(const std::string& file, const std::vector<YamlError>& faults) {
  std::string text;
  for (const auto& fault : faults)
    text += fmt::format("{}{}:{}:{}: {}", text.empty() ? "" : "\n", file, fault.place.line,
                        fault.place.column, fault.what());
  return text;
}

}  // namespace

Scenario parse_scenario(const std::string& text, const std::string& file_name) {
  try {
    Scenario scenario;
    scenario.file = file_name;
    TreeReader reader(scenario);
    reader.read(parse_yaml(text));
    if (const auto faults = reader.faults(); !faults.empty())
      throw ScenarioError(told(file_name, faults));
    if (scenario.name.empty()) scenario.name = std::filesystem::path(file_name).stem().string();
    derive_defaults(scenario);
    check_scenario(scenario);
    return scenario;
  } catch (const YamlError& error) {
    throw ScenarioError(told(file_name, {error}));
  }
}

Scenario read_scenario(const std::string& path) {
  const auto fail = [&](std::string_view sentence) {
    throw ScenarioError(fmt::format("{}:1:1: {}", path, sentence));
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) fail("this is a folder, not a scenario file");
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("the file cannot be read, is there one?");
  std::string text(yaml_most_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) fail("the file cannot be read to its end");
  return parse_scenario(text, path);
}

namespace {

// Improves the sentence about an unknown key. If the key belongs in another part, or if too many
// parts were named, the new sentence says where the key is.
std::string place_of_key(const std::string& dotted_key, const std::string& sentence) {
  if (sentence.find("unknown key") == std::string::npos) return sentence;
  std::string homes;
  for (const auto& key : TreeReader::dotted_keys(split_key(dotted_key).back()))
    if (key != dotted_key) homes += fmt::format("{}`{}`", homes.empty() ? "" : " or ", key);
  if (!homes.empty()) return fmt::format("there is no such key, did you mean {}?", homes);
  const auto keys = split_key(dotted_key);
  const auto part = keys.size() < 3 ? std::string() : keys[keys.size() - 2];
  return TreeReader::dotted_keys(part).empty()
             ? sentence
             : fmt::format("there is no such key, one of `{}` is written {}.KEY", part, part);
}

}  // namespace

void set_key(Scenario& scenario, const std::string& dotted_key, const std::string& value) {
  try {
    Scenario changed = scenario;
    set_checked(changed, split_key(dotted_key), value);
    std::erase_if(changed.set, [&](const auto& before) { return before.first == dotted_key; });
    changed.set.emplace_back(dotted_key, value);
    scenario = std::move(changed);
  } catch (const YamlError& error) {
    const std::string where =
        error.place.line > 1 ? fmt::format("line {}: ", error.place.line) : std::string();
    throw ScenarioError(fmt::format("{}={}: {}{}", shortened(dotted_key), shortened(value), where,
                                    place_of_key(dotted_key, error.what())));
  }
}

}  // namespace swarm::sim
