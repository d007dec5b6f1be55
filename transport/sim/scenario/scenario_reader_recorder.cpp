// Reads the part `recorder` of a scenario, and the action `replay`.
#include <fmt/format.h>

#include "engine/base/did_you_mean.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_tree_reader.hpp"

namespace swarm::sim {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view per_second = "/s";

// A number of datagrams in a second: `1000/s`.
Parsed<std::uint32_t> parse_datagrams_per_second(std::string_view text) {
  if (!text.ends_with(per_second))
    return tl::unexpected(fmt::format("`{}` is no number of datagrams in a second: 1000/s", text));
  return parse_count(text.substr(0, text.size() - per_second.size()), 1, 1'000'000)
      .map([](std::uint64_t n) { return static_cast<std::uint32_t>(n); });
}

}  // namespace

TreeReader::Field TreeReader::some_words(std::string_view name, std::vector<std::string_view> words,
                                         std::function<void()> clear,
                                         std::function<void(std::size_t)> add) {
  Field one = word(name, std::move(words), std::move(add));
  return {name, [this, one = std::move(one), clear = std::move(clear)](const YamlNode& node) {
            clear();
            if (node.kind != Kind::list) return one.read(node);
            if (node.items.empty()) fail(node, "the list is empty");
            for (const YamlNode& item : node.items) one.read(item);
          }};
}

void TreeReader::recorder(const YamlNode& node) {
  if (!s_.recorder) s_.recorder.emplace();
  RecorderModel& model = *s_.recorder;
  const auto hears = [this, &model](const YamlNode& n) {
    if (const std::string& text = scalar(n); text == "all" || text == "multicast") {
      model.hears = text == "all" ? 1'000'000 : 0;
    } else if (const auto share = parse_share(text)) {
      model.hears = *share;
    } else {
      fail(n, fmt::format("`{}` is none of all, multicast, 30%", shortened(text)));
    }
  };
  const auto after = [this, &model](const YamlNode& n) {
    model.after.clear();
    const auto one = [&](const YamlNode& item) {
      durations("", model.after.emplace_back()).read(item);
    };
    if (n.kind != Kind::list) return one(n);
    if (n.items.empty()) fail(n, "the list is empty");
    for (const YamlNode& item : n.items) one(item);
  };
  const auto as = [&](std::size_t i) { model.as.push_back(static_cast<RecorderModel::Source>(i)); };
  const auto to = [&](std::size_t i) { model.to.push_back(static_cast<RecorderModel::Target>(i)); };
  map(node, {{"hears", hears},
             field("plays", model.plays, parse_share),
             {"after", after},
             some_words(
                 "as", {"original", "own", "other"}, [&] { model.as.clear(); }, as),
             some_words(
                 "to", {"original", "other", "sender"}, [&] { model.to.clear(); }, to),
             field("damage", model.damage, parse_share),
             field("at_most", model.at_most, parse_datagrams_per_second),
             count("keeps", model.keeps, 1, 1'000'000),
             field("memory", model.memory, parse_size)});
}

// { what: KA, from: master, every: 10ms }
void TreeReader::replay_action(const YamlNode& node, Action& action) {
  if (node.kind != Kind::map)
    fail(node, "what is played, and how often: { what: KA, from: master, every: 10ms }");
  Replay& replay = action.replay.emplace();
  const auto names = message_names();
  const auto what = [&](std::size_t i) { replay.what.push_back(i); };
  map(node, {some_words(
                 "what", {names.begin(), names.end()}, [&] { replay.what.clear(); }, what),
             word("which", {"last", "first"}, [&](std::size_t i) { replay.first = i == 1; }),
             {"from", [&](const YamlNode& n) { action.from = who(n); }},
             {"to", [&](const YamlNode& n) { action.to = who(n); }},
             duration("every", replay.every, 1ms),
             word("as", {"original", "own", "other"},
                  [&](std::size_t i) { replay.as = static_cast<RecorderModel::Source>(i); })});
  if (find(node, "what") == nullptr) fail(node, "which message: add `what: KA`");
  replay.of_anybody = find(node, "from") == nullptr;
  replay.to_all = find(node, "to") == nullptr;
}

}  // namespace swarm::sim
