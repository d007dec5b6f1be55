// Reads the parts `exchange` and `clients` of a scenario.
#include <fmt/format.h>

#include <utility>

#include "engine/wire/metainfo.hpp"
#include "transport/sim/scenario/client_habits.hpp"
#include "transport/sim/scenario/scenario_tree_reader.hpp"

namespace swarm::sim {
namespace {
using Kind = YamlNode::Kind;
}

// --- clients -----------------------------------------------------------------------------------

// `kinds` is `all`, one kind, or a list of kinds.
void TreeReader::clients(const YamlNode& node) {
  ClientModel& model = s_.clients;
  const auto kinds = [this, &model](const YamlNode& n) {
    std::vector<std::string_view> known;
    for (const ClientHabits& habits : client_habits()) known.push_back(habits.kind);
    model.kinds.clear();
    const Field kind =
        word("", known, [&](std::size_t i) { model.kinds.emplace_back(known.at(i)); });
    if (n.kind == Kind::scalar && n.text == "all") return;
    if (n.kind != Kind::list) return kind.read(n);
    for (const YamlNode& item : n.items) kind.read(item);
    if (model.kinds.empty()) fail(n, "no kind of client");
  };
  map(node, {count("count", model.count, 1, 50'000),
             {"kinds", kinds},
             durations("arrive", model.arrive),
             word("trackers", {"in-order", "rotated", "one"},
                  [&](std::size_t i) { model.trackers = static_cast<ClientModel::Trackers>(i); }),
             durations_or("never", "completes", model.completes),
             durations_or("forever", "stays", model.stays)});
  if (model.count == 0) fail(node, "the key `count` is missing");
}

// --- exchange ----------------------------------------------------------------------------------

// The names of groups and contents that were read earlier are also keys. set_key() uses them:
// "exchange.seed.uplink".
void TreeReader::exchange(const YamlNode& node) {
  ExchangeModel& model = s_.exchange;
  const auto read_list = [this](const YamlNode& of, auto& into, auto read) {
    const bool outer = std::exchange(in_list_, true);
    into.clear();
    for (const YamlNode& item : list(of)) {
      into.emplace_back().place = item.place;
      read(item, into.back());
      if (into.back().name.empty()) fail(item, "the key `name` is missing");
    }
    in_list_ = outer;
  };
  const auto read_content = [this](const YamlNode& n, SharedContent& c) { shared_content(n, c); };
  const auto read_group = [this](const YamlNode& n, PeerGroup& g) { peer_group(n, g); };
  const auto disk = [this, &model](const YamlNode& n) {
    map(n, {field("rate", model.store_rate, parse_rate), delay("sync", model.store_sync)});
  };
  Fields fields{
      {"contents", [&](const YamlNode& n) { read_list(n, model.contents, read_content); }},
      {"disk", disk},
      {"peers", [&](const YamlNode& n) { read_list(n, model.peers, read_group); }}};
  for (SharedContent& content : model.contents)
    fields.push_back({content.name, [&, this](const YamlNode& n) { shared_content(n, content); }});
  for (PeerGroup& group : model.peers)
    fields.push_back({group.name, [&, this](const YamlNode& n) { peer_group(n, group); }});
  map(node, fields);
}

void TreeReader::shared_content(const YamlNode& node, SharedContent& content) {
  std::uint64_t chunk_size = content.chunk_size;
  map(node, {text("name", content.name, label_bytes), field("size", content.size, parse_size),
             field("chunk_size", chunk_size, parse_size)});
  if (chunk_size < 1024 || chunk_size > largest_chunk_size)
    fail(node, fmt::format("chunk_size must be within 1KiB..{}", size_text(largest_chunk_size)));
  content.chunk_size = static_cast<std::uint32_t>(chunk_size);
}

void TreeReader::peer_group(const YamlNode& node, PeerGroup& group) {
  const auto contents = [this, &group](const YamlNode& n) {
    group.contents.clear();
    for (const YamlNode& item : list(n)) group.contents.push_back(scalar(item));
  };
  Range<Duration> comes_back;
  map(node, {text("name", group.name, label_bytes),
             count("count", group.count, 1, 50'000),
             {"contents", contents},
             {"has", [&](const YamlNode& n) { initial_chunks(n, group.has); }},
             word("knows", {"metainfo", "hash"}, [&](std::size_t i) { group.by_hash = i == 1; }),
             durations("arrive", group.arrive),
             {"leave", [&](const YamlNode& n) { leaving(n, group.leave); }},
             field("goodbye", group.goodbye, parse_flag),
             durations("return", comes_back),
             field("uplink", group.uplink, parse_rate),
             field("downlink", group.downlink, parse_rate),
             field("upload_limit", group.upload_limit, parse_rate),
             field("download_limit", group.download_limit, parse_rate),
             count("slots", group.slots, 1, 1000),
             field("receive_buffer", group.receive_buffer, parse_size),
             field("yield", group.yield, parse_flag),
             word("behaviour", {"honest", "poisoner", "silent", "slow", "staller", "spoiler"},
                  [&](std::size_t i) { group.behaviour = static_cast<PeerBehaviour>(i); })});
  if (find(node, "return") != nullptr) group.comes_back = comes_back;
}

// `never`, `when-complete`, `when-complete + 2s..5s`, `when-copied`, `after 10s`, `at 20s..30s`.
void TreeReader::leaving(const YamlNode& node, Leaving& leave) {
  using LeavingKind = Leaving::Kind;
  const std::string& text = scalar(node);
  leave = {};
  const auto timed = [&](std::string_view word, LeavingKind kind) {
    if (!text.starts_with(word)) return false;
    const auto time = parse_duration_range(std::string_view(text).substr(word.size()));
    if (!time) fail(node, time.error());
    leave = {kind, *time};
    return true;
  };
  if (text == "never") return;
  if (text == "when-complete") {
    leave.kind = LeavingKind::when_complete;
  } else if (text == "when-copied") {
    leave.kind = LeavingKind::when_copied;
  } else if (!timed("when-complete + ", LeavingKind::when_complete) &&
             !timed("after ", LeavingKind::after) && !timed("at ", LeavingKind::at)) {
    fail(node,
         fmt::format(
             "`{}` is none of never, when-complete, when-complete + 5s, when-copied, after 10s, "
             "at 20s..30s",
             shortened(text)));
  }
}

// `none`, `all`, `50%`, `chunks 0..9`, `chunks 7`.
void TreeReader::initial_chunks(const YamlNode& node, InitialChunks& has) {
  using HasKind = InitialChunks::Kind;
  const std::string_view text = scalar(node);
  has = {};
  constexpr std::string_view chunks = "chunks ";
  if (text == "none") return;
  if (text == "all") {
    has.kind = HasKind::all;
  } else if (text.starts_with(chunks)) {
    const auto numbers = text.substr(chunks.size());
    const auto dots = numbers.find("..");
    const auto low = parse_count(numbers.substr(0, dots), 0, 0xffff'ffff);
    const auto high = dots == std::string_view::npos
                          ? low
                          : parse_count(numbers.substr(dots + 2), 0, 0xffff'ffff);
    if (!low) fail(node, low.error());
    if (!high) fail(node, high.error());
    if (*high < *low) fail(node, "the last chunk is before the first");
    has = {
        HasKind::range, 0, {static_cast<std::uint32_t>(*low), static_cast<std::uint32_t>(*high)}};
  } else if (const auto share = parse_share(text)) {
    has = {HasKind::share, *share, {}};
  } else {
    fail(node,
         fmt::format("`{}` is none of none, all, 50%, chunks 0..9", shortened(std::string(text))));
  }
}

// "seed", "leechers" (all of them), "leechers-7".
std::optional<Who> TreeReader::peer_named(const std::string& name) const {
  Who who;
  who.kind = Who::Kind::peers;
  for (const PeerGroup& group : s_.exchange.peers) {
    who.group = group.name;
    if (name == group.name) return who;
    if (!name.starts_with(group.name + "-")) continue;
    const auto number = parse_count(name.substr(group.name.size() + 1), 1, 999'999);
    if (!number) continue;
    who.peer = static_cast<std::uint32_t>(*number);
    return who;
  }
  return std::nullopt;
}

}  // namespace swarm::sim
