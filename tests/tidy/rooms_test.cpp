// The linter of the project: which folder may use which, and which library, as the table in
// docs/ARCHITECTURE.md says.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "tests/tidy/sources.hpp"

namespace swarm::tidy {
namespace {

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

// A thing can be read when all that it uses was read; what is never read is in a circle.
using Uses = std::map<std::string, std::set<std::string>>;

std::set<std::string> in_circles(const Uses& uses) {
  std::set<std::string> read, left;
  for (const auto& [name, used] : uses)
    for (const auto& one : used)
      if (!uses.contains(one)) read.insert(one);
  for (bool more = true; more;) {
    more = false;
    for (const auto& [name, used] : uses)
      if (!read.contains(name) && std::includes(read.begin(), read.end(), used.begin(), used.end()))
        more = read.insert(name).second;
  }
  for (const auto& [name, used] : uses)
    if (!read.contains(name)) left.insert(name);
  return left;
}

void expect_no_circle(const Uses& uses) {
  for (const auto& name : in_circles(uses)) ADD_FAILURE() << name << " is in a circle";
}

TEST(Tidy, ACircleIsFound) {
  EXPECT_EQ(in_circles({{"a", {"b", "outside"}}, {"b", {"a"}}, {"c", {}}}),
            (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(in_circles({{"a", {"b", "outside"}}, {"b", {}}}).empty());
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
  Uses uses;
  for (const auto& folder : folders()) uses[folder.name] = folder.may_use;
  expect_no_circle(uses);
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
    Uses uses;
    for (const auto& source : sources()) {
      if (!source.ends(".hpp") || folder_of(source.path) != folder.name) continue;
      auto& of_this = uses[source.path];
      for (const auto& include : includes_of(source))
        if (include.own && folder_of(include.name) == folder.name) of_this.insert(include.name);
    }
    expect_no_circle(uses);
  }
}

// engine/consensus: what a component's .cpp includes lies below its header as well.
TEST(Tidy, ComponentsOfTheConsensusKnowOnlyWhatIsBelow) {
  Uses uses;  // by the name without its ending
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
  expect_no_circle(uses);
}

TEST(Tidy, TestsOfTheConsensusKnowNothingAboveIt) {
  auto below = find_folder("engine/consensus")->may_use;
  below.insert(
      {"engine/consensus", "tests/engine/consensus", "tests/engine/links", "tests/engine/base"});
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

}  // namespace
}  // namespace swarm::tidy
