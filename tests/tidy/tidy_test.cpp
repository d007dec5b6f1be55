// The linter of the project: rules of docs/ARCHITECTURE.md that a compiler does not check.
#include <gtest/gtest.h>
#include <map>
#include <regex>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/sources.hpp"

namespace swarm::tidy {
namespace {

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

// A file has one idea; one that has grown longer is cut by ideas. Tests are no exception.
TEST(Tidy, NoFileOfCodeHasMoreThanFiveHundredLines) {
  for (const auto& source : sources())
    if ((source.is_cpp() || source.text.starts_with("#!")) && source.lines.size() > 500)
      complain(source, source.lines.size(), "the file is too long: 500 lines are the most");
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

// The linker does not tell two classes of one name apart: it takes a function of either for both.
TEST(Tidy, AClassHasItsNameForItself) {
  const std::regex begins(R"(namespace ([\w:]+)? ?\{)"), ends(R"(\}  // namespace.*)");
  const std::regex defines(
      R"((?:class|struct|enum class|enum) (\w+)(?: final)?(?: : [^;]*)? \{.*)");
  std::map<std::string, std::string> places;  // name -> file
  for (const auto& source : sources()) {
    if (!source.is_cpp() || source.in("tests/")) continue;
    std::vector<std::string> spaces;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      std::smatch match;
      if (std::regex_match(source.lines[i], match, begins)) {
        spaces.push_back(match[1].str());
      } else if (std::regex_match(source.lines[i], ends) && !spaces.empty()) {
        spaces.pop_back();
      } else if (std::regex_match(source.lines[i], match, defines) &&
                 std::ranges::find(spaces, "") == spaces.end()) {
        std::string name;
        for (const auto& space : spaces) name += space + "::";
        const auto [at, is_new] = places.emplace(name + match[1].str(), source.path);
        if (!is_new) complain(source, i + 1, at->first + " is also a class in " + at->second);
      }
    }
  }
  EXPECT_GT(places.size(), 500u);
}

}  // namespace
}  // namespace swarm::tidy
