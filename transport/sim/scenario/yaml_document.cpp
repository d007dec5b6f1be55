#include "transport/sim/scenario/yaml_document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "transport/sim/scenario/yaml_stumble.hpp"

namespace swarm::sim {
namespace {

constexpr std::size_t most_nodes = 20'000;

Place place_of(const YAML::Mark& mark) {
  return {std::max(mark.line + 1, 1), std::max(mark.column + 1, 1)};
}

// If the text ends too early, the parser names no place, or the beginning of the text. Then this
// returns the line after the end of the text.
Place place_of(const YAML::Exception& error, const std::string& text) {
  const bool at_begin = error.mark.line == 0 && error.mark.column == 0;
  const bool at_end = error.mark.is_null() || (at_begin && error.msg.ends_with("not found"));
  if (!at_end) return place_of(error.mark);
  return {static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 2, 1};
}

std::string quoted(const std::string& text) {
  constexpr std::size_t most = 40;
  return text.size() <= most ? "`" + text + "`" : "`" + text.substr(0, most) + "...`";
}

// Builds the tree from the parser's events. At the first event that scenarios do not use, it throws
// YamlError.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& text) : text_(text) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(mark, "", anchor, YamlNode::Kind::nothing, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (tag == "!") check_closed(mark);
    leaf(mark, tag, anchor, YamlNode::Kind::scalar, value);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YamlError(place_of(mark), "aliases (`*name`) are not used in scenarios");
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  // Checks that a text in quotes ends on its line. YAML allows such a text to span several lines,
  // so a quote that is not closed would take in the rest of the file.
  void check_closed(const YAML::Mark& mark) const {
    const Place place = place_of(mark);
    std::istringstream lines(text_);
    std::string line;
    for (int number = 0; number < place.line && std::getline(lines, line);) ++number;
    auto at = static_cast<std::size_t>(place.column) - 1;
    if (at >= line.size() || (line[at] != '"' && line[at] != '\'')) return;
    const char quote = line[at];
    while (++at < line.size() && line[at] != quote)
      if (quote == '"' && line[at] == '\\') ++at;
    if (at >= line.size()) throw open_quote(place, quote);
  }
  YamlNode checked(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                   YamlNode::Kind kind, const std::string& text) {
    const Place place = place_of(mark);
    if (++nodes_ > most_nodes)
      throw YamlError(place, fmt::format("more than {} values: this is no scenario", most_nodes));
    if (anchor != 0) throw YamlError(place, "anchors (`&name`) are not used in scenarios");
    if (!tag.empty() && tag != "?" && tag != "!")
      throw YamlError(place, "tags (`!name`) are not used in scenarios");
    return {kind, place, text, {}, {}};
  }

  void leaf(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YamlNode::Kind kind, const std::string& text) {
    add(checked(mark, tag, anchor, kind, text));
  }

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             YamlNode::Kind kind) {
    if (open_.size() >= yaml_most_depth)
      throw YamlError(place_of(mark), "nested too deeply: no part of a scenario is");
    open_.push_back(checked(mark, tag, anchor, kind, ""));
  }

  void end() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    if (node.kind == YamlNode::Kind::map && node.keys.size() != node.items.size())
      throw YamlError(node.keys.back().place, "a key without a value");
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    const bool is_key =
        parent.kind == YamlNode::Kind::map && parent.keys.size() == parent.items.size();
    if (is_key) check_key(parent, node);
    (is_key ? parent.keys : parent.items).push_back(std::move(node));
  }

  static void check_key(const YamlNode& map, const YamlNode& key) {
    if (key.kind == YamlNode::Kind::nothing)
      throw YamlError(key.place,
                      "a key must be a word, and here is none: a comma or a colon too many");
    if (key.kind != YamlNode::Kind::scalar) throw YamlError(key.place, "a key must be a word");
    // A real map has a few dozen keys. Without a limit, noise would cost the square of its size.
    constexpr std::size_t most_keys = 200;
    if (map.keys.size() >= most_keys) throw YamlError(key.place, "too many keys in one map");
    const auto same = std::find_if(map.keys.begin(), map.keys.end(),
                                   [&](const YamlNode& k) { return k.text == key.text; });
    if (same != map.keys.end())
      throw YamlError(key.place, fmt::format("the key {} is repeated, it was on line {} before",
                                             quoted(key.text), same->place.line));
  }

  const std::string& text_;
  YamlNode root_;
  std::vector<YamlNode> open_;
  std::size_t nodes_ = 0;
};

// Refuses some texts cheaply, before the recursive parser sees them: binary noise, flow brackets
// that are nested deeper than in any scenario, and lines in which `- - - -` could nest so deeply.
void scan(const std::string& text) {
  constexpr int longest_line = 1000, deepest = 200;
  Place place{1, 1};
  int open = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f)
      throw YamlError(place, "a control character: this is not a text file");
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (open > deepest) throw YamlError(place, "nested too deeply: no part of a scenario is");
    if (place.column > longest_line)
      throw YamlError(place, fmt::format("a line of more than {} characters", longest_line));
    if (c == '\n') {
      ++place.line;
      place.column = 0;
    }
    ++place.column;
  }
}

// Finds a tab that indents a line. The parser stumbles at the tab or at the next line, and its
// message does not mention the tab.
std::optional<Place> indenting_tab(const std::string& text, int last_line) {
  std::istringstream lines(text);
  std::string line;
  std::optional<Place> found;
  for (int number = 1; number <= last_line && std::getline(lines, line); ++number) {
    const auto tab = line.find('\t');
    const auto word = line.find_first_not_of(" \t");
    if (word == std::string::npos || line[word] == '#') continue;
    const auto before = std::exchange(found, std::nullopt);
    if (tab < word)
      found = Place{number, static_cast<int>(tab) + 1};
    else if (number == last_line)
      return before;
  }
  return found;
}

}  // namespace

YamlNode parse_yaml(const std::string& text) {
  if (text.size() > yaml_most_bytes)
    throw YamlError({1, 1}, "more than 1 MiB: this is no scenario");
  scan(text);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Builder builder(text);
    if (!parser.HandleNextDocument(builder)) return {YamlNode::Kind::nothing, {1, 1}, "", {}, {}};
    YamlNode root = builder.take();
    Builder another(text);
    if (parser.HandleNextDocument(another))
      throw YamlError(another.take().place, "a second document: a file holds one scenario");
    return root;
  } catch (const YAML::Exception& error) {
    const Place place = place_of(error, text);
    if (const auto tab = indenting_tab(text, place.line))
      throw YamlError(*tab, "a tab indents this line, and YAML wants blanks");
    throw probable_slip(text, place, error.msg);
  }
}

}  // namespace swarm::sim
