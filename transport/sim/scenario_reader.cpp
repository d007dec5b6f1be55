#include "transport/sim/scenario_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <set>

#include "engine/did_you_mean.hpp"
#include "engine/quantity.hpp"
#include "engine/tracker/settings_keys.hpp"
#include "engine/wire/metainfo.hpp"
#include "transport/sim/client_habits.hpp"
#include "transport/sim/scenario_check.hpp"
#include "transport/sim/scenario_names.hpp"
#include "transport/sim/yaml_document.hpp"

namespace swarm::sim {
namespace {

// A range, drawn uniformly at each use.
Parsed<Delay> parse_delay(std::string_view text) {
  return parse_duration_range(text).map([](const Range<Duration>& range) {
    return Delay{range.low, range.high, std::nullopt};
  });
}

// 3, 1.02, 0.25: in thousandths.
Parsed<std::uint32_t> parse_times(std::string_view text) {
  const auto dot = text.find('.');
  const std::string digits(dot == std::string_view::npos ? "" : text.substr(dot + 1));
  const auto whole = parse_count(text.substr(0, dot), 0, 1'000'000);
  const auto part = parse_count(digits.empty() ? "0" : digits, 0, 999);
  if (!whole || !part || digits.size() > 3 || (dot != std::string_view::npos && digits.empty()))
    return tl::unexpected(std::string("a factor is wanted, like 3 or 1.02"));
  std::uint64_t thousandths = *part;
  for (std::size_t i = digits.empty() ? 3 : digits.size(); i < 3; ++i) thousandths *= 10;
  return static_cast<std::uint32_t>(*whole * 1000 + thousandths);
}

using Kind = YamlNode::Kind;
constexpr std::size_t name_bytes = 200, label_bytes = 60, description_bytes = 4000;

std::string shortened(const std::string& text) {
  constexpr std::size_t most = 40;
  return text.size() <= most ? text : text.substr(0, most) + "...";
}

const YamlNode* find(const YamlNode& map, std::string_view key) {
  for (std::size_t i = 0; i < map.keys.size(); ++i)
    if (map.keys[i].text == key) return &map.items[i];
  return nullptr;
}

// Reads a tree into a scenario, on top of what is in it. Each map is read by a table of its keys,
// in the order of the table: later keys may rely on earlier ones.
class Reader {
 public:
  explicit Reader(Scenario& scenario) : s_(scenario) {}

  void read(const YamlNode& root);
  void network(const YamlNode& node, NetworkModel& model);

 private:
  struct Field {
    std::string_view name;
    std::function<void(const YamlNode&)> read;
  };
  using Fields = std::vector<Field>;

  [[noreturn]] void fail(const YamlNode& node, const std::string& sentence) const {
    throw YamlError(node.place, path_.empty() ? sentence : path_ + ": " + sentence);
  }

  // Building blocks
  const std::string& scalar(const YamlNode& node) const;
  const std::vector<YamlNode>& list(const YamlNode& node) const;
  void map(const YamlNode& node, const Fields& fields);
  template <class T, class Parse>
  void value(const YamlNode& node, T& into, Parse parse) const;
  template <class T>
  Field field(std::string_view name, T& into, Parsed<T> (*parse)(std::string_view));
  template <class T>
  Field count(std::string_view name, T& into, std::uint64_t low, std::uint64_t high);
  Field duration(std::string_view name, Duration& into, Duration low, Duration high = 10'000h);
  Field durations(std::string_view name, Range<Duration>& into, Sign sign = Sign::positive);
  Field durations_or(std::string_view word, std::string_view name,
                     std::optional<Range<Duration>>& into);  // the word: nothing
  Field delay(std::string_view name, Delay& into);
  Field text(std::string_view name, std::string& into, std::size_t most);
  // One of these words; `set` is told which.
  Field word(std::string_view name, std::vector<std::string_view> words,
             std::function<void(std::size_t)> set);

  // Parts of a scenario
  void swarm(const YamlNode& node);
  void tracker(const YamlNode& node);
  void disk(const YamlNode& node);
  void cpu(const YamlNode& node);
  void clock(const YamlNode& node);
  void probe(const YamlNode& node);
  void random(const YamlNode& node);
  void timeline(const YamlNode& node);
  void expect(const YamlNode& node);
  void measure(const YamlNode& node);
  void clients(const YamlNode& node);
  void exchange(const YamlNode& node);
  void shared_content(const YamlNode& node, SharedContent& content);
  void peer_group(const YamlNode& node, PeerGroup& group);
  void leaving(const YamlNode& node, Leaving& leave);
  void initial_chunks(const YamlNode& node, InitialChunks& has);
  std::optional<Who> peer_named(const std::string& name) const;
  Delay read_delay(const YamlNode& node);

  // Of the timeline
  Who who(const YamlNode& node) const;
  std::vector<Who> group(const YamlNode& node) const;
  Action action(const YamlNode& node);
  void object(const YamlNode& node, Action& action);
  void disk_action(const YamlNode& node, Action& action);
  void cut_action(const YamlNode& node, Action& action);
  void pause_action(const YamlNode& node, Action& action);
  void clock_action(const YamlNode& node, Action& action);

  // Of the expectations
  void expectation(const YamlNode& node);
  void bound(const YamlNode& item, const YamlNode& node, Expectation e);
  void service(const YamlNode& node, Expectation e);
  void of_each(const YamlNode& item, const YamlNode& node, Expectation e);
  void names(const YamlNode& node, Expectation e, const std::vector<std::string>& known);

  // The one key of `item` that is not in `beside`: an action or an expectation.
  std::size_t only_key(const YamlNode& item, const std::vector<std::string_view>& beside,
                       const std::vector<std::string_view>& known, std::string_view what) const;

  Scenario& s_;
  std::string path_;  // of the key that is being read: "network.loss"
  bool in_list_ = false;
};

// --- building blocks ---------------------------------------------------------------------------

const std::string& Reader::scalar(const YamlNode& node) const {
  if (node.kind == Kind::nothing) fail(node, "there is no value");
  if (node.kind != Kind::scalar)
    fail(node, fmt::format("a single value is wanted, not a {}",
                           node.kind == Kind::list ? "list" : "map"));
  return node.text;
}

const std::vector<YamlNode>& Reader::list(const YamlNode& node) const {
  if (node.kind != Kind::list) fail(node, "a list is wanted: [ ... ] or lines that begin with `-`");
  return node.items;
}

void Reader::map(const YamlNode& node, const Fields& fields) {
  if (node.kind != Kind::map) fail(node, "a map of keys is wanted: { key: value, ... }");
  std::vector<std::string_view> known;
  for (const Field& field : fields) known.push_back(field.name);
  for (const YamlNode& key : node.keys)
    if (std::find(known.begin(), known.end(), key.text) == known.end())
      fail(key,
           fmt::format("unknown key `{}`{}", shortened(key.text), did_you_mean(key.text, known)));
  for (const Field& field : fields) {
    const YamlNode* item = find(node, field.name);
    if (item == nullptr) continue;
    const std::string outer = path_;
    path_ += (path_.empty() ? "" : ".") + std::string(field.name);
    if (!in_list_) s_.places[path_] = item->place;
    field.read(*item);
    path_ = outer;
  }
}

template <class T, class Parse>
void Reader::value(const YamlNode& node, T& into, Parse parse) const {
  auto parsed = parse(std::string_view(scalar(node)));
  if (!parsed) fail(node, parsed.error());
  into = std::move(*parsed);
}

template <class T>
Reader::Field Reader::field(std::string_view name, T& into, Parsed<T> (*parse)(std::string_view)) {
  return {name, [this, &into, parse](const YamlNode& node) { value(node, into, parse); }};
}

template <class T>
Reader::Field Reader::count(std::string_view name, T& into, std::uint64_t low, std::uint64_t high) {
  return {name, [this, &into, low, high](const YamlNode& node) {
            value(node, into, [&](std::string_view text) {
              return parse_count(text, low, high).map([](std::uint64_t n) {
                return static_cast<T>(n);
              });
            });
          }};
}

Reader::Field Reader::duration(std::string_view name, Duration& into, Duration low, Duration high) {
  return {name, [this, &into, low, high](const YamlNode& node) {
            value(node, into, [](std::string_view text) { return parse_duration(text); });
            if (into < low || into > high)
              fail(node, fmt::format("`{}` is out of range, it must be within {}..{}", node.text,
                                     to_text(low), to_text(high)));
          }};
}

Reader::Field Reader::durations(std::string_view name, Range<Duration>& into, Sign sign) {
  return {name, [this, &into, sign](const YamlNode& node) {
            value(node, into,
                  [sign](std::string_view text) { return parse_duration_range(text, sign); });
          }};
}

Reader::Field Reader::durations_or(std::string_view word, std::string_view name,
                                   std::optional<Range<Duration>>& into) {
  return {name, [this, word, &into](const YamlNode& node) {
            if (scalar(node) == word) return into.reset();
            const auto range = parse_duration_range(node.text);
            if (!range) fail(node, fmt::format("{}; or the word `{}`", range.error(), word));
            into = *range;
          }};
}

Reader::Field Reader::delay(std::string_view name, Delay& into) {
  return {name, [this, &into](const YamlNode& node) { into = read_delay(node); }};
}

Reader::Field Reader::text(std::string_view name, std::string& into, std::size_t most) {
  return {name, [this, &into, most](const YamlNode& node) {
            into = scalar(node);
            if (into.empty()) fail(node, "there is no value");
            if (into.size() > most) fail(node, fmt::format("longer than {} bytes", most));
            if (most <= name_bytes && into.find_first_of("\n\r\t") != std::string::npos)
              fail(node, "a name has one line");
          }};
}

Reader::Field Reader::word(std::string_view name, std::vector<std::string_view> words,
                           std::function<void(std::size_t)> set) {
  return {name, [this, words = std::move(words), set = std::move(set)](const YamlNode& node) {
            const auto at = std::find(words.begin(), words.end(), scalar(node));
            if (at == words.end())
              fail(node, fmt::format("unknown word `{}`{}", shortened(node.text),
                                     did_you_mean(node.text, words)));
            set(static_cast<std::size_t>(at - words.begin()));
          }};
}

// `200us`, `100us..300us`, or { min, mean, max }.
Delay Reader::read_delay(const YamlNode& node) {
  Delay delay{};
  if (node.kind != Kind::map) {
    value(node, delay, parse_delay);
    return delay;
  }
  Duration mean{};
  map(node, {duration("min", delay.min, 0ns), duration("mean", mean, 0ns),
             duration("max", delay.max, 0ns)});
  if (find(node, "min") == nullptr) fail(node, "the key `min` is missing");
  if (find(node, "mean") != nullptr) delay.mean = mean;
  constexpr int tail = 10;  // exp(-10): no tail reaches further than this in practice
  if (find(node, "max") == nullptr) delay.max = delay.min + tail * mean;
  if (delay.max < delay.min) fail(node, "`max` is less than `min`");
  return delay;
}

// --- parts of a scenario -----------------------------------------------------------------------

void Reader::read(const YamlNode& root) {
  if (root.kind == Kind::nothing) fail(root, "the file is empty");
  // The seed's peers keep to what they are told.
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
             {"probe", [this](const YamlNode& n) { probe(n); }},
             {"timeline", [this](const YamlNode& n) { timeline(n); }},
             {"random", [this](const YamlNode& n) { random(n); }},
             {"expect", [this](const YamlNode& n) { expect(n); }},
             {"measure", [this](const YamlNode& n) { measure(n); }}});
}

void Reader::swarm(const YamlNode& node) {
  Swarm& swarm = s_.swarm;
  constexpr std::uint64_t most = Config::most;
  map(node,
      {count("trackers", swarm.trackers, 1, most), count("standby", swarm.standby, 0, most),
       count("peers", swarm.peers, 0, 4'000'000), count("contents", swarm.contents, 1, 1'000'000),
       count("contents_per_peer", swarm.contents_per_peer, 1, 10'000),
       duration("peers_from", swarm.peers_from, 0ns),
       duration("arrive_within", swarm.arrive_within, 0ns),
       field("ask_one", swarm.ask_one, parse_flag), field("churn", swarm.churn, parse_share),
       duration("silent_from", swarm.silent_from, 0ns), delay("reap", swarm.reap)});
}

void Reader::tracker(const YamlNode& node) {
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

void Reader::network(const YamlNode& node, NetworkModel& model) {
  map(node,
      {delay("latency", model.latency), field("loss", model.loss, parse_share_range),
       field("duplicate", model.duplicate, parse_share_range),
       field("corrupt", model.corrupt, parse_share_range),
       field("reorder", model.reorder, parse_share_range),
       duration("reorder_by", model.reorder_by, 0ns, 1h), field("burst", model.burst, parse_share),
       delay("burst_length", model.burst_length), field("bandwidth", model.bandwidth, parse_rate),
       duration("queue", model.queue, 0ns, 1h)});
}

void Reader::disk(const YamlNode& node) {
  map(node, {delay("sync", s_.disk.sync), duration("row", s_.disk.row, 0ns, 1s)});
}

void Reader::cpu(const YamlNode& node) {
  map(node, {duration("step", s_.cpu.step, 0ns, 1s), duration("row", s_.cpu.row, 0ns, 1s)});
}

void Reader::clock(const YamlNode& node) {
  map(node, {durations("offset", s_.clock.offset, Sign::negative),
             field("drift", s_.clock.drift, parse_drift_range)});
}

void Reader::probe(const YamlNode& node) {
  map(node, {duration("every", s_.probe.every, 10us, 1h), duration("before", s_.probe.before, 0ns),
             duration("after", s_.probe.after, 1ms), duration("tail", s_.probe.tail, 0ns)});
}

// --- clients -----------------------------------------------------------------------------------

// `kinds`: `all`, one of them, or a list.
void Reader::clients(const YamlNode& node) {
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

// The groups and contents that are there already are keys too: for set_key("exchange.seed.uplink").
void Reader::exchange(const YamlNode& node) {
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

void Reader::shared_content(const YamlNode& node, SharedContent& content) {
  std::uint64_t chunk_size = content.chunk_size;
  map(node, {text("name", content.name, label_bytes), field("size", content.size, parse_size),
             field("chunk_size", chunk_size, parse_size)});
  if (chunk_size < 1024 || chunk_size > largest_chunk_size)
    fail(node, fmt::format("chunk_size must be within 1KiB..{}", size_text(largest_chunk_size)));
  content.chunk_size = static_cast<std::uint32_t>(chunk_size);
}

void Reader::peer_group(const YamlNode& node, PeerGroup& group) {
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
             word("behaviour", {"honest", "poisoner", "silent", "slow"},
                  [&](std::size_t i) { group.behaviour = static_cast<PeerBehaviour>(i); })});
  if (find(node, "return") != nullptr) group.comes_back = comes_back;
}

// `never`, `when-complete`, `when-complete + 2s..5s`, `when-copied`, `after 10s`, `at 20s..30s`.
void Reader::leaving(const YamlNode& node, Leaving& leave) {
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
void Reader::initial_chunks(const YamlNode& node, InitialChunks& has) {
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
std::optional<Who> Reader::peer_named(const std::string& name) const {
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

void Reader::random(const YamlNode& node) {
  using Action::Kind::crash, Action::Kind::kill, Action::Kind::pause, Action::Kind::restart,
      Action::Kind::wipe, Action::Kind::hand_over, Action::Kind::partition, Action::Kind::isolate,
      Action::Kind::cut, Action::Kind::disk, Action::Kind::start, Action::Kind::remove;
  constexpr auto network_changes = Action::Kind::network;  // beside Reader::network
  if (!s_.random) s_.random.emplace();
  RandomFaults& faults = *s_.random;
  const auto every = [&](const YamlNode& of) {
    Fields fields;
    for (const Action::Kind kind : {crash, kill, pause, restart, wipe, hand_over, partition,
                                    isolate, cut, disk, network_changes, start, remove})
      fields.push_back({name_of(action_names(), kind), [this, &faults, kind](const YamlNode& n) {
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
  if (faults.every.empty()) fail(node, "`every` is missing: which faults, and how often");
  if (faults.every.contains(network_changes) != faults.network.has_value())
    fail(node, faults.network ? "`network` is said, but not how often: `every: { network: 2s }`"
                              : "what is the network like meanwhile: `network: { reorder: 50% }`");
}

std::size_t Reader::only_key(const YamlNode& item, const std::vector<std::string_view>& beside,
                             const std::vector<std::string_view>& known,
                             std::string_view what) const {
  if (item.kind != Kind::map)
    fail(item, fmt::format("{} is a map of keys: {{ key: value, ... }}", what));
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::size_t found = none;
  for (std::size_t i = 0; i < item.keys.size(); ++i) {
    const YamlNode& key = item.keys[i];
    if (std::find(beside.begin(), beside.end(), key.text) != beside.end()) continue;
    if (std::find(known.begin(), known.end(), key.text) == known.end()) {
      auto all = known;
      all.insert(all.end(), beside.begin(), beside.end());
      fail(key,
           fmt::format("unknown key `{}`{}", shortened(key.text), did_you_mean(key.text, all)));
    }
    if (found != none)
      fail(key,
           fmt::format("`{}` and `{}` in one line: write two", item.keys[found].text, key.text));
    found = i;
  }
  if (found == none) fail(item, fmt::format("{} says nothing{}", what, did_you_mean("", known)));
  return found;
}

// --- timeline ----------------------------------------------------------------------------------

Who Reader::who(const YamlNode& node) const {
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

std::vector<Who> Reader::group(const YamlNode& node) const {
  if (node.kind != Kind::list) return {who(node)};
  std::vector<Who> members;
  for (const YamlNode& item : node.items) members.push_back(who(item));
  if (members.empty()) fail(node, "a group of nobody");
  return members;
}

void Reader::timeline(const YamlNode& node) {
  s_.timeline.clear();
  in_list_ = true;
  for (const YamlNode& item : list(node)) s_.timeline.push_back(action(item));
  in_list_ = false;
}

Action Reader::action(const YamlNode& node) {
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

void Reader::object(const YamlNode& node, Action& action) {
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
    case Action::Kind::network:
      action.network = s_.network;
      network(node, *action.network);
      for (const YamlNode& key : node.keys) action.network_keys.push_back(key.text);
      break;
    default:
      action.who = who(node);
  }
}

void Reader::cut_action(const YamlNode& node, Action& action) {
  map(node, {{"from", [&](const YamlNode& n) { action.from = who(n); }},
             {"to", [&](const YamlNode& n) { action.to = who(n); }},
             field("group", action.of_group, parse_flag)});
  if (find(node, "from") == nullptr || find(node, "to") == nullptr)
    fail(node, "a cut needs both: { from: master, to: all-slaves }");
}

// `master`, or { of: master, clock: frozen }.
void Reader::pause_action(const YamlNode& node, Action& action) {
  if (node.kind != Kind::map) {
    action.who = who(node);
    return;
  }
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             word("clock", {"running", "frozen"},
                  [&](std::size_t which) { action.frozen = which == 1; })});
  if (find(node, "of") == nullptr) fail(node, "who stands still: add `of`");
}

void Reader::clock_action(const YamlNode& node, Action& action) {
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             durations("by", action.by, Sign::negative)});
  if (find(node, "of") == nullptr) fail(node, "whose clock: add `of`");
  if (find(node, "by") == nullptr) fail(node, "how far it jumps: add `by: -2s` or `by: 1s..5s`");
}

void Reader::disk_action(const YamlNode& node, Action& action) {
  Delay sync{};
  map(node, {{"of", [&](const YamlNode& n) { action.who = who(n); }},
             field("hang", action.hang, parse_flag),
             delay("sync", sync)});
  if (find(node, "of") == nullptr) fail(node, "whose disk: add `of`");
  if (find(node, "sync") != nullptr) action.sync = sync;
  if (action.hang == action.sync.has_value())
    fail(node, "either `hang: true` or `sync: 5ms..20ms`");
}

// --- expectations ------------------------------------------------------------------------------

void Reader::expect(const YamlNode& node) {
  s_.expect.clear();
  in_list_ = true;
  for (const YamlNode& item : list(node)) expectation(item);
  in_list_ = false;
}

void Reader::expectation(const YamlNode& node) {
  const std::size_t key = only_key(node, {"after", "within", "in", "at_most"},
                                   words_of(expectation_names()), "an expectation");
  const std::string& name = node.keys[key].text;
  const YamlNode& content = node.items[key];
  Expectation e;
  e.place = node.place;
  e.kind = *find_name(expectation_names(), name);
  const bool whole_run =
      e.kind == Expectation::Kind::always || e.kind == Expectation::Kind::sometimes;
  const std::string outer = path_;
  if (const YamlNode* after = find(node, "after")) {
    if (whole_run)
      fail(*after, fmt::format("`{}` is said of the whole run, without `after`", name));
    text("after", e.after, label_bytes).read(*after);
  }
  path_ += "." + name;
  if (find(node, "in") != nullptr && e.kind != Expectation::Kind::new_master)
    fail(*find(node, "in"), "`in` is only said of `new_master`");
  const bool is_volume = e.kind == Expectation::Kind::uploads ||
                         e.kind == Expectation::Kind::downloads ||
                         e.kind == Expectation::Kind::sends;
  const bool is_wait =
      e.kind == Expectation::Kind::complete || e.kind == Expectation::Kind::answered;
  if (find(node, "at_most") != nullptr && !is_volume)
    fail(*find(node, "at_most"), "`at_most` is only said of `uploads`, `downloads` and `sends`");
  if (find(node, "within") != nullptr && e.kind != Expectation::Kind::members && !is_wait)
    fail(*find(node, "within"),
         fmt::format("`within` is only said of `members`, `complete` and `answered`, here write "
                     "`{}: {}`",
                     name, is_volume ? "seed, at_most: 1.5" : "500ms"));
  if (e.kind == Expectation::Kind::always)
    names(content, e, invariant_names());
  else if (e.kind == Expectation::Kind::sometimes)
    names(content, e, counter_names());
  else if (e.kind == Expectation::Kind::service_p50)
    service(content, e);
  else if (is_wait || is_volume)
    of_each(node, content, e);
  else
    bound(node, content, e);
  path_ = outer;
}

// `complete: leechers, within: 60s`; `answered: aria2, within: 5s`; `uploads: seed, at_most: 2.5`,
// times what it exchanges.
void Reader::of_each(const YamlNode& item, const YamlNode& node, Expectation e) {
  e.name = scalar(node);
  const YamlNode* within = find(item, "within");
  const YamlNode* at_most = find(item, "at_most");
  if (e.kind == Expectation::Kind::complete || e.kind == Expectation::Kind::answered) {
    if (within == nullptr)
      fail(item, fmt::format("`{}` needs a bound: add `within: 60s`",
                             name_of(expectation_names(), e.kind)));
    duration("", e.within, 0ns).read(*within);
  } else {
    if (at_most == nullptr) fail(item, "how much: add `at_most: 1.5`, times what it exchanges");
    value(*at_most, e.times, parse_times);
    if (!e.after.empty()) fail(item, "this is said of the whole run, without `after`");
    if (e.kind == Expectation::Kind::sends && e.name != "snapshots")
      fail(node, "`sends` knows `snapshots` only: write `sends: snapshots, at_most: 1.1`");
  }
  s_.expect.push_back(e);
}

// A duration, or for `members` and `unanswered` a count.
void Reader::bound(const YamlNode& item, const YamlNode& node, Expectation e) {
  if (e.kind == Expectation::Kind::members) {
    count("", e.count, 1, Config::most).read(node);
    const YamlNode* within = find(item, "within");
    if (within == nullptr) fail(item, "`members` needs a bound: add `within: 5s`");
    duration("", e.within, 0ns).read(*within);
  } else if (e.kind == Expectation::Kind::unanswered) {
    count("", e.count, 0, 1'000'000'000).read(node);
  } else {
    duration("", e.within, 0ns).read(node);
  }
  if (const YamlNode* in = find(item, "in")) {
    if (scalar(*in) != "majority") fail(*in, "only `in: majority` makes sense");
    e.in_majority = true;
  }
  s_.expect.push_back(e);
}

void Reader::service(const YamlNode& node, Expectation e) {
  Expectation p50 = e, p99 = e;
  p50.kind = Expectation::Kind::service_p50;
  p99.kind = Expectation::Kind::service_p99;
  map(node, {duration("p50", p50.within, 1us), duration("p99", p99.within, 1us)});
  if (node.keys.empty()) fail(node, "say `p50`, `p99` or both");
  if (find(node, "p50") != nullptr) s_.expect.push_back(p50);
  if (find(node, "p99") != nullptr) s_.expect.push_back(p99);
}

void Reader::names(const YamlNode& node, Expectation e, const std::vector<std::string>& known) {
  const bool all_allowed = e.kind == Expectation::Kind::always;
  std::vector<std::string_view> words(known.begin(), known.end());
  if (all_allowed) words.push_back("all");
  const auto add = [&](const YamlNode& at, const std::string& name) {
    for (const Expectation& other : s_.expect)
      if (other.kind == e.kind && other.name == name)
        fail(at, fmt::format("`{}` is expected twice", name));
    e.name = name;
    s_.expect.push_back(e);
  };
  const auto one = [&](const YamlNode& at) {
    const std::string& name = scalar(at);
    if (std::find(words.begin(), words.end(), name) == words.end())
      fail(at, fmt::format("unknown name `{}`{}", shortened(name), did_you_mean(name, words)));
    if (name == "all" && all_allowed) {
      for (const std::string& each : known)
        if ((!s_.exchange.peers.empty() || !is_of_exchange(each)) &&
            (s_.clients.count > 0 || !is_of_clients(each)))
          add(at, each);
    } else
      add(at, name);
  };
  if (node.kind == Kind::list)
    for (const YamlNode& item : node.items) one(item);
  else
    one(node);
}

// Labels, or as a sentence: { failover: { from: crash, to: first_answer } }.
void Reader::measure(const YamlNode& node) {
  s_.measure_from.clear();
  in_list_ = true;
  for (const YamlNode& item : list(node)) {
    std::string from, to = "first_answer";
    if (item.kind == Kind::scalar)
      from = item.text;
    else
      map(item, {{"failover", [&](const YamlNode& n) {
                    map(n, {text("from", from, label_bytes), text("to", to, label_bytes)});
                  }}});
    if (from.empty()) fail(item, "from which action: { failover: { from: crash } }");
    if (to != "first_answer") fail(item, "only `to: first_answer` is measured");
    s_.measure_from.push_back(from);
  }
  in_list_ = false;
}

// --- set_key -----------------------------------------------------------------------------------

// network.loss, 2% -> the tree of { network: { loss: 2% } }.
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
  Reader reader(scenario);
  reader.read(tree);
  if (keys.front() == "network")
    for (Action& action : scenario.timeline)
      if (action.network && std::find(action.network_keys.begin(), action.network_keys.end(),
                                      keys.at(1)) == action.network_keys.end())
        reader.network(tree.items.front(), *action.network);
  derive_defaults(scenario);
  check_scenario(scenario);
}

}  // namespace

Scenario parse_scenario(const std::string& text, const std::string& file_name) {
  try {
    Scenario scenario;
    scenario.file = file_name;
    Reader(scenario).read(parse_yaml(text));
    if (scenario.name.empty()) scenario.name = std::filesystem::path(file_name).stem().string();
    derive_defaults(scenario);
    check_scenario(scenario);
    return scenario;
  } catch (const YamlError& error) {
    throw ScenarioError(
        fmt::format("{}:{}:{}: {}", file_name, error.place.line, error.place.column, error.what()));
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
    throw ScenarioError(
        fmt::format("{}={}: {}{}", shortened(dotted_key), shortened(value), where, error.what()));
  }
}

}  // namespace swarm::sim
