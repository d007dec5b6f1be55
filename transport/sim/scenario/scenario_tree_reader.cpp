#include "transport/sim/scenario/scenario_tree_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/did_you_mean.hpp"
#include "engine/base/missing_unit.hpp"

namespace swarm::sim {
namespace {

using Kind = YamlNode::Kind;

constexpr Duration usual_delay = 1ms;  // a usual delay of networks and disks

// Reads a range, from which each use draws uniformly.
Parsed<Delay> parse_delay(std::string_view text) {
  return parse_duration_range(text).map([](const Range<Duration>& range) {
    return Delay{range.low, range.high, std::nullopt};
  });
}

}  // namespace

std::string shortened(const std::string& text) {
  constexpr std::size_t most = 40;
  if (text.size() <= most) return text;
  return text.substr(0, most).append("...");  // with +, g++ 12 warns of a copy out of bounds
}

const YamlNode* find(const YamlNode& map, std::string_view key) {
  for (std::size_t i = 0; i < map.keys.size(); ++i)
    if (map.keys[i].text == key) return &map.items[i];
  return nullptr;
}

const std::string& TreeReader::scalar(const YamlNode& node) const {
  if (node.kind == Kind::nothing) fail(node, "there is no value");
  if (node.kind != Kind::scalar)
    fail(node, fmt::format("a single value is wanted, not a {}",
                           node.kind == Kind::list ? "list" : "map"));
  return node.text;
}

const std::vector<YamlNode>& TreeReader::list(const YamlNode& node) const {
  if (node.kind != Kind::list) fail(node, "a list is wanted: [ ... ] or lines that begin with `-`");
  return node.items;
}

std::vector<YamlError> TreeReader::faults() const {
  auto all = faults_;
  std::stable_sort(all.begin(), all.end(), [](const YamlError& a, const YamlError& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  return all;
}

// Collects the names of the keys of each part. It reads no scenario.
const TreeReader::Parts& TreeReader::parts() {
  static const Parts all = [] {
    Parts names;
    Scenario nothing;
    TreeReader reader(nothing);
    reader.names_ = &names;
    reader.read({Kind::map, {}, "", {}, {}});
    return names;
  }();
  return all;
}

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// In YAML, each of `for 3s`, `for:3s` and `for = 3s` is one word, and therefore a key. Returns a
// hint if `word` is such a mistake, else an empty text.
std::string slip_of_colon(const std::string& word, const std::vector<std::string_view>& known) {
  constexpr std::string_view between = " :=";
  const auto end = std::min(word.find_first_of(between), word.size());
  const std::string_view key = std::string_view(word).substr(0, end);
  const auto value = word.find_first_not_of(between, end);
  if (value == std::string::npos || std::find(known.begin(), known.end(), key) == known.end())
    return "";
  const bool has_colon = word.find(':', end) < value;
  const bool opens = word[value] == '{' || word[value] == '[';
  return fmt::format(": a {} is missing, write {}: {}",
                     has_colon ? "blank after the colon" : "colon", key,
                     opens ? word.substr(value, 1) + " ..." : shortened(word.substr(value)));
}

// Returns how many keys, from `key` on, are in fact groups of digits of a number with commas.
std::size_t groups_of_a_number(const YamlNode& map, std::size_t key) {
  std::size_t n = 0;
  if (key == 0 || !is_digits(map.items[key - 1].text)) return n;
  for (; key + n < map.keys.size(); ++n) {
    const std::string& word = map.keys[key + n].text;
    const bool last = word.size() > 3;  // the last group has the unit
    if (map.items[key + n].kind != Kind::nothing || !is_digits(word.substr(0, 3)) ||
        word.size() < 3 || (last && is_digits(word.substr(3, 1))))
      break;
    if (last) return n + 1;
  }
  return n;
}

}  // namespace

std::vector<std::string> TreeReader::dotted_keys(std::string_view name) {
  std::vector<std::string> keys;
  for (const auto& [part, names] : parts())
    if (std::find(names.begin(), names.end(), name) != names.end())
      keys.push_back(part.empty() ? std::string(name) : fmt::format("{}.{}", part, name));
  return keys;
}

// Guesses what the writer meant by an unknown key. The key may be a group of digits (`peers: 1,000`
// between braces has two keys). A colon, or the blank after it, may be missing. Or the key belongs
// in another part.
std::string TreeReader::hint(const YamlNode& map, std::size_t key,
                             const std::vector<std::string_view>& known) const {
  const std::string& word = map.keys[key].text;
  if (const auto groups = groups_of_a_number(map, key); groups > 0) {
    std::string number = map.items[key - 1].text;
    for (std::size_t i = 0; i < groups; ++i) number += map.keys[key + i].text;
    return fmt::format(": a comma begins another key, write {}: {}", map.keys[key - 1].text,
                       shortened(number));
  }
  if (auto slip = slip_of_colon(word, known); !slip.empty()) return slip;
  if (const auto dot = word.find('.'); dot != std::string::npos)
    for (const auto& dotted : dotted_keys(word.substr(dot + 1)))
      if (dotted == word)
        return fmt::format(", write {}: {{ {}: ... }}", word.substr(0, dot), word.substr(dot + 1));
  std::string homes;
  for (const auto& [part, names] : parts())
    if (!in_list_ && part != path_ && std::find(names.begin(), names.end(), word) != names.end())
      homes += fmt::format("{} {}", homes.empty() ? "" : " or",
                           part.empty() ? "the top of the file" : "`" + part + "`");
  return homes.empty() ? did_you_mean(word, known) : ", it belongs in" + homes;
}

void TreeReader::check_keys(const YamlNode& node, const Fields& fields) {
  std::vector<std::string_view> known;
  for (const Field& field : fields) known.push_back(field.name);
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const YamlNode& key = node.keys[i];
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    each([&] {
      fail(key, fmt::format("unknown key `{}`{}", shortened(key.text), hint(node, i, known)));
    });
    i += std::max<std::size_t>(groups_of_a_number(node, i), 1) - 1;  // one message per number
  }
}

void TreeReader::map(const YamlNode& node, const Fields& fields) {
  if (node.kind != Kind::map) {
    std::vector<std::string_view> known;
    for (const Field& field : fields) known.push_back(field.name);
    fail(node, "a map of keys is wanted" +
                   (node.kind == Kind::scalar && !slip_of_colon(node.text, known).empty()
                        ? slip_of_colon(node.text, known)
                        : ": { key: value, ... }"));
  }
  const bool deep = in_list_ || path_.find('.') != std::string::npos;
  if (names_ != nullptr && deep) return;
  const auto faults_before = faults_.size();
  check_keys(node, fields);
  // If a map inside a part has a wrong key, the meaning of the map is unknown. So the rest of this
  // map is not read.
  if (deep && faults_.size() > faults_before) {
    const auto fault = faults_.back();
    faults_.pop_back();
    throw fault;
  }
  for (const Field& field : fields) {
    if (names_ != nullptr) (*names_)[path_].emplace_back(field.name);
    const YamlNode* item = names_ != nullptr ? &node : find(node, field.name);
    if (item == nullptr) continue;
    const auto read = [&] {
      const std::string outer = path_;
      path_ += (path_.empty() ? "" : ".") + std::string(field.name);
      if (!in_list_) s_.places[path_] = item->place;
      field.read(*item);
      path_ = outer;
    };
    if (deep)
      read();
    else
      each(read);
  }
}

// Call it before the value is read, because then the variable still holds its default.
void TreeReader::check_unit(const YamlNode& node, Duration low, Duration high,
                            Duration standard) const {
  if (node.kind != Kind::scalar) return;
  if (const auto sentence = missing_unit(node.text, low, high, standard)) fail(node, *sentence);
}

TreeReader::Field TreeReader::duration(std::string_view name, Duration& into, Duration low,
                                       Duration high) {
  return {name, [this, &into, low, high](const YamlNode& node) {
            check_unit(node, low, into == Duration{} ? std::min(high, s_.duration) : high, into);
            // The parser accepts a sign, so that the message below can name the bounds of
            // this key.
            value(node, into,
                  [](std::string_view text) { return parse_duration(text, Sign::negative); });
            if (into < low || into > high)
              fail(node, fmt::format("`{}` is out of range, it must be within {}..{}", node.text,
                                     to_text(low), to_text(high)));
          }};
}

TreeReader::Field TreeReader::durations(std::string_view name, Range<Duration>& into, Sign sign) {
  return {name, [this, &into, sign](const YamlNode& node) {
            check_unit(node, -s_.duration, s_.duration, into.high);
            value(node, into,
                  [sign](std::string_view text) { return parse_duration_range(text, sign); });
          }};
}

TreeReader::Field TreeReader::durations_or(std::string_view word, std::string_view name,
                                           std::optional<Range<Duration>>& into) {
  return {name, [this, word, &into](const YamlNode& node) {
            if (scalar(node) == word) return into.reset();
            check_unit(node, 0ns, s_.duration, into ? into->high : Duration{});
            const auto range = parse_duration_range(node.text);
            if (!range) fail(node, fmt::format("{}; or the word `{}`", range.error(), word));
            into = *range;
          }};
}

TreeReader::Field TreeReader::delay(std::string_view name, Delay& into) {
  return {name, [this, &into](const YamlNode& node) { into = read_delay(node); }};
}

TreeReader::Field TreeReader::text(std::string_view name, std::string& into, std::size_t most) {
  return {name, [this, &into, most](const YamlNode& node) {
            into = scalar(node);
            if (into.empty()) fail(node, "there is no value");
            if (into.size() > most) fail(node, fmt::format("longer than {} bytes", most));
            if (most <= name_bytes && into.find_first_of("\n\r\t") != std::string::npos)
              fail(node, "a name has one line");
          }};
}

TreeReader::Field TreeReader::word(std::string_view name, std::vector<std::string_view> words,
                                   std::function<void(std::size_t)> set) {
  return {name, [this, words = std::move(words), set = std::move(set)](const YamlNode& node) {
            if (node.kind == Kind::nothing)
              fail(node, "there is no value" + did_you_mean("", words));
            const auto at = std::find(words.begin(), words.end(), scalar(node));
            if (at == words.end())
              fail(node, fmt::format("unknown word `{}`{}", shortened(node.text),
                                     did_you_mean(node.text, words)));
            set(static_cast<std::size_t>(at - words.begin()));
          }};
}

// `200us`, `100us..300us`, or { min, mean, max }.
Delay TreeReader::read_delay(const YamlNode& node) {
  Delay delay{};
  if (node.kind != Kind::map) {
    check_unit(node, 0ns, s_.duration, usual_delay);
    value(node, delay, parse_delay);
    return delay;
  }
  Duration mean{};
  const auto part = [&](std::string_view name, Duration& into) {
    return Field{name, [this, &into, name](const YamlNode& of) {
                   check_unit(of, 0ns, s_.duration, usual_delay);
                   duration(name, into, 0ns).read(of);
                 }};
  };
  map(node, {part("min", delay.min), part("mean", mean), part("max", delay.max)});
  if (find(node, "min") == nullptr) fail(node, "the key `min` is missing");
  if (find(node, "mean") != nullptr) delay.mean = mean;
  constexpr int tail = 10;  // in means; in practice no draw is larger: the chance is exp(-10)
  if (find(node, "max") == nullptr) delay.max = delay.min + tail * mean;
  if (delay.max < delay.min) fail(node, "`max` is less than `min`");
  return delay;
}

std::size_t TreeReader::only_key(const YamlNode& item, const std::vector<std::string_view>& beside,
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
      const auto slip = slip_of_colon(key.text, all);
      fail(key, fmt::format("unknown key `{}`{}", shortened(key.text),
                            slip.empty() ? did_you_mean(key.text, all) : slip));
    }
    if (found != none)
      fail(key,
           fmt::format("`{}` and `{}` in one line: write two", item.keys[found].text, key.text));
    found = i;
  }
  if (found == none) fail(item, fmt::format("{} says nothing{}", what, did_you_mean("", known)));
  return found;
}

}  // namespace swarm::sim
