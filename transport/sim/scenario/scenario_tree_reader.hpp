// Reads a scenario's tree of YAML, and defines what each kind of key accepts. Only the files
// scenario_reader*.cpp use this header. Each of them reads a part of a scenario.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/quantity.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {

inline constexpr std::size_t name_bytes = 200, label_bytes = 60, description_bytes = 4000;

std::string shortened(const std::string& text);
const YamlNode* find(const YamlNode& map, std::string_view key);  // null: there is no such key

// Reads a tree into a scenario. Values that the tree does not mention stay as they are. Each map
// has a table of its keys. The reader takes the keys in the order of the table, so later keys may
// rely on earlier ones.
class TreeReader {
 public:
  explicit TreeReader(Scenario& scenario) : s_(scenario) {}

  void read(const YamlNode& root);
  void network(const YamlNode& node, NetworkModel& model);
  // The mistakes found so far, at most ten, in the order of the file.
  std::vector<YamlError> faults() const;
  // All keys with this name, each with its part: "tracker.promise". A key at the top of the file
  // has no part.
  static std::vector<std::string> dotted_keys(std::string_view name);

 private:
  struct Field {
    std::string_view name;
    std::function<void(const YamlNode&)> read;
  };
  using Fields = std::vector<Field>;

  [[noreturn]] void fail(const YamlNode& node, const std::string& sentence) const {
    throw YamlError(node.place, path_.empty() ? sentence : path_ + ": " + sentence);
  }

  // Calls `read`. If `read` throws YamlError, the error is kept in faults_, and reading goes on.
  template <class Read>
  void each(Read read);
  // The keys of each part of a scenario, by the part's name ("tracker").
  using Parts = std::map<std::string, std::vector<std::string>, std::less<>>;
  static const Parts& parts();
  void check_keys(const YamlNode& node, const Fields& fields);
  std::string hint(const YamlNode& map, std::size_t key,
                   const std::vector<std::string_view>& known) const;

  // Building blocks
  const std::string& scalar(const YamlNode& node) const;
  const std::vector<YamlNode>& list(const YamlNode& node) const;
  void check_unit(const YamlNode& node, Duration low, Duration high, Duration standard) const;
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
                     std::optional<Range<Duration>>& into);  // `word` makes `into` empty
  Field delay(std::string_view name, Delay& into);
  Field text(std::string_view name, std::string& into, std::size_t most);
  // Accepts one of these words or a list of them, and calls `add` with the index of each.
  Field some_words(std::string_view name, std::vector<std::string_view> words,
                   std::function<void()> clear, std::function<void(std::size_t)> add);
  // Accepts one of these words, and calls `set` with its index.
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
  void recorder(const YamlNode& node);
  void exchange(const YamlNode& node);
  void shared_content(const YamlNode& node, SharedContent& content);
  void peer_group(const YamlNode& node, PeerGroup& group);
  void leaving(const YamlNode& node, Leaving& leave);
  void initial_chunks(const YamlNode& node, InitialChunks& has);
  std::optional<Who> peer_named(const std::string& name) const;
  Delay read_delay(const YamlNode& node);

  // Parts of the timeline
  Who who(const YamlNode& node) const;
  std::vector<Who> group(const YamlNode& node) const;
  Action action(const YamlNode& node);
  void object(const YamlNode& node, Action& action);
  void disk_action(const YamlNode& node, Action& action);
  void cut_action(const YamlNode& node, Action& action);
  void pause_action(const YamlNode& node, Action& action);
  void clock_action(const YamlNode& node, Action& action);
  void files_action(const YamlNode& node, Action& action);
  void clone_action(const YamlNode& node, Action& action);
  void replay_action(const YamlNode& node, Action& action);

  // Parts of the expectations
  void expectation(const YamlNode& node);
  void bound(const YamlNode& item, const YamlNode& node, Expectation e);
  void service(const YamlNode& node, Expectation e);
  void of_each(const YamlNode& item, const YamlNode& node, Expectation e);
  void names(const YamlNode& node, Expectation e, const std::vector<std::string>& known);

  // Returns the index of the only key of `item` that is not in `beside`. This key names the action
  // or the expectation.
  std::size_t only_key(const YamlNode& item, const std::vector<std::string_view>& beside,
                       const std::vector<std::string_view>& known, std::string_view what) const;

  Scenario& s_;
  std::string path_;  // the path of the key that is being read: "network.loss"
  bool in_list_ = false;
  std::vector<YamlError> faults_;
  Parts* names_ = nullptr;  // if set, the reader only collects the names of keys here
};

template <class Read>
void TreeReader::each(Read read) {
  constexpr std::size_t most_told = 10;
  const std::string outer = path_;
  const bool in_list = in_list_;
  try {
    if (faults_.size() < most_told) read();
  } catch (const YamlError& fault) {
    if (names_ == nullptr) faults_.push_back(fault);
    path_ = outer;
    in_list_ = in_list;
  }
}

template <class T, class Parse>
void TreeReader::value(const YamlNode& node, T& into, Parse parse) const {
  auto parsed = parse(std::string_view(scalar(node)));
  if (!parsed) fail(node, parsed.error());
  into = std::move(*parsed);
}

template <class T>
TreeReader::Field TreeReader::field(std::string_view name, T& into,
                                    Parsed<T> (*parse)(std::string_view)) {
  return {name, [this, &into, parse](const YamlNode& node) { value(node, into, parse); }};
}

template <class T>
TreeReader::Field TreeReader::count(std::string_view name, T& into, std::uint64_t low,
                                    std::uint64_t high) {
  return {name, [this, &into, low, high](const YamlNode& node) {
            value(node, into, [&](std::string_view text) {
              return parse_count(text, low, high).map([](std::uint64_t n) {
                return static_cast<T>(n);
              });
            });
          }};
}

}  // namespace swarm::sim
