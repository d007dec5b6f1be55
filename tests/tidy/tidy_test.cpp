// The linter of the project: rules of docs/ARCHITECTURE.md that a compiler does not check.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace swarm {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string path;  // from the project's folder, with /
  std::string text;
  std::vector<std::string> lines;

  bool in(std::string_view folder) const { return path.starts_with(folder); }
  bool ends(std::string_view suffix) const { return path.ends_with(suffix); }
  bool is_cpp() const { return ends(".cpp") || ends(".hpp"); }
};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool is_text(const fs::path& path) {
  static const std::set<std::string> kinds{".cpp",  ".hpp", ".yaml", ".json", ".sh",
                                           ".txt",  ".md",  ".gp",   ".bash", ".service",
                                           ".conf", ".1",   ".8",    ""};
  return kinds.contains(path.extension().string()) &&
         path.string().find("/corpus/") == std::string::npos;
}

const std::vector<Source>& sources() {
  static const std::vector<Source> all = [] {
    const fs::path root = SWARM_SOURCE_DIR;
    std::vector<Source> found;
    const auto add = [&](const fs::path& path) {
      Source source{fs::relative(path, root).generic_string(), read(path), {}};
      source.lines = lines_of(source.text);
      found.push_back(std::move(source));
    };
    for (const char* folder :
         {"engine", "observe", "transport", "tests", "scenarios", "scripts", "docs", ".ci"})
      if (fs::exists(root / folder))
        for (const auto& entry : fs::recursive_directory_iterator(root / folder))
          if (entry.is_regular_file() && is_text(entry.path())) add(entry.path());
    for (const char* file : {"CMakeLists.txt", "README.md", "CMakePresets.json"})
      if (fs::exists(root / file)) add(root / file);
    std::sort(found.begin(), found.end(),
              [](const Source& a, const Source& b) { return a.path < b.path; });
    return found;
  }();
  return all;
}

// The source with comments and the inside of literals blanked; lines stay where they are.
std::string code_of(const std::string& text) {
  std::string code = text;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, code.size()); ++i)
      if (code[i] != '\n') code[i] = ' ';
  };
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = std::string_view(text).substr(i);
    std::size_t end = i + 1;
    if (rest.starts_with("//")) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (rest.starts_with("/*")) {
      end = std::min(text.find("*/", i + 2), text.size() - 2) + 2;
      blank(i, end);
    } else if (rest.starts_with("R\"")) {
      const std::size_t open = text.find('(', i);
      const std::string close = ")" + text.substr(i + 2, open - i - 2) + "\"";
      end = std::min(text.find(close, open), text.size() - close.size()) + close.size();
      blank(i, end);
    } else if (rest[0] == '"' || (rest[0] == '\'' && (i == 0 || !is_word(text[i - 1])))) {
      while (end < text.size() && text[end] != rest[0] && text[end] != '\n')
        end += text[end] == '\\' ? 2 : 1;
      blank(i + 1, end);
      ++end;
    }
    i = end;
  }
  return code;
}

bool word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Where `word` stands in the text, not as a part of a longer word at its ends.
std::vector<std::size_t> occurrences(std::string_view text, std::string_view word) {
  std::vector<std::size_t> places;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool before = word_char(word.front()) && at > 0 && word_char(text[at - 1]);
    const bool after = word_char(word.back()) && end < text.size() && word_char(text[end]);
    if (!before && !after) places.push_back(at);
  }
  return places;
}

// A call: the word, then an opening parenthesis; member functions of our own are none.
bool is_call(std::string_view code, std::size_t at, std::string_view word) {
  const auto next = code.find_first_not_of(' ', at + word.size());
  const bool member = at > 0 && (code[at - 1] == '.' || code.substr(0, at).ends_with("->"));
  return !member && next != code.npos && code[next] == '(';
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>(
             std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
         1;
}

void complain(const Source& source, std::size_t line, const std::string& sentence) {
  ADD_FAILURE() << source.path << ":" << line << ": " << sentence;
}

struct Include {
  std::string name;
  bool own;  // "..."
  std::size_t line;
};

std::vector<Include> includes_of(const Source& source) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < source.lines.size(); ++i) {
    const std::string& line = source.lines[i];
    if (!line.starts_with("#include")) continue;
    const auto open = line.find_first_of("\"<");
    const auto close = line.find_first_of("\">", open + 1);
    if (open == line.npos || close == line.npos) continue;
    includes.push_back({line.substr(open + 1, close - open - 1), line[open] == '"', i + 1});
  }
  return includes;
}

TEST(Tidy, FindsTheSources) {
  const auto has = [](std::string_view path) {
    return std::any_of(sources().begin(), sources().end(),
                       [&](const Source& s) { return s.path == path; });
  };
  EXPECT_TRUE(has("engine/base/clock.hpp"));
  EXPECT_TRUE(has("tests/tidy/tidy_test.cpp"));
  EXPECT_TRUE(has("scripts/test"));
}

TEST(Tidy, TheScannerSeesCodeOnly) {
  EXPECT_EQ(code_of("a // rand\nb"), "a        \nb");
  EXPECT_EQ(code_of("x(\"rand \\\" \") + 1'000"), "x(\"        \") + 1'000");
  EXPECT_EQ(code_of("/* time( */ y"), "            y");
  EXPECT_EQ(code_of("R\"(rand)\" z"), "          z");
  EXPECT_EQ(occurrences("operand rand rand_ rand", "rand"), (std::vector<std::size_t>{8, 19}));
  EXPECT_TRUE(is_call("time (0)", 0, "time"));
  EXPECT_FALSE(is_call("x.time(0)", 2, "time"));
  EXPECT_FALSE(is_call("time + (0)", 0, "time"));
}

// The engine's host passes time and chance in; equal inputs give equal runs on every machine.
TEST(Tidy, TheEngineIsDeterministic) {
  static constexpr std::string_view words[] = {"random_device",
                                               "thread",
                                               "jthread",
                                               "async",
                                               "getenv",
                                               "mt19937",
                                               "mt19937_64",
                                               "default_random_engine",
                                               "uniform_int_distribution",
                                               "uniform_real_distribution",
                                               "normal_distribution",
                                               "exponential_distribution",
                                               "bernoulli_distribution",
                                               "discrete_distribution",
                                               "asio",
                                               "beast",
                                               "sleep_for",
                                               "gettimeofday",
                                               "clock_gettime",
                                               "this_thread",
                                               "float",
                                               "double"};
  static constexpr std::string_view calls[] = {"rand",   "srand",   "time",  "clock",
                                               "random", "shuffle", "sample"};
  for (const auto& source : sources()) {
    if (!source.in("engine/") || !source.is_cpp()) continue;
    const std::string code = code_of(source.text);
    for (const auto word : words)
      for (const auto at : occurrences(code, word))
        complain(source, line_of(code, at), std::string(word) + " has no place in the engine");
    for (const auto word : calls)
      for (const auto at : occurrences(code, word))
        if (is_call(code, at, word) && code.substr(0, at).ends_with("std::"))
          complain(source, line_of(code, at),
                   "std::" + std::string(word) + "() has no place in the engine");
    for (const std::string_view word : {"rand", "srand", "time"})
      for (const auto at : occurrences(code, word))
        if (is_call(code, at, word) && !code.substr(0, at).ends_with("::"))
          complain(source, line_of(code, at), std::string(word) + "() has no place in the engine");
    for (auto at = code.find("_clock::now"); at != code.npos; at = code.find("_clock::now", at + 1))
      complain(source, line_of(code, at), "the engine never reads a clock");
  }
}

// A row of the table in docs/ARCHITECTURE.md.
struct Folder {
  std::string name;
  std::set<std::string> may_use;    // folders
  std::set<std::string> libraries;  // how the names of their headers begin
};

std::set<std::string> in_backticks(const std::string& cell) {
  std::set<std::string> names;
  std::istringstream in(cell);
  std::string text, name;
  while (std::getline(in, text, '`') && std::getline(in, name, '`')) names.insert(name);
  return names;
}

const std::vector<Folder>& folders() {
  static const std::vector<Folder> all = [] {
    std::vector<Folder> found;
    const auto lines = lines_of(read(fs::path(SWARM_SOURCE_DIR) / "docs/ARCHITECTURE.md"));
    auto line = std::find(lines.begin(), lines.end(),
                          "| folder | what lives there | may use | libraries |");
    for (; line != lines.end() && line->starts_with("|"); ++line) {
      std::istringstream in(*line);
      std::vector<std::string> cells;
      for (std::string cell; std::getline(in, cell, '|');) cells.push_back(cell);
      const auto name = in_backticks(cells.at(1));
      if (name.size() == 1)
        found.push_back({*name.begin(), in_backticks(cells.at(3)), in_backticks(cells.at(4))});
    }
    return found;
  }();
  return all;
}

std::string folder_of(const std::string& path) {
  return fs::path(path).parent_path().generic_string();
}

const Folder* find_folder(const std::string& name) {
  const auto found = std::find_if(folders().begin(), folders().end(),
                                  [&](const Folder& f) { return f.name == name; });
  return found == folders().end() ? nullptr : &*found;
}

TEST(Tidy, EveryFolderOfCodeIsInTheTable) {
  EXPECT_GT(folders().size(), 20u);
  for (const auto& source : sources())
    if (source.is_cpp() && !source.in("tests/") && !find_folder(folder_of(source.path)))
      complain(source, 1, "docs/ARCHITECTURE.md does not name its folder");
  for (const auto& folder : folders())
    EXPECT_TRUE(fs::is_directory(fs::path(SWARM_SOURCE_DIR) / folder.name)) << folder.name;
}

// What the table allows has no circle, so that each folder can be read after those that it uses.
TEST(Tidy, TheTableOfFoldersPointsInOneDirection) {
  std::set<std::string> read;
  for (bool more = true; more;) {
    more = false;
    for (const auto& folder : folders())
      if (!read.contains(folder.name) &&
          std::includes(read.begin(), read.end(), folder.may_use.begin(), folder.may_use.end()))
        more = read.insert(folder.name).second;
  }
  for (const auto& folder : folders())
    EXPECT_TRUE(read.contains(folder.name)) << folder.name << " is in a circle";
}

TEST(Tidy, IncludesAreThoseThatTheTableNames) {
  for (const auto& source : sources()) {
    if (!source.is_cpp()) continue;
    const auto* folder = find_folder(folder_of(source.path));
    for (const auto& include : includes_of(source)) {
      if (!include.own) continue;
      const std::string there = folder_of(include.name);
      if (!fs::exists(fs::path(SWARM_SOURCE_DIR) / include.name))
        complain(source, include.line, include.name + " does not exist, as named from the top");
      else if (folder && there != folder->name && !folder->may_use.contains(there))
        complain(source, include.line, folder->name + " may not use " + there);
    }
  }
}

// Inside of a folder, too, headers can be read one after the other.
TEST(Tidy, HeadersOfAFolderHaveNoCircle) {
  for (const auto& folder : folders()) {
    std::map<std::string, std::set<std::string>> uses;
    for (const auto& source : sources()) {
      if (!source.ends(".hpp") || folder_of(source.path) != folder.name) continue;
      auto& of_this = uses[source.path];
      for (const auto& include : includes_of(source))
        if (include.own && folder_of(include.name) == folder.name) of_this.insert(include.name);
    }
    std::set<std::string> read;
    for (bool more = true; more;) {
      more = false;
      for (const auto& [path, of_this] : uses)
        if (!read.contains(path) &&
            std::includes(read.begin(), read.end(), of_this.begin(), of_this.end()))
          more = read.insert(path).second;
    }
    for (const auto& [path, of_this] : uses)
      EXPECT_TRUE(read.contains(path)) << path << " is in a circle";
  }
}

// engine/consensus: what a component's .cpp includes lies below its header as well.
TEST(Tidy, ComponentsOfTheConsensusKnowOnlyWhatIsBelow) {
  std::map<std::string, std::set<std::string>> uses;  // by the name without its ending
  const std::string folder = "engine/consensus/";
  const std::set<std::string> whole{"replica", "replica_impl", "replica_steps", "replica_roles",
                                    "replica_receive"};
  const auto stem = [](const std::string& path) { return fs::path(path).stem().string(); };
  for (const auto& source : sources()) {
    if (!source.is_cpp() || !source.in(folder) || whole.contains(stem(source.path))) continue;
    for (const auto& include : includes_of(source))
      if (include.own && include.name.starts_with(folder) &&
          stem(include.name) != stem(source.path))
        uses[stem(source.path)].insert(stem(include.name));
  }
  EXPECT_GT(uses.size(), 10u);
  std::set<std::string> read;
  for (bool more = true; more;) {
    more = false;
    for (const auto& [name, below] : uses)
      for (const auto& one : below)
        if (!uses.contains(one)) more = read.insert(one).second || more;
    for (const auto& [name, below] : uses)
      if (!read.contains(name) &&
          std::includes(read.begin(), read.end(), below.begin(), below.end()))
        more = read.insert(name).second;
  }
  for (const auto& [name, below] : uses)
    EXPECT_TRUE(read.contains(name)) << name << " is in a circle";
}

TEST(Tidy, TestsOfTheConsensusKnowNothingAboveIt) {
  auto below = find_folder("engine/consensus")->may_use;
  below.insert({"engine/consensus", "tests/engine/consensus"});
  for (const auto& source : sources())
    for (const auto& include : includes_of(source))
      if (source.in("tests/engine/consensus/") && include.own &&
          !below.contains(folder_of(include.name)))
        complain(source, include.line, "consensus_tests may not use " + include.name);
}

// `folder/name`, with or without an ending; and, after "in `folder`:", names of it alone.
TEST(Tidy, FilesThatArchitectureNamesExist) {
  const fs::path root = SWARM_SOURCE_DIR;
  const auto there = [&](std::string name) {
    while (name.ends_with('/')) name.pop_back();
    if (name.ends_with("*.txt")) name = folder_of(name);
    return fs::exists(root / name) || fs::exists(root / (name + ".hpp")) ||
           fs::exists(root / (name + ".cpp"));
  };
  const auto lines = lines_of(read(root / "docs/ARCHITECTURE.md"));
  std::size_t found = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::istringstream in(lines[i]);
    std::string text, name, folder;
    while (std::getline(in, text, '`') && std::getline(in, name, '`')) {
      if (text.find(';') != text.npos || text.find('|') != text.npos) folder.clear();
      const bool path = name.starts_with("engine/") || name.starts_with("transport/") ||
                        name.starts_with("observe/") || name.starts_with("tests/");
      if (!path && folder.empty()) continue;
      ++found;
      EXPECT_TRUE(there(path ? name : folder + "/" + name))
          << "docs/ARCHITECTURE.md:" << i + 1 << ": there is no " << name;
      if (path && text.ends_with("in ") && lines[i].find("`" + name + "`:") != std::string::npos)
        folder = name;
    }
  }
  EXPECT_GT(found, 150u);
}

// A library that the table names somewhere is used nowhere else.
TEST(Tidy, LibrariesStayInTheirRooms) {
  std::set<std::string> libraries;
  for (const auto& folder : folders())
    libraries.insert(folder.libraries.begin(), folder.libraries.end());
  EXPECT_GT(libraries.size(), 5u);
  for (const auto& source : sources()) {
    const auto* folder = find_folder(folder_of(source.path));
    if (!source.is_cpp() || !folder) continue;
    for (const auto& include : includes_of(source))
      for (const auto& library : libraries)
        if (include.name.starts_with(library) && !folder->libraries.contains(library))
          complain(source, include.line, folder->name + " may not use " + include.name);
  }
}

TEST(Tidy, GnuplotIsInOneTranslationUnit) {
  std::vector<std::string> users;
  for (const auto& source : sources())
    for (const auto& include : includes_of(source))
      if (include.name.starts_with("gnuplot-iostream")) users.push_back(source.path);
  ASSERT_EQ(users.size(), 1u) << testing::PrintToString(users);
  EXPECT_TRUE(users[0].ends_with(".cpp")) << users[0];
}

std::size_t columns(std::string_view line) {  // of UTF-8
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

TEST(Tidy, LinesFitAHundredColumns) {
  for (const auto& source : sources())
    for (std::size_t i = 0; source.is_cpp() && i < source.lines.size(); ++i)
      if (columns(source.lines[i]) > 100) complain(source, i + 1, "the line is too long");
}

TEST(Tidy, NoTabsNoTrailingBlanksOneLastNewline) {
  for (const auto& source : sources()) {
    if (source.ends(".md")) continue;  // two blanks are a line break there
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      if (line.find('\t') != line.npos) complain(source, i + 1, "a tab");
      if (line.ends_with(' ') || line.ends_with('\r')) complain(source, i + 1, "a trailing blank");
    }
    if (!source.text.empty() && (!source.text.ends_with('\n') || source.text.ends_with("\n\n")))
      complain(source, source.lines.size(), "a file ends with one newline");
  }
}

TEST(Tidy, EveryHeaderSaysWhatItIs) {
  for (const auto& source : sources()) {
    if (!source.ends(".hpp")) continue;
    if (!source.text.starts_with("//")) complain(source, 1, "a header begins with a comment");
    if (source.text.find("\n#pragma once\n") == source.text.npos)
      complain(source, 1, "#pragma once is missing");
  }
}

TEST(Tidy, EveryHeaderIsUsed) {
  std::set<std::string> used;
  for (const auto& source : sources())
    for (const auto& include : includes_of(source)) used.insert(include.name);
  for (const auto& source : sources())
    if (source.ends(".hpp") && !used.contains(source.path))
      complain(source, 1, "nobody includes this header");
}

TEST(Tidy, ScriptsStopAtTheFirstError) {
  for (const auto& source : sources()) {
    if (!source.text.starts_with("#!")) continue;
    const bool bash = !source.text.starts_with("#!/bin/sh\n");  // a plain sh has no pipefail
    const std::string order = bash ? "set -euo pipefail" : "set -eu";
    if (source.text.find("\n" + order + "\n") == source.text.npos)
      complain(source, 1, order + " is missing");
  }
}

// What scripts share lies in scripts/; programs that a build made of tests/ they may run. Those two
// run what tests/ holds.
TEST(Tidy, ScriptsReadNothingOfTests) {
  const std::set<std::string> runners{"scripts/test", "scripts/fuzz"};
  std::size_t scripts = 0;
  for (const auto& source : sources()) {
    if (!source.in("scripts/") || runners.contains(source.path)) continue;
    ++scripts;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      if (line.starts_with('#') && !line.starts_with("# shellcheck source=")) continue;
      for (const std::size_t at : occurrences(line, "tests/"))
        if (at == 0 || line[at - 1] != '/') complain(source, i + 1, "a script reads of tests/");
    }
  }
  EXPECT_GT(scripts, 10u);
}

TEST(Tidy, EveryScenarioIsDocumented) {
  const std::string docs = read(fs::path(SWARM_SOURCE_DIR) / "docs/SCENARIOS.md");
  std::size_t scenarios = 0;
  for (const auto& source : sources()) {
    const fs::path path = source.path;
    if (path.parent_path() != "scenarios" || path.extension() != ".yaml") continue;
    ++scenarios;
    if (occurrences(docs, path.stem().string()).empty())
      complain(source, 1, "docs/SCENARIOS.md does not name it");
  }
  EXPECT_GT(scenarios, 0u);
}

TEST(Tidy, EveryRuleOfTheProtocolHasATest) {
  for (int rule = 0; rule <= 22; ++rule) {
    const std::string name = "R" + std::to_string(rule);
    const bool tested = std::any_of(sources().begin(), sources().end(), [&](const Source& s) {
      if (!s.in("tests/") || s.in("tests/tidy/") || !s.ends("_test.cpp")) return false;
      for (auto at = s.text.find(name); at != s.text.npos; at = s.text.find(name, at + 1)) {
        const auto end = at + name.size();
        const bool longer =
            end < s.text.size() && std::isdigit(static_cast<unsigned char>(s.text[end])) != 0;
        if (!longer && (at == 0 || !word_char(s.text[at - 1]))) return true;
      }
      return false;
    });
    EXPECT_TRUE(tested) << name << " is mentioned in no test";
  }
}

}  // namespace
}  // namespace swarm
