// Folders and disks that do not take the databases: one sentence each, that names the remedy.
#include "transport/udp/tracker/data_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "engine/db/sqlite_tracker_db.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/tracker/store_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

std::string making(const fs::path& directory) {
  return error_of([&] { make_data_directory(directory); });
}
std::string checking(const fs::path& directory) {
  return error_of([&] { check_data_directory(directory); });
}
void make_files(const fs::path& directory) {
  StoreFiles files(directory, [] { return std::uint64_t{77}; });
}
std::string opening(const fs::path& directory) {
  return error_of([&] { make_files(directory); });
}

// Root may write everywhere: a user without rights is needed.
void become_nobody() {
  if (::geteuid() == 0) {
    ASSERT_EQ(::setegid(65534), 0);
    ASSERT_EQ(::seteuid(65534), 0);
  }
}

// Whoever the files belong to, and the folders above.
struct DataDirectory : testing::Test {
  DataDirectory() { ::chmod((folder / ".").c_str(), 0755); }
  void in_a_process(const std::function<void()>& body) {
    OwnProcess child(body);
    EXPECT_TRUE(child.ended_well());
  }

  TemporaryDirectory folder;
  const fs::path data = folder / "data";
};

TEST_F(DataDirectory, IsMadeWithAllFoldersAbove) {
  EXPECT_EQ(checking(data / "a/b"), "none");
  EXPECT_FALSE(fs::exists(data));
  EXPECT_EQ(making(data / "a/b"), "none");
  EXPECT_EQ(making(data / "a/b"), "none");
  EXPECT_TRUE(fs::is_directory(data / "a/b"));
}

TEST_F(DataDirectory, WithoutTheRightToWriteTheUserIsNamed) {
  fs::create_directory(data);
  make_files(data);
  ::chmod(data.c_str(), 0555);
  in_a_process([&] {
    become_nobody();
    const auto sentence =
        "cannot use the data directory " + data.string() + ": this user (number " +
        std::to_string(::geteuid()) +
        ") may not write there; give it to that user (chown), or start as another one";
    EXPECT_EQ(making(data), sentence);
    EXPECT_EQ(checking(data), sentence);
    EXPECT_THAT(checking(data / "within"), HasSubstr("may not write there"));
    EXPECT_THAT(making(data / "within"), HasSubstr("may not write there"));
  });
}

TEST_F(DataDirectory, AFileOfAnotherUserIsNamed) {
  fs::create_directory(data);
  make_files(data);
  ::chmod(data.c_str(), 0777);
  ::chmod((data / "ballot.db").c_str(), 0444);
  ::chmod((data / "tracker.db").c_str(), 0666);
  in_a_process([&] {
    become_nobody();
    for (const auto& sentence : {making(data), checking(data)})
      EXPECT_THAT(sentence, AllOf(StartsWith("cannot use " + (data / "ballot.db").string()),
                                  HasSubstr("may not write there")));
  });
}

TEST_F(DataDirectory, AFileInItsPathIsNoFolder) {
  std::ofstream(data) << "a file";
  for (const auto& directory : {data, data / "within"})
    for (const auto& sentence : {making(directory), checking(directory)})
      EXPECT_EQ(sentence, "cannot use the data directory " + directory.string() +
                              ": a part of this path is a file, not a folder; move that away, or "
                              "name another folder");
}

TEST_F(DataDirectory, ADiskThatIsReadOnlyOrFullIsSaidToBe) {
  fs::create_directory(data);
  in_a_process([&] {
    if (!mount_small_disk(data, 4096)) return;  // nothing to see without it
    make_files(data);
    ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    for (const auto& sentence : {making(data), checking(data), making(data / "a")})
      EXPECT_THAT(sentence, AllOf(HasSubstr("data directory"),
                                  HasSubstr("the disk is mounted read-only; mount it writable")));
    EXPECT_THAT(opening(data), AllOf(HasSubstr("read-only"), Not(HasSubstr("disk I/O error"))));
    ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_REMOUNT, "size=4096k"), 0);
    std::ofstream(data / "filler") << std::string(4 << 20, 'x') << std::flush;
    for (const auto& sentence : {making(data), checking(data)})
      EXPECT_THAT(sentence, HasSubstr("the disk is full; free some space"));
  });
}

// What happens after the start is told by the database itself.
TEST_F(DataDirectory, ADiskThatBecomesReadOnlyIsSaidToBe) {
  fs::create_directory(data);
  in_a_process([&] {
    if (!mount_small_disk(data, 4096)) return;
    { db::SqliteTrackerDb first((data / "tracker.db").string()); }
    ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    EXPECT_THAT(error_of([&] { db::SqliteTrackerDb again((data / "tracker.db").string()); }),
                AllOf(HasSubstr("read-only"), Not(HasSubstr("disk I/O error"))));
    EXPECT_THAT(error_of([&] { db::SqliteTrackerDb other((data / "new.db").string()); }),
                HasSubstr("read-only"));
  });
}

TEST_F(DataDirectory, ADatabaseInAFolderThatMayNotBeWrittenSaysSo) {
  fs::create_directory(data);
  { db::SqliteTrackerDb first((data / "tracker.db").string()); }
  ::chmod((data / "tracker.db").c_str(), 0666);
  ::chmod(data.c_str(), 0555);
  in_a_process([&] {
    become_nobody();
    for (const auto* const name : {"tracker.db", "new.db"})
      EXPECT_THAT(
          error_of([&] { db::SqliteTrackerDb db((data / name).string()); }),
          AllOf(HasSubstr("may not write it or in its folder"), Not(HasSubstr("I/O error"))))
          << name;
  });
}

}  // namespace
}  // namespace swarm::udp
