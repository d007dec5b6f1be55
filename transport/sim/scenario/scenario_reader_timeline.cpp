// Reads the actions of a scenario: its timeline and its random faults.
#include <fmt/format.h>

#include "engine/base/did_you_mean.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_tree_reader.hpp"

namespace swarm::sim {
namespace {
using Kind = YamlNode::Kind;
}

// --- timeline ----------------------------------------------------------------------------------

Who TreeReader::who(const YamlNode& node) const {
  const std::string& name = scalar(node);
  Who who;
  who.place = node.place;
  if (const Who::Kind* role = find_name(role_names(), name)) {
    who.kind = *role;
    return who;
  }
  if (name.size() > 1 && name[0] == 't' && name[1] != '0')
    if (const auto number = parse_count(name.substr(1), 1, 999'999)) {
      who.tracker = static_cast<std::uint32_t>(*number);
      return who;
    }
  if (auto peers = peer_named(name)) {
    peers->place = node.place;
    return *peers;
  }
  auto words = words_of(role_names());
  for (const PeerGroup& group : s_.exchange.peers) words.push_back(group.name);
  fail(node,
       fmt::format("`{}` is neither a tracker (t1, t2, ...) nor a role{}{}", shortened(name),
                   s_.exchange.peers.empty() ? "" : " nor a peer", did_you_mean(name, words)));
}

std::vector<Who> TreeReader::group(const YamlNode& node) const {
  if (node.kind != Kind::list) return {who(node)};
  std::vector<Who> members;
  for (const YamlNode& item : node.items) members.push_back(who(item));
  if (members.empty()) fail(node, "a group of nobody");
  return members;
}

void TreeReader::timeline(const YamlNode& node) {
  s_.timeline.clear();
  in_list_ = true;
  for (const YamlNode& item : list(node)) each([&] { s_.timeline.push_back(action(item)); });
  in_list_ = false;
}

Action TreeReader::action(const YamlNode& node) {
  const std::size_t key =
      only_key(node, {"at", "for", "name"}, words_of(action_names()), "an action");
  Action action;
  action.place = node.place;
  const std::string& name = node.keys[key].text;
  action.kind = *find_name(action_names(), name);
  action.label = name;
  Range<Duration> lasting;
  map(node, {durations("at", action.at),
             durations("for", lasting),
             text("name", action.label, label_bytes),
             {name, [&](const YamlNode& n) { object(n, action); }}});
  if (find(node, "at") == nullptr) fail(node, fmt::format("`{}` has no time: add `at`", name));
  if (find(node, "for") != nullptr) action.lasting = lasting;
  return action;
}

void TreeReader::object(const YamlNode& node, Action& action) {
  switch (action.kind) {
    case Action::Kind::partition:
      for (const YamlNode& item : list(node)) action.groups.push_back(group(item));
      break;
    case Action::Kind::cut:
      cut_action(node, action);
      break;
    case Action::Kind::pause:
      pause_action(node, action);
      break;
    case Action::Kind::clock:
      clock_action(node, action);
      break;
    case Action::Kind::disk:
      disk_action(node, action);
      break;
    case Action::Kind::files:
      files_action(node, action);
      break;
    case Action::Kind::clone:
      clone_action(node, action);
      break;
    case Action::Kind::replay:
      replay_action(node, action);
      break;
    case Action::Kind::network:
      action.network = s_.network;
      network(node, *action.network);
      for (const YamlNode& key : node.keys) action.network_keys.push_back(key.text);
      break;
    default:
      action.who = who(node);
  }
}

void TreeReader::cut_action(const YamlNode& node, Action& action) {
  constexpr auto both = "a cut needs both: { from: master, to: all-slaves }";
  if (node.kind != Kind::map) fail(node, both);
  map(node, {{"from", [&](const YamlNode& n) { action.from = who(n); }},
             {"to", [&](const YamlNode& n) { action.to = who(n); }},
             field("group", action.of_group, parse_flag)});
  if (find(node, "from") == nullptr || find(node, "to") == nullptr) fail(node, both);
}

// `master`, or { of: master, clock: frozen }.
void TreeReader::pause_action(const YamlNode& node, Action& action) {
  if (node.kind != Kind::map) {
    action.who = who(node);
    return;
  }
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             word("clock", {"running", "frozen"},
                  [&](std::size_t which) { action.frozen = which == 1; })});
  if (find(node, "of") == nullptr) fail(node, "who stands still: add `of`");
}

void TreeReader::clock_action(const YamlNode& node, Action& action) {
  if (node.kind != Kind::map) fail(node, "a jump of a clock needs both: { of: master, by: -2s }");
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             durations("by", action.by, Sign::negative)});
  if (find(node, "of") == nullptr) fail(node, "whose clock: add `of`");
  if (find(node, "by") == nullptr) fail(node, "how far it jumps: add `by: -2s` or `by: 1s..5s`");
}

void TreeReader::disk_action(const YamlNode& node, Action& action) {
  if (node.kind != Kind::map)
    fail(node, "whose disk, and what is wrong with it: { of: master, hang: true }");
  Delay sync{};
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             field("hang", action.hang, parse_flag),
             delay("sync", sync)});
  if (find(node, "of") == nullptr) fail(node, "whose disk: add `of`");
  if (find(node, "sync") != nullptr) action.sync = sync;
  if (action.hang == action.sync.has_value())
    fail(node, "either `hang: true` or `sync: 5ms..20ms`");
}

// { of: t2, lost: log }, or { of: t2, older: all }.
void TreeReader::files_action(const YamlNode& node, Action& action) {
  if (node.kind != Kind::map)
    fail(node, "whose files, and what is done to them: { of: t2, lost: log }");
  const auto file = [&](std::size_t which) { action.file = static_cast<Action::File>(which); };
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             word("lost", {"log", "ballot"}, file),
             word("older", {"log", "ballot", "all"}, file)});
  action.older = find(node, "older") != nullptr;
  if (find(node, "of") == nullptr) fail(node, "whose files: add `of`");
  if (action.older == (find(node, "lost") != nullptr))
    fail(node,
         "either `lost: log` or `older: all` (there are lost: log, ballot and older: log, ballot, "
         "all)");
}

void TreeReader::clone_action(const YamlNode& node, Action& action) {
  const auto both = [&](const char* lacks) {
    fail(node, fmt::format("a clone needs both: {{ of: any-slave, on: t{} }}{}",
                           s_.swarm.trackers + 1, lacks));
  };
  if (node.kind != Kind::map) both("");
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             {"on", [&](const YamlNode& n) { action.onto = who(n); }}});
  if (find(node, "of") == nullptr) both("; whose directory, says `of`");
  if (find(node, "on") == nullptr) both("; `on` names a tracker on standby, where it goes");
}

// --- random faults -----------------------------------------------------------------------------

void TreeReader::random(const YamlNode& node) {
  using Action::Kind::crash, Action::Kind::kill, Action::Kind::pause, Action::Kind::restart,
      Action::Kind::wipe, Action::Kind::hand_over, Action::Kind::partition, Action::Kind::isolate,
      Action::Kind::cut, Action::Kind::disk, Action::Kind::start, Action::Kind::remove,
      Action::Kind::files;
  constexpr auto network_changes = Action::Kind::network;  // `network` is TreeReader::network
  if (!s_.random) s_.random.emplace();
  RandomFaults& faults = *s_.random;
  const auto every = [&](const YamlNode& of) {
    Fields fields;
    for (const Action::Kind kind : {crash, kill, pause, restart, wipe, hand_over, partition,
                                    isolate, cut, disk, network_changes, start, remove, files})
      fields.push_back({name_of(action_names(), kind), [this, &faults, kind](const YamlNode& n) {
                          check_unit(n, 10ms, 10'000h, 10s);  // 10s: a usual value
                          duration("", faults.every[kind], 10ms).read(n);
                        }});
    map(of, fields);
  };
  const auto bad_network = [&](const YamlNode& of) {
    faults.network = s_.network;
    network(of, *faults.network);
    faults.network_keys.clear();
    for (const YamlNode& key : of.keys) faults.network_keys.push_back(key.text);
  };
  map(node, {{"every", every},
             {"network", bad_network},
             durations("for", faults.lasting),
             durations("during", faults.from_to),
             count("most_down", faults.most_down, 0, Config::most)});
  if (!faults_.empty()) return;  // a key with a mistake must not be reported as missing
  if (faults.every.empty()) fail(node, "`every` is missing: which faults, and how often");
  if (faults.every.contains(network_changes) != faults.network.has_value())
    fail(node, faults.network ? "`network` is said, but not how often: `every: { network: 2s }`"
                              : "what is the network like meanwhile: `network: { reorder: 50% }`");
}

}  // namespace swarm::sim
