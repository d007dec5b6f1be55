// What is done to both databases of a data directory between two starts: they have to fit each
// other.
#include "transport/udp/tracker/store_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/base/words.hpp"
#include "tests/udp/tracker/store_files_room.hpp"
#include "transport/udp/tracker/start_note.hpp"

namespace swarm::udp::files {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

constexpr const char* both =
    "tracker.db and ballot.db have both less than at the last start: each has lost its -wal, or "
    "both are older copies";

// Else it would come back as the voter that it was, without what it has acknowledged since.
TEST_F(StoreFilesTest, BothWriteAheadLogsLostAreNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  in_a_process([&] {
    auto& files = *open().release();
    append(files, 21, 40);
    vote(files, 5);
  });
  copy(data(), aside("before"));
  for (const bool emptied : {false, true}) {
    copy(aside("before"), data());
    for (const auto& file : {wal(tracker()), wal(ballot())})
      emptied ? fs::resize_file(file, 0) : static_cast<void>(fs::remove(file));
    EXPECT_EQ(refusal(),
              "the files in " + data().string() + " do not belong together: " + both + remedy);
    EXPECT_THAT(refusal(), HasSubstr(both)) << "and again";
  }
}

TEST_F(StoreFilesTest, BothWriteAheadLogsOfTheFirstStartLostAreNoticed) {
  killed_after(50);
  for (const auto& file : {wal(tracker()), wal(ballot())}) fs::remove(file);
  EXPECT_THAT(refusal(), HasSubstr(both)) << "it is no empty disk";
}

TEST_F(StoreFilesTest, OlderCopiesOfBothDatabasesAreNoticed) {
  {
    auto files = open();
    join(*files);
    append(*files, 1, 20);
  }
  copy(data(), aside("older"));
  append(*open(), 21, 40);
  for (const auto& file : {tracker(), ballot()})
    fs::copy_file(aside("older") / file.filename(), file, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr(both));
}

TEST_F(StoreFilesTest, BothDatabasesOfAnotherMemberAreNoticed) {
  another_member();
  for (const auto& file : {tracker(), wal(tracker()), ballot(), wal(ballot())})
    fs::copy_file(aside("other") / file.filename(), file, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("last-start is of store"), EndsWith(remedy)));
}

// As whoever wants an empty disk may do it. It is another store then.
TEST_F(StoreFilesTest, WhereBothDatabasesWereTakenAwayItBeginsAnew) {
  killed_after(5);
  const auto noted = read_start_note(data());
  ASSERT_TRUE(noted);
  random_ = test::Words(6);
  for (const auto& file : {tracker(), wal(tracker()), ballot(), wal(ballot())}) fs::remove(file);
  EXPECT_NE(open()->ballot().store, noted->store);
  EXPECT_EQ(refusal(), "none");
}

TEST_F(StoreFilesTest, AFirstStartThatIsCutShortIsNotJudgedByTheNoteOfBefore) {
  killed_after(5);
  for (const auto& file : {tracker(), wal(tracker()), ballot(), wal(ballot())}) fs::remove(file);
  EXPECT_THROW(StoreFiles(data(), []() -> std::uint64_t { throw std::runtime_error("killed"); }),
               std::runtime_error);
  ASSERT_TRUE(fs::exists(tracker())) << "it has come as far as that";
  EXPECT_EQ(refusal(), "none");
}

TEST_F(StoreFilesTest, ANoteThatIsDamagedTellsNothing) {
  killed_after(5);
  fs::resize_file(data() / start_note_file, 20);
  EXPECT_FALSE(read_start_note(data()));
  EXPECT_EQ(refusal(), "none");
  EXPECT_TRUE(read_start_note(data())) << "it is written anew";
}

TEST_F(StoreFilesTest, TheBallotOfAnotherMemberIsNoticed) {
  another_member();
  for (const auto& file : {ballot(), wal(ballot())})
    fs::copy_file(aside("other") / file.filename(), file, fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("tracker.db is of store"),
                               HasSubstr("and ballot.db of store"), EndsWith(remedy)));
}

}  // namespace
}  // namespace swarm::udp::files
