// What is remembered of a content is removed, and none of its files.
#include <gmock/gmock.h>

#include "tests/udp/content_store/tree_room.hpp"
#include "transport/udp/content_store/content_locks.hpp"

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

// As verify takes it. What cannot be read is told, and the others are forgotten.
TEST(PeerProgram, ForgetAndStatusTakeAFileTorrentToo) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  const auto status = room.run({"status", room.at("tree.torrent")});
  EXPECT_EQ(status.exit, 0) << status.messages;
  EXPECT_THAT(status.out, HasSubstr(room.hash));
  const auto ran = room.run({"forget", room.at("none.torrent"), room.at("tree.torrent")});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, HasSubstr("none.torrent cannot be read"));
  EXPECT_EQ(ran.out, room.hash + "  " + room.at("tree") + "\n");
  EXPECT_EQ(room.run({"status"}).out, "");
  EXPECT_TRUE(fs::exists(room.at("tree.torrent")));
}

TEST(PeerProgram, ForgetOfAllSaysWhatToUse) {
  const Room room;
  const auto ran = room.run({"forget", "--all"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.messages, HasSubstr("swarm-peer status --json | jq -r .content | xargs"));
}

TEST(PeerProgram, VerifyInTheContentItselfSaysWhichFolderIsMeant) {
  const Room room;
  const auto verify = [&](const std::string& folder) {
    const auto ran = room.run({"verify", room.at("tree.torrent"), "-o", folder});
    EXPECT_EQ(ran.exit, 4);
    return ran.messages;
  };
  const auto folder = fs::path(room.at("tree")).parent_path().string();
  const auto meant = "-o takes the folder that tree lies in: -o " + folder + ", not -o ";
  EXPECT_THAT(verify(room.at("tree")), HasSubstr(meant + room.at("tree")));
  EXPECT_THAT(verify(room.at("tree/")), HasSubstr(meant + room.at("tree/")));
  EXPECT_THAT(verify(room.at("nowhere")),
              HasSubstr("-o " + room.at("nowhere") +
                        ": there is no tree in it; -o takes the folder that tree lies in"));
  const auto share = room.run({"share", room.at("tree.torrent"), "--from", room.at("tree")});
  EXPECT_THAT(share.messages, HasSubstr("--from takes the folder that tree lies in"));
}

}  // namespace
}  // namespace swarm::udp
