// What is remembered of a content is removed, and none of its files.
#include <gmock/gmock.h>

#include "tests/udp/tree_room.hpp"
#include "transport/udp/content_locks.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Json = nlohmann::json;
using Room = TreeRoom;

constexpr auto chunk_size = TreeRoom::chunk_size;

TEST(PeerProgram, ForgetRemovesTheRecordAndNoFile) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  const auto ran = room.run({"forget", room.hash});
  EXPECT_EQ(ran.exit, 0) << ran.messages;
  EXPECT_EQ(ran.out, room.hash + "  " + room.at("tree") + "\n");
  EXPECT_EQ(room.run({"status"}).out, "");
  EXPECT_EQ(fs::file_size(room.at("tree/a")), 3 * chunk_size);
  EXPECT_EQ(fs::file_size(room.at("tree/b")), chunk_size - 7);
  EXPECT_EQ(room.verify().exit, 0) << "it is found again";
}

TEST(PeerProgram, ForgetOfWhatIsInUseOrUnknownFails) {
  const Room room;
  const std::string unknown(40, '1');
  EXPECT_EQ(room.run({"forget", unknown}).exit, 1);
  EXPECT_FALSE(fs::exists(room.at("state"))) << "nothing is made for it";
  ASSERT_EQ(room.verify().exit, 0);
  {
    ContentLocks locks(room.path / "state" / "peer.lock");
    ASSERT_TRUE(locks.take(room.metainfo->info_hash));
    const auto ran = room.run({"forget", room.hash});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_THAT(ran.messages,
                HasSubstr("tree is in use by another swarm-peer, and is not forgotten"));
    EXPECT_EQ(room.status()["content"], room.hash);
  }
  const auto ran = room.run({"forget", unknown, room.hash, "--json"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, HasSubstr("nothing is known here of " + unknown));
  std::istringstream lines(ran.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(Json::parse(line)["what"], "failed");
  EXPECT_EQ(Json::parse(line)["content"], unknown);
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(Json::parse(line)["what"], "forgotten");
  EXPECT_EQ(Json::parse(line)["content"], room.hash);
  EXPECT_EQ(Json::parse(line)["path"], room.at("tree"));
  EXPECT_EQ(Json::parse(line)["there"], true);
  EXPECT_EQ(room.run({"status"}).out, "");
}

}  // namespace
}  // namespace swarm::udp
