#include "transport/sim/scenario/yaml_stumble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace swarm::sim {
namespace {

constexpr auto none = std::string_view::npos;

bool before(Place a, Place b) {
  return std::tie(a.line, a.column) < std::tie(b.line, b.column);
}
bool same(Place a, Place b) {
  return !before(a, b) && !before(b, a);
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  return text.size() <= most ? std::string(text) : fmt::format("{}...", text.substr(0, most));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_blank(std::string_view line) {
  const auto word = line.find_first_not_of(" \t");
  return word == none || line[word] == '#';
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == none) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

char closer_of(char opener) {
  return opener == '{' ? '}' : ']';
}

struct Bracket {
  char c;
  Place place;
  std::size_t indent;  // the indentation of the bracket's line
};

// A colon that ends a key.
struct Colon {
  Place place;
  bool in_brackets;
  bool after_another;        // an earlier colon is in the same entry or line
  std::string_view between;  // the text between that colon and this one
};

// Reads a text roughly as the parser does: quotes, comments, brackets and colons.
class Marks {
 public:
  explicit Marks(const std::vector<std::string_view>& lines) {
    for (std::size_t i = 0; i < lines.size() && !slip_; ++i)
      read(static_cast<int>(i) + 1, lines[i]);
    if (!slip_ && !open_.empty())
      slip_.emplace(open_.back().place, fmt::format("this {} is not closed: its {} is missing",
                                                    open_.back().c, closer_of(open_.back().c)));
  }

  // The first quote or bracket that is certainly wrong.
  const std::optional<YamlError>& slip() const { return slip_; }
  const Colon* colon_at(Place place) const {
    for (const auto& colon : colons_)
      if (same(colon.place, place)) return &colon;
    return nullptr;
  }

 private:
  static bool ends_word(std::string_view line, std::size_t at) {
    return at >= line.size() || line[at] == ' ' || line[at] == '\t';
  }

  void read(int number, std::string_view line) {
    const auto indent = indent_of(line);
    if (block_ && (is_blank(line) || indent > *block_)) return;
    block_.reset();
    if (is_blank(line)) return;
    number_ = number, line_ = line, fresh_ = true;
    if (open_.empty()) last_colon_ = none;
    if (begins_elsewhere(indent)) return;
    for (at_ = indent; at_ < line.size() && !slip_ && !block_; ++at_) {
      const char c = line[at_];
      if (c == '#' && (at_ == 0 || ends_word(line, at_ - 1))) return;
      if (c != ' ' && c != '\t') read(c, indent);
    }
  }

  // True if the line has a key or an entry that is indented no further than the line of the open
  // bracket. Such a key or entry is outside the bracket.
  bool begins_elsewhere(std::size_t indent) {
    if (open_.empty() || indent > open_.back().indent) return false;
    const auto colon = line_.find(':');
    const bool entry = line_[indent] == '-' && ends_word(line_, indent + 1);
    const bool key =
        colon != none && ends_word(line_, colon + 1) && line_.find_first_of("{}[],\"'") > colon;
    if (!entry && !key) return false;
    const auto& bracket = open_.back();
    slip_.emplace(bracket.place,
                  fmt::format("this {} is not closed: its {} is missing before line {}", bracket.c,
                              closer_of(bracket.c), number_));
    return true;
  }

  void read(char c, std::size_t indent) {
    const bool flow = !open_.empty();
    if ((c == '"' || c == '\'') && fresh_) return quote(c);
    if ((c == '{' || c == '[') && (flow || fresh_)) {
      open_.push_back({c, here(), indent});
      last_colon_ = none;
      fresh_ = true;
    } else if ((c == '}' || c == ']') && (flow || fresh_ || after_closer_)) {
      close(c);
    } else if (c == ',' && flow) {
      fresh_ = true, last_colon_ = none;
    } else if (c == ':' && (ends_word(line_, at_ + 1) ||
                            (flow && std::string_view(",[]{}").find(line_[at_ + 1]) != none))) {
      colon(flow);
    } else if (c == '-' && !flow && fresh_ && ends_word(line_, at_ + 1)) {
      // An entry begins here, and its value may follow.
    } else if ((c == '|' || c == '>') && !flow && fresh_) {
      block_ = indent;
    } else {
      fresh_ = after_closer_ = false;
    }
  }

  void quote(char c) {
    const Place place = here();
    const auto begin = at_;
    while (++at_ < line_.size() && line_[at_] != c)
      if (c == '"' && line_[at_] == '\\') ++at_;
    fresh_ = after_closer_ = false;
    if (at_ >= line_.size()) {
      slip_ = open_quote(place, c);
      return;
    }
    const auto next = at_ + 1;
    if (c == '\'' && next < line_.size() && line_[next] == '\'') return read_on_in_quotes(place);
    const auto rest = std::min(line_.find_first_not_of(" \t", next), line_.size());
    const bool more = rest < line_.size() && std::string_view(",]}:#").find(line_[rest]) == none;
    if (more)
      slip_.emplace(place, fmt::format("more follows after the {} that ends this text, {}: {}", c,
                                       shown(line_.substr(begin, next - begin)),
                                       c == '"' ? "a quote within it is written \\\""
                                                : "a quote within it is written twice"));
  }

  // Reads on after '' within '...'.
  void read_on_in_quotes(Place place) {
    ++at_;
    const auto end = line_.find('\'', at_ + 1);
    if (end == none) {
      slip_ = open_quote(place, '\'');
      return;
    }
    at_ = end;
    if (end + 1 < line_.size() && line_[end + 1] == '\'') read_on_in_quotes(place);
  }

  void close(char c) {
    fresh_ = false, after_closer_ = true, last_colon_ = none;
    if (open_.empty()) {
      slip_.emplace(here(), fmt::format("this {} closes nothing: no {} is open before it", c,
                                        c == '}' ? '{' : '['));
      return;
    }
    const Bracket bracket = open_.back();
    open_.pop_back();
    if (closer_of(bracket.c) != c)
      slip_.emplace(bracket.place,
                    fmt::format("this {} is not closed: a {} comes before its {}, on line {}",
                                bracket.c, c, closer_of(bracket.c), number_));
  }

  void colon(bool flow) {
    const bool after = last_colon_ != none;
    const bool same_line = after && last_line_ == number_;
    colons_.push_back({here(), flow, after,
                       same_line ? trimmed(line_.substr(last_colon_ + 1, at_ - last_colon_ - 1))
                                 : std::string_view{}});
    last_colon_ = at_, last_line_ = number_;
    fresh_ = true;
  }

  Place here() const { return {number_, static_cast<int>(at_) + 1}; }

  std::optional<YamlError> slip_;
  std::vector<Bracket> open_;
  std::vector<Colon> colons_;
  // Set within a text of several lines. The lines of this text are indented further than this.
  std::optional<std::size_t> block_;
  std::string_view line_;
  int number_ = 0, last_line_ = 0;
  std::size_t at_ = 0, last_colon_ = none;
  bool fresh_ = true;  // a value may begin here
  bool after_closer_ = false;
};

// The line at which the parser gave up, and the lines around it.
class Stumble {
 public:
  Stumble(const std::vector<std::string_view>& lines, Place place) : lines_(lines), place_(place) {
    if (place.line <= static_cast<int>(lines.size())) line_ = lines[index()];
    at_ = std::min(static_cast<std::size_t>(place.column) - 1, line_.size());
  }

  char c() const { return at_ < line_.size() ? line_[at_] : '\0'; }

  std::optional<YamlError> at_colon(const Colon& colon) const {
    if (colon.in_brackets) return colon.after_another ? entry_too_long(colon) : no_colon_above();
    if (colon.after_another) return second_colon();
    return line_above();
  }

  YamlError second_colon() const {
    auto value = trimmed(line_.substr(0, line_.find(" #")));
    value = trimmed(value.substr(std::min(value.find(": ") + 1, value.size())));
    while (value.ends_with('}') || value.ends_with(','))
      value = trimmed(value.substr(0, value.size() - 1));
    return {place_, fmt::format("a second colon in one line: write {{ {} }} if that is a map, or "
                                "\"{}\" if it is a text",
                                shown(value), shown(value))};
  }

  // Text follows after the end of a map or a list: { a: 1 } b, [[a] b].
  std::optional<YamlError> after_closer(bool within_brackets) const {
    const auto before = trimmed(line_.substr(0, at_));
    if (at_ >= line_.size() || (!before.ends_with('}') && !before.ends_with(']')))
      return std::nullopt;
    if (within_brackets) {
      const auto word = line_.substr(at_, line_.find_first_of(" :,]}", at_ + 1) - at_);
      return YamlError(place_, fmt::format("a comma is missing before `{}`", shown(word)));
    }
    return YamlError(place_,
                     fmt::format("more follows after the {} that ends this value", before.back()));
  }

  std::optional<YamlError> no_colon_here() const {
    return is_blank(line_) || has_colon(line_) ? std::nullopt : no_colon(place_.line);
  }

  std::optional<YamlError> bad_indent() const {
    const auto indent = indent_of(line_);
    if (indent >= line_.size()) return std::nullopt;
    const bool entry = line_[indent] == '-';
    const auto columns = columns_above(entry);
    const Place place{place_.line, static_cast<int>(indent) + 1};
    if (std::find(columns.begin(), columns.end(), indent) != columns.end()) return std::nullopt;
    if (columns.empty())
      return YamlError(place, entry
                                  ? "a `-` begins an entry of a list, and the lines above are keys "
                                    "of a map"
                                  : "no line above is part of a map that this key could belong "
                                    "to");
    std::string known;
    for (std::size_t i = 0; i < columns.size(); ++i)
      known += fmt::format("{}{}",
                           i == 0                    ? ""
                           : i + 1 == columns.size() ? " or "
                                                     : ", ",
                           columns[i] + 1);
    return YamlError(place,
                     fmt::format("this line begins in a column of its own, the lines above "
                                 "have column {}: indent it like the ones that it belongs to",
                                 known));
  }

  YamlError needs_quotes() const {
    auto word = line_.substr(at_);
    word = word.substr(0, word.find_first_of(",]}#"));
    return {place_, fmt::format("a text that begins with {} is written in quotes: \"{}\"", c(),
                                shown(trimmed(word)))};
  }

  std::optional<YamlError> comma_before_this() const {
    return YamlError(place_, fmt::format("a comma is missing before this {}", c()));
  }

  YamlError dash_in_a_line() const {
    return {place_,
            "a `-` begins an entry at the beginning of a line only: begin a line with it, or write "
            "the list as [ a, b ]"};
  }

 private:
  std::size_t index() const { return static_cast<std::size_t>(place_.line) - 1; }

  // The last word before the colon was meant as a key: { a: 1 b: 2 }.
  std::optional<YamlError> entry_too_long(const Colon& colon) const {
    const auto key = trimmed(line_.substr(0, at_));
    const auto begin = std::min(key.find_last_of(" \t;"), key.size());
    const auto word = begin == key.size() ? key : key.substr(begin + 1);
    if (word.empty()) return std::nullopt;
    if (!colon.between.empty() && colon.between == word) return second_colon_in_brackets();
    const auto column = static_cast<int>(word.data() - line_.data()) + 1;
    return YamlError({place_.line, column},
                     fmt::format("a comma is missing before `{}`", shown(word)));
  }

  YamlError second_colon_in_brackets() const {
    return {place_,
            "a second colon in one entry: a map within a map has braces of its own, and a "
            "text with a colon is written in quotes"};
  }

  static std::string_view words_of(std::string_view line) {
    return trimmed(line.substr(0, line.find(" #")));
  }
  static bool has_colon(std::string_view line) {
    return words_of(line).find(": ") != none || words_of(line).ends_with(':');
  }

  // Returns the number of the nearest line above that is not blank, or 0 if there is none.
  std::size_t above() const {
    std::size_t number = index();
    while (number > 0 && is_blank(lines_[number - 1])) --number;
    return number;
  }

  std::optional<YamlError> no_colon_above() const {
    const auto number = above();
    return number == 0 || has_colon(lines_[number - 1]) ? std::nullopt
                                                        : no_colon(static_cast<int>(number));
  }

  std::optional<YamlError> no_colon(int number) const {
    const auto line = lines_[static_cast<std::size_t>(number) - 1];
    const auto words = words_of(line);
    const Place place{number, static_cast<int>(indent_of(line)) + 1};
    const auto blank = words.find_first_of(" :=");
    if (blank == none)
      return YamlError(place, fmt::format("this line has no colon: write {}:", shown(words)));
    const auto value = words.find_first_not_of(" :=", blank);
    if (value == none) return std::nullopt;
    return YamlError(place,
                     fmt::format("this line has no colon with a blank after it: write {}: {}",
                                 shown(words.substr(0, blank)), shown(words.substr(value))));
  }

  // The key of this line is complete, so the line above has ended in the middle of something.
  std::optional<YamlError> line_above() const {
    const auto number = above();
    if (number == 0) return std::nullopt;
    const auto line = lines_[number - 1];
    const Place place{place_.line, static_cast<int>(indent_of(line_)) + 1};
    if (has_colon(line)) {
      auto column = indent_of(line);
      while (line.substr(column).starts_with("- "))
        column = line.find_first_not_of(' ', column + 1);
      return YamlError(place, fmt::format("this line is indented deeper than the one above, which "
                                          "has its value already: begin it in column {}",
                                          column + 1));
    }
    return no_colon(static_cast<int>(number));
  }

  // Returns the columns in which the open entries (or the open keys) above this line begin, from
  // left to right.
  std::vector<std::size_t> columns_above(bool entries) const {
    std::vector<std::size_t> found;
    std::size_t least = none;
    for (std::size_t i = index(); i-- > 0 && least > 0;) {
      if (is_blank(lines_[i])) continue;
      std::vector<std::pair<std::size_t, bool>> of_line;
      auto column = indent_of(lines_[i]);
      while (lines_[i].substr(column).starts_with("- ")) {
        of_line.emplace_back(column, true);
        column = std::min(lines_[i].find_first_not_of(' ', column + 1), lines_[i].size());
      }
      of_line.emplace_back(column, false);
      for (auto one = of_line.rbegin(); one != of_line.rend(); ++one) {
        if (one->first >= least) continue;
        least = one->first;
        if (one->second == entries) found.push_back(least);
      }
    }
    std::reverse(found.begin(), found.end());
    return found;
  }

  const std::vector<std::string_view>& lines_;
  Place place_;
  std::string_view line_;
  std::size_t at_ = 0;
};

std::optional<YamlError> slip_at(const Stumble& stumble, const Colon* colon,
                                 std::string_view message) {
  if (colon != nullptr)
    if (auto slip = stumble.at_colon(*colon)) return slip;
  if (message == "end of map not found" || message == "end of sequence not found") {
    if (auto slip = stumble.after_closer(false)) return slip;
    if (auto slip = stumble.bad_indent()) return slip;
    return stumble.no_colon_here();
  }
  if (message.ends_with("flow not found") &&
      (stumble.c() == '{' || stumble.c() == '[' || stumble.c() == '"' || stumble.c() == '\''))
    return stumble.comma_before_this();
  if (message.ends_with("flow not found")) return stumble.after_closer(true);
  if (message == "unknown token") return stumble.needs_quotes();
  if (message == "illegal block entry") return stumble.dash_in_a_line();
  return std::nullopt;
}

}  // namespace

YamlError open_quote(Place place, char quote) {
  return {place, fmt::format("this {} is not closed on its line; a text of several lines begins "
                             "with `>-`",
                             quote)};
}

YamlError probable_slip(const std::string& text, Place place, const std::string& message) {
  const auto lines = lines_of(text);
  const Marks marks(lines);
  if (marks.slip() && !before(place, marks.slip()->place)) return *marks.slip();
  if (auto slip = slip_at(Stumble(lines, place), marks.colon_at(place), message)) return *slip;
  if (message == "unexpected character in block scalar")
    return {place, "the text that | or > announces begins on the next line"};
  if (message.find("anchor") != none || message.find("alias") != none)
    return {place, "anchors (`&name`) and aliases (`*name`) are not used in scenarios"};
  if (message.starts_with("unknown escape"))
    return {place, "this is no escape of YAML: write \\\\ for a backslash within \"...\""};
  return {place, "not YAML: " + message};
}

}  // namespace swarm::sim
