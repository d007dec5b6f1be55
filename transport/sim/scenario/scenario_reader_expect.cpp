// Reads the part of a scenario that says what must hold and what is measured.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/did_you_mean.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"
#include "transport/sim/scenario/scenario_tree_reader.hpp"

namespace swarm::sim {
namespace {

using Kind = YamlNode::Kind;

// Reads a factor such as 3, 1.02 or 0.25. Returns it in thousandths.
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

}  // namespace

// --- expectations ------------------------------------------------------------------------------

void TreeReader::expect(const YamlNode& node) {
  s_.expect.clear();
  in_list_ = true;
  for (const YamlNode& item : list(node)) each([&] { expectation(item); });
  in_list_ = false;
}

void TreeReader::expectation(const YamlNode& node) {
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

// `complete: leechers, within: 60s`; `answered: aria2, within: 5s`; `uploads: seed, at_most: 2.5`
// (times the size of its contents).
void TreeReader::of_each(const YamlNode& item, const YamlNode& node, Expectation e) {
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

// The value is a duration, except for `members` and `unanswered`, where it is a count.
void TreeReader::bound(const YamlNode& item, const YamlNode& node, Expectation e) {
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

void TreeReader::service(const YamlNode& node, Expectation e) {
  Expectation p50 = e, p99 = e;
  p50.kind = Expectation::Kind::service_p50;
  p99.kind = Expectation::Kind::service_p99;
  map(node, {duration("p50", p50.within, 1us), duration("p99", p99.within, 1us)});
  if (node.keys.empty()) fail(node, "say `p50`, `p99` or both");
  if (find(node, "p50") != nullptr) s_.expect.push_back(p50);
  if (find(node, "p99") != nullptr) s_.expect.push_back(p99);
}

void TreeReader::names(const YamlNode& node, Expectation e, const std::vector<std::string>& known) {
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

// Each item is a label or a map: { failover: { from: crash, to: first_answer } }.
void TreeReader::measure(const YamlNode& node) {
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

}  // namespace swarm::sim
