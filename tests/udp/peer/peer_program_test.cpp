// The commands of swarm-peer that have contents, as far as they go without a network.
#include "transport/udp/peer/peer_program.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/udp/content_store/tree_room.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/content_store/content_hash.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/net/datagram_socket.hpp"
#include "transport/udp/peer/content_check.hpp"
#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;
using Room = TreeRoom;

constexpr auto chunk_size = TreeRoom::chunk_size;

TEST(PeerProgram, VerifyOfWhatIsRightIsZeroAndRemembered) {
  const Room room;
  const auto ran = room.verify();
  EXPECT_EQ(ran.exit, 0) << ran.messages;
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.messages, EndsWith("tree is right: 4 chunks, 65.5 kB\n"));
  const auto status = room.status();
  EXPECT_EQ(status["what"], "content");
  EXPECT_EQ(status["content"], room.hash);
  EXPECT_EQ(status["name"], "tree");
  EXPECT_EQ(status["size"], 4 * chunk_size - 7);
  EXPECT_EQ(status["had"], 4 * chunk_size - 7);
  EXPECT_EQ(status["percent"], 100.0);
  EXPECT_EQ(status["directory"], room.path.string());
  EXPECT_EQ(status["in_use"], false);
  EXPECT_EQ(status["clean"], true);
}

TEST(PeerProgram, VerifySaysWhichChunksAndFilesAreWrong) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  room.damage("tree/a", 2 * chunk_size + 5);
  const auto ran = room.verify();
  EXPECT_EQ(ran.exit, 4);
  EXPECT_EQ(ran.out, room.at("tree/a") + "\n");
  EXPECT_THAT(ran.messages, HasSubstr("wrong or missing are 1 of 4 chunks (2); fetch gets them"));
  EXPECT_EQ(room.status()["had"], 3 * chunk_size - 7);
}

TEST(PeerProgram, VerifyAsJsonIsOneObject) {
  const Room room;
  room.damage("tree/a", 0);
  room.damage("tree/a", chunk_size);
  room.damage("tree/b", 9);
  const auto ran =
      room.run({"verify", room.at("tree.torrent"), "-o", room.path.string(), "--json"});
  EXPECT_EQ(ran.exit, 4);
  const auto object = Json::parse(ran.out);
  EXPECT_EQ(object["what"], "verified");
  EXPECT_EQ(object["chunks"], 4);
  EXPECT_EQ(object["wrong_chunks"], Json::parse("[0, 1, 3]"));
  EXPECT_EQ(object["wrong_files"], (Json{room.at("tree/a"), room.at("tree/b")}));
  EXPECT_THAT(ran.messages, HasSubstr("3 of 4 chunks (0-1, 3)"));
}

TEST(PeerProgram, AHashIsEnoughForWhatIsKnown) {
  const Room room;
  EXPECT_THAT(room.run({"verify", room.hash}).messages, HasSubstr("nothing but the hash is known"));
  ASSERT_EQ(room.verify().exit, 0);
  EXPECT_EQ(room.run({"verify", room.hash}).exit, 0);
}

TEST(PeerProgram, VerifyOfNothingIsFour) {
  const Room room;
  const auto ran = room.run({"verify", room.at("tree.torrent"), "-o", room.at("elsewhere")});
  EXPECT_EQ(ran.exit, 4);
  EXPECT_THAT(ran.messages,
              HasSubstr("there is no tree in it; -o takes the folder that tree lies"));
  EXPECT_FALSE(fs::exists(room.path / "elsewhere"));
  ASSERT_EQ(room.verify().exit, 0);
  fs::remove_all(room.at("tree"));
  const auto gone = room.run({"verify", room.at("tree.torrent")});
  EXPECT_EQ(gone.exit, 4);
  EXPECT_THAT(gone.messages, HasSubstr("tree; name the folder that it lies in with -o"));
}

TEST(PeerProgram, VerifyOfWhatIsInUseFails) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  ContentLocks locks(room.path / "state" / "peer.lock");
  ASSERT_TRUE(locks.take(room.metainfo->info_hash));
  const auto ran = room.verify();
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, HasSubstr("in use by another swarm-peer"));
  EXPECT_EQ(room.status()["in_use"], true);
}

TEST(PeerProgram, StatusIsATable) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  const auto ran = room.run({"status"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, StartsWith("hash  "));
  EXPECT_THAT(ran.out, HasSubstr("\n" + room.hash + "  100.0 %   65.5 kB  at rest   " +
                                 room.at("tree") + "\n"));
  EXPECT_EQ(room.run({"status", room.hash}).out, ran.out);
}

TEST(PeerProgram, StatusSeesWhatIsGone) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  EXPECT_EQ(room.status()["there"], true);
  fs::remove_all(room.path / "tree");
  const auto status = room.status();
  EXPECT_EQ(status["there"], false);
  EXPECT_EQ(status["had"], 0);
  EXPECT_EQ(status["percent"], 0.0);
  EXPECT_EQ(status["clean"], false);
  EXPECT_THAT(room.run({"status"}).out, HasSubstr("    0.0 %   65.5 kB  gone  "));
}

// Of a folder one file may be gone, or shorter than it was.
TEST(PeerProgram, StatusCountsWhatIsOnTheDiskNow) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  fs::resize_file(room.path / "tree/a", 2 * chunk_size + 5);
  EXPECT_EQ(room.status()["had"], 3 * chunk_size - 7);
  fs::remove(room.path / "tree/b");
  const auto status = room.status();
  EXPECT_EQ(status["there"], true);
  EXPECT_EQ(status["clean"], false);
  EXPECT_EQ(status["had"], 2 * chunk_size);
}

TEST(PeerProgram, StatusOfWhatIsUnknownFails) {
  const Room room;
  const auto none = room.run({"status"});
  EXPECT_EQ(none.exit, 0);
  EXPECT_THAT(none.out, IsEmpty());
  EXPECT_THAT(none.messages, HasSubstr("nothing was shared or fetched here yet"));
  EXPECT_FALSE(fs::exists(room.path / "state")) << "a question leaves nothing behind";
  ASSERT_EQ(room.verify().exit, 0);
  const auto ran = room.run({"status", std::string(40, '1')});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, HasSubstr("nothing is known here of 1111"));
}

TEST(PeerProgram, AFileTorrentThatCannotBeUsedIsExplained) {
  const Room room;
  room.write("bad.torrent", "d4:infoi1ee");
  EXPECT_THAT(room.run({"fetch", room.at("bad.torrent")}).messages,
              HasSubstr("bad.torrent is no FILE.torrent that can be used: "));
  EXPECT_THAT(room.run({"fetch", room.at("tree")}).messages, HasSubstr("is a folder, not a"));
  const auto ran = room.run({"fetch", room.at("none.torrent")});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, HasSubstr("there is no file "));
}

// A program that fetches a hundred contents learns of each what became of it.
TEST(PeerProgram, EachContentThatCannotBeFetchedHasALineOfItsOwn) {
  const Room room;
  room.write("bad.torrent", "d4:infoi1ee");
  const std::string none = room.at("none.torrent"), bad = room.at("bad.torrent");
  const auto ran = room.run({"fetch", bad, none, "--json"});
  EXPECT_EQ(ran.exit, 1);
  std::istringstream lines(ran.out);
  for (const auto& word : {bad, none}) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    const auto object = Json::parse(line);
    EXPECT_EQ(object["what"], "failed");
    EXPECT_EQ(object["content"], nullptr);
    EXPECT_EQ(object["name"], word);
    EXPECT_THAT(object["why"].get<std::string>(), HasSubstr(word));
    EXPECT_THAT(ran.messages, HasSubstr(object["why"].get<std::string>() + "\n"));
  }
  EXPECT_EQ(lines.peek(), std::char_traits<char>::eof());
}

// Also when it fails before it is shared or fetched: the hash is known as soon as the file is read.
TEST(PeerProgram, WhatFailsIsNamedByItsHashAsFarAsItIsKnown) {
  const Room room;
  room.write("other.torrent", "of something else");
  const auto failed = [&](std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const auto ran = room.run(arguments);
    EXPECT_NE(ran.exit, 0);
    return Json::parse(ran.out);
  };
  const std::string torrent = room.at("tree.torrent");
  for (const auto& object : {failed({"fetch", torrent, "-o", room.at("tree/a")}),
                             failed({"share", torrent, "--from", room.at("none")}),
                             failed({"verify", torrent, "-o", room.at("none")}),
                             failed({"share", room.at("tree"), "-o", room.at("other.torrent"),
                                     "--chunk-size", "16KiB"})}) {
    EXPECT_EQ(object["what"], "failed");
    EXPECT_EQ(object["content"], room.hash) << object;
    EXPECT_EQ(object["name"], "tree");
  }
}

TEST(PeerProgram, WhatEndsAllContentsIsTheFailureOfEach) {
  const Room room;
  asio::io_context io;
  const std::uint32_t ip = 0x7f150209;  // 127.21.2.9
  const auto taken = DatagramSocket::unicast(io, {ip, 0}, {ip, 1});
  const auto ran =
      room.run({"fetch", room.at("tree.torrent"), "-o", room.at("new"), "--json", "--interface",
                "127.21.2.9", "--port", std::to_string(taken.local().port)});
  EXPECT_EQ(ran.exit, 1);
  const auto object = Json::parse(ran.out);
  EXPECT_EQ(object["what"], "failed");
  EXPECT_EQ(object["content"], room.hash);
  EXPECT_EQ(object["name"], "tree");
  EXPECT_THAT(ran.messages, HasSubstr(object["why"].get<std::string>()));
}

TEST(PeerProgram, WhatIsWrongOnDiskIsFourUnlessMoreFailed) {
  const Room room;
  room.damage("tree/b", 1);
  const std::vector<std::string> share{"share", room.at("tree.torrent"), "--from",
                                       room.path.string()};
  EXPECT_EQ(room.run(share).exit, 4);
  auto with_none = share;
  with_none.push_back(room.at("none"));
  EXPECT_EQ(room.run(with_none).exit, 1);
}

TEST(PeerProgram, AFolderThatIsAFileIsRefused) {
  const Room room;
  EXPECT_THAT(room.run({"fetch", room.at("tree.torrent"), "-o", room.at("tree/a")}).messages,
              HasSubstr("tree/a is no folder; name one with -o"));
}

TEST(PeerProgram, ShareWritesOverNothingElse) {
  const Room room;
  room.write("taken", "something else");
  const auto ran = room.run({"share", room.at("tree"), "-o", room.at("taken")});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, AllOf(HasSubstr("of another content"), HasSubstr("--force")));
  EXPECT_EQ(fs::file_size(room.path / "taken"), 14U);
  const auto inside = room.run({"share", room.at("tree"), "-o", room.at("tree/x.torrent")});
  EXPECT_EQ(inside.exit, 1);
  EXPECT_THAT(inside.messages, HasSubstr("would lie in the folder that is shared"));
  EXPECT_FALSE(fs::exists(room.path / "tree/x.torrent"));
}

TEST(PeerProgram, ShareOfNothingIsExplained) {
  const Room room;
  EXPECT_THAT(room.run({"share", room.at("none")}).messages,
              HasSubstr("there is no file or folder "));
  EXPECT_THAT(room.run({"share", room.at("tree"), "--from", room.path.string()}).messages,
              HasSubstr("--from says where the content of a FILE.torrent or HASH lies"));
  room.write("empty", "");
  EXPECT_EQ(room.run({"share", room.at("empty"), "-o", room.at("e.torrent")}).exit, 1);
}

TEST(PeerProgram, ShareOfAFileTorrentNeedsAllOfIt) {
  const Room room;
  room.damage("tree/b", 1);
  const auto ran = room.run({"share", room.at("tree.torrent"), "--from", room.path.string()});
  EXPECT_EQ(ran.exit, 4);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.messages,
              HasSubstr("1 of 4 chunks differ; fetch gets them into another folder with -o"));
}

// --- Nothing is written by who only looks

// Whatever is in the folder: names, sizes and times.
std::vector<std::string> all_of(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct stat status {};
    ::lstat(entry.path().c_str(), &status);
    found.push_back(fmt::format("{} {} {}.{:09} {}", entry.path().string(), status.st_size,
                                status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ino));
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST(PeerProgram, VerifyAndShareOfWhatIsIncompleteWriteNothing) {
  const Room room;
  fs::create_directories(room.path / "copy");
  room.write("copy/tree/a", std::string(chunk_size + 5, 'a'));  // and no tree/b
  const auto before = all_of(room.path / "copy");
  const auto verified = room.run({"verify", room.at("tree.torrent"), "-o", room.at("copy")});
  EXPECT_EQ(verified.exit, 4);
  EXPECT_THAT(verified.messages, HasSubstr("3 of 4 chunks (1-3)"));
  EXPECT_EQ(all_of(room.path / "copy"), before);
  EXPECT_FALSE(fs::exists(room.path / "state")) << "it is none of this content";
  const auto shared = room.run({"share", room.at("tree.torrent"), "--from", room.at("copy")});
  EXPECT_EQ(shared.exit, 4);
  EXPECT_THAT(shared.messages, HasSubstr("3 of 4 chunks differ"));
  EXPECT_EQ(all_of(room.path / "copy"), before);
  EXPECT_FALSE(fs::exists(room.path / "state"));
}

TEST(PeerProgram, VerifyOfACopyForgetsNotTheGoodOne) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  room.write("copy/tree/a", std::string(3 * chunk_size, 'x'));
  EXPECT_EQ(room.run({"verify", room.at("tree.torrent"), "-o", room.at("copy")}).exit, 4);
  EXPECT_EQ(room.status()["had"], 4 * chunk_size - 7);
  EXPECT_EQ(room.status()["directory"], room.path.string());
  fs::remove_all(room.path / "copy/tree");
  fs::copy(room.path / "tree", room.path / "copy" / "tree", fs::copy_options::recursive);
  EXPECT_EQ(room.run({"verify", room.at("tree.torrent"), "-o", room.at("copy")}).exit, 0);
  EXPECT_EQ(room.status()["directory"], room.path.string());
}

TEST(PeerProgram, VerifyWorksOnADiskThatIsReadOnly) {
  const Room room;
  room.damage("tree/a", 9);
  fs::create_directories(room.path / "disk");
  OwnProcess child([&] {
    const std::string disk = room.at("disk");
    if (!mount_small_disk(disk, 1024)) return;  // nothing to see without it
    fs::copy(room.path / "tree", room.path / "disk" / "tree", fs::copy_options::recursive);
    ASSERT_EQ(::mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const auto ran = room.run({"verify", room.at("tree.torrent"), "-o", disk});
    EXPECT_EQ(ran.exit, 4);
    EXPECT_THAT(ran.messages, HasSubstr("1 of 4 chunks (0)"));
    const auto shared = room.run({"share", room.at("tree.torrent"), "--from", disk});
    EXPECT_EQ(shared.exit, 4);
    EXPECT_THAT(shared.messages, HasSubstr("1 of 4 chunks differ"));
  });
  EXPECT_TRUE(child.ended_well());
}

TEST(PeerProgram, WhatWasClosedInGoodOrderIsNotHashedAgain) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  const ContentSource tree{room.metainfo->info_hash, room.metainfo, room.path};
  std::uint32_t hashed = 0;
  const auto count = [&](std::uint32_t) { ++hashed; };
  const auto check = [&](bool believe) {
    hashed = 0;
    return check_content(tree, room.path / "state", believe, count).wrong.size();
  };
  EXPECT_EQ(check(true), 0u);
  EXPECT_EQ(hashed, 0u);
  EXPECT_EQ(check(false), 0u);
  EXPECT_EQ(hashed, 4u);
  // Of the same size and time, but another file.
  const auto time = fs::last_write_time(room.path / "tree/b");
  room.write("new", std::string(chunk_size - 7, 'x'));
  fs::rename(room.path / "new", room.path / "tree/b");
  fs::last_write_time(room.path / "tree/b", time);
  EXPECT_EQ(check(true), 1u);
  EXPECT_EQ(hashed, 4u);
}

// One advice, whoever is asked.
TEST(PeerProgram, AFileThatIsTooLongGetsOneAdvice) {
  const Room room;
  room.write("tree/b", std::string(chunk_size - 7, 'b') + "more");
  const auto verified = room.verify();
  EXPECT_EQ(verified.exit, 4);
  const auto shared = room.run({"share", room.at("tree.torrent"), "--from", room.path.string()});
  EXPECT_EQ(shared.exit, 4);
  for (const auto& ran : {verified, shared})
    EXPECT_THAT(ran.messages, AllOf(HasSubstr("with -o"), HasSubstr("with --overwrite"),
                                    Not(HasSubstr("fetch it first")), Not(HasSubstr("move it"))));
}

TEST(PeerProgram, ShareWritesNoTorrentOverWhatItShares) {
  const Room room;
  room.write("film", std::string(3 * chunk_size, 'f'));
  const auto ran = room.run({"share", room.at("film"), "-o", room.at("film"), "--force"});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.messages, HasSubstr("is what is shared; name another file"));
  EXPECT_EQ(fs::file_size(room.path / "film"), 3 * chunk_size);
}

TEST(ContentSource, WhatLiesBesideATorrentStays) {
  const Room room;
  room.write("new.torrent.new", "of the user");
  write_torrent(room.path / "new.torrent", *room.metainfo, false);
  EXPECT_EQ(read_torrent(room.path / "new.torrent")->info_hash, room.metainfo->info_hash);
  EXPECT_EQ(fs::file_size(room.path / "new.torrent.new"), 11u);
}

TEST(ContentSource, ATorrentIsKeptWhenItIsTheSame) {
  const Room room;
  const auto file = room.path / "tree.torrent";
  const auto before = fs::last_write_time(file);
  write_torrent(file, *room.metainfo, false);
  EXPECT_EQ(fs::last_write_time(file), before);
  room.write("tree.torrent", "other");
  EXPECT_THROW(write_torrent(file, *room.metainfo, false), ContentError);
  write_torrent(file, *room.metainfo, true);
  EXPECT_EQ(read_torrent(file)->info_hash, room.metainfo->info_hash);
}

TEST(ContentSource, WhereItLiesIsRemembered) {
  const Room room;
  ASSERT_EQ(room.verify().exit, 0);
  const auto db = open_peer_db(room.path / "state");
  ASSERT_TRUE(db);
  const auto found = find_content(room.at("tree.torrent"), "", db.get());
  EXPECT_EQ(found.directory, room.path);
  EXPECT_TRUE(found.known);
  EXPECT_TRUE(found.elsewhere.empty());
  const auto by_hash = find_content(room.hash, "", db.get());
  ASSERT_TRUE(by_hash.metainfo);
  EXPECT_EQ(by_hash.path(), room.path / "tree");
  const auto moved = find_content(room.hash, room.path / "new", db.get());
  EXPECT_EQ(moved.directory, room.path / "new");
  EXPECT_FALSE(moved.known);
  EXPECT_EQ(moved.elsewhere, room.path);
  const auto unknown = find_content(room.hash, "", nullptr);
  EXPECT_FALSE(unknown.metainfo);
  EXPECT_EQ(unknown.directory, ".");
  EXPECT_EQ(unknown.name(), room.hash);
}

TEST(ContentSource, AChunkHasBytesOfOneOrMoreFiles) {
  Metainfo metainfo;
  metainfo.files = {{"a", 10}, {"empty", 0}, {"b", 3}, {"c", 20}};
  metainfo.size = 33;
  metainfo.chunk_size = 12;
  metainfo.chunks.resize(3);
  EXPECT_THAT(files_of_chunk(metainfo, 0), testing::ElementsAre("a", "b"));
  EXPECT_THAT(files_of_chunk(metainfo, 1), testing::ElementsAre("b", "c"));
  EXPECT_THAT(files_of_chunk(metainfo, 2), testing::ElementsAre("c"));
}

}  // namespace
}  // namespace swarm::udp
