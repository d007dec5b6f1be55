// A data directory with the files of a member, which a test can end cleanly or kill.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/engine/base/words.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/tracker/store_files.hpp"

namespace swarm::udp::files {

namespace fs = std::filesystem;

inline db::TrackerWrite block_of(std::uint64_t index, std::uint64_t term = 1) {
  db::TrackerWrite w;
  w.append = {std::make_shared<const Block>(
      Block{{index}, {term}, {1000 * index}, std::vector<std::uint8_t>(100, 4)})};
  return w;
}

class StoreFilesTest : public testing::Test {
 protected:
  StoreFilesTest() { fs::create_directory(data()); }

  fs::path data() const { return folder_ / "data"; }
  fs::path tracker() const { return data() / "tracker.db"; }
  fs::path ballot() const { return data() / "ballot.db"; }
  static fs::path wal(const fs::path& file) { return file.string() + "-wal"; }

  std::unique_ptr<StoreFiles> open() {
    return std::make_unique<StoreFiles>(data(), [this] { return random_.next(); });
  }
  std::string refusal() {
    try {
      open();
    } catch (const db::Damaged& damage) {
      return damage.what();
    }
    return "none";
  }

  // Makes the files those of a member, with a term and a vote.
  static void join(StoreFiles& files, std::uint64_t term = 1) {
    db::Ballot ballot = files.ballot();
    ballot.cluster = {77};
    ballot.member = {2};
    ballot.term = {term};
    files.ballot_db().write(ballot);
  }
  static void vote(StoreFiles& files, std::uint64_t term) { join(files, term); }
  static void append(StoreFiles& files, std::uint64_t first, std::uint64_t last,
                     std::uint64_t term = 1) {
    for (; first <= last; ++first) {
      const auto w = block_of(first, term);
      const db::TrackerWrite* group[] = {&w};
      files.tracker_db().write(group);
    }
  }
  // Leaves the files of a member with so many blocks, as a killed process leaves them.
  void killed_after(std::uint64_t blocks) {
    in_a_process([&] {
      auto& files = *open().release();
      join(files);
      append(files, 1, blocks);
    });
  }
  // Leaves the files of a second member in the directory, and those of the first in aside("other").
  void another_member() {
    killed_after(5);
    copy(data(), aside("other"));
    fs::remove_all(data());
    fs::create_directory(data());
    random_ = test::Words(6);
    killed_after(5);
  }
  // Runs `body` in a child process. The process ends right after it, without closing open files.
  template <class Body>
  int in_a_process(const Body& body) {
    const pid_t child = ::fork();
    if (child == 0) {
      int code = 0;
      try {
        body();
      } catch (const db::Damaged&) {
        code = 2;
      } catch (const db::DbError&) {
        code = 1;
      }
      ::_exit(code);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void copy(const fs::path& from, const fs::path& to) const {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }
  fs::path aside(const char* name) const { return folder_ / name; }

  TemporaryDirectory folder_;
  test::Words random_{5};
};

inline constexpr const char* remedy =
    "; move the data directory aside, and start with an empty one and `first-start = join`: this "
    "instance joins anew";

}  // namespace swarm::udp::files
