// Reads the sources of the project for the tests of tidiness: their lines, their includes, and
// their code without comments and without the text inside literals.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace swarm::tidy {

namespace fs = std::filesystem;

struct Source {
  std::string path;  // relative to the project's folder, with `/`
  std::string text;
  std::vector<std::string> lines;

  bool in(std::string_view folder) const { return path.starts_with(folder); }
  bool ends(std::string_view suffix) const { return path.ends_with(suffix); }
  bool is_cpp() const { return ends(".cpp") || ends(".hpp"); }
};

inline std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline bool is_text(const fs::path& path) {
  static const std::set<std::string> kinds{".cpp",  ".hpp", ".yaml", ".json", ".sh",
                                           ".txt",  ".md",  ".gp",   ".bash", ".service",
                                           ".conf", ".1",   ".8",    ""};
  return kinds.contains(path.extension().string()) &&
         path.string().find("/corpus/") == std::string::npos;
}

inline const std::vector<Source>& sources() {
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

// Returns the source with blanks in place of comments and of the text inside literals. The numbers
// of lines stay the same.
inline std::string code_of(const std::string& text) {
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

inline bool word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Returns the positions of `word` in the text, except where it is part of a longer word.
inline std::vector<std::size_t> occurrences(std::string_view text, std::string_view word) {
  std::vector<std::size_t> places;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    const bool before = word_char(word.front()) && at > 0 && word_char(text[at - 1]);
    const bool after = word_char(word.back()) && end < text.size() && word_char(text[end]);
    if (!before && !after) places.push_back(at);
  }
  return places;
}

// True if the word at this position is called: an opening parenthesis follows it. A call of a
// member function does not count.
inline bool is_call(std::string_view code, std::size_t at, std::string_view word) {
  const auto next = code.find_first_not_of(' ', at + word.size());
  const bool member = at > 0 && (code[at - 1] == '.' || code.substr(0, at).ends_with("->"));
  return !member && next != code.npos && code[next] == '(';
}

inline std::size_t line_of(std::string_view text, std::size_t at) {
  return static_cast<std::size_t>(
             std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
         1;
}

inline void complain(const Source& source, std::size_t line, const std::string& sentence) {
  ADD_FAILURE() << source.path << ":" << line << ": " << sentence;
}

struct Include {
  std::string name;
  bool own;  // true for "...", false for <...>
  std::size_t line;
};

inline std::vector<Include> includes_of(const Source& source) {
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

}  // namespace swarm::tidy
