#include "transport/udp/peer/content_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace swarm::udp {
namespace {

using testing::EndsWith;
using testing::IsEmpty;
using Json = nlohmann::json;
using Phase = ContentFigures::Phase;

Time at(Duration since_start) {
  return Time{} + 100s + since_start;
}

ContentState state(std::uint64_t had) {
  ContentFigures figures;
  figures.name = "film";
  figures.phase = Phase::fetching;
  figures.size = 1000;
  figures.had = had;
  figures.down_rate = 100;
  return {{}, figures};
}

struct Room {
  explicit Room(ContentStyle style) : report(out, messages, std::move(style)) {}
  void progress(Duration when, std::uint64_t had) {
    const ContentState one = state(had);
    report.progress(at(when), std::span(&one, 1));
  }
  std::size_t lines() const {
    const auto text = messages.str() + out.str();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  std::ostringstream out, messages;
  ContentReport report;
};

std::size_t forty() {
  return 40;
}

TEST(ContentReport, ATerminalHasOneLineThatIsUpdatedInPlace) {
  Room room({.columns = forty});
  room.progress(0s, 100);
  EXPECT_EQ(room.messages.str(), "\rfilm  10.0 %  100 B/s  9 s left\x1b[K");
  room.messages.str("");
  room.progress(200ms, 100);
  EXPECT_THAT(room.messages.str(), IsEmpty()) << "nothing has changed";
  room.progress(400ms, 900);
  EXPECT_EQ(room.messages.str(), "\rfilm  90.0 %  100 B/s  1 s left\x1b[K");
  EXPECT_EQ(room.lines(), 0U);
}

TEST(ContentReport, AMessageStandsAboveTheLine) {
  Room room({.columns = forty});
  room.progress(0s, 100);
  room.messages.str("");
  room.report.warn("look here");
  EXPECT_EQ(room.messages.str(),
            "\r\x1b[Kswarm-peer: look here\n\rfilm  10.0 %  100 B/s  9 s left\x1b[K");
  room.messages.str("");
  room.report.clear_line();
  EXPECT_EQ(room.messages.str(), "\r\x1b[K");
}

TEST(ContentReport, NoTerminalHasALineEveryTenSeconds) {
  Room room({});
  for (int tick = 0; tick < 100; ++tick)  // of 200 ms
    room.progress(tick * 200ms, static_cast<std::uint64_t>(tick));
  EXPECT_EQ(room.messages.str(),
            "swarm-peer: film  5.0 %  50 B of 1.00 kB  100 B/s  0 peers  "
            "10 s left\n");
  room.progress(20s, 100);
  EXPECT_EQ(room.lines(), 2U);
  room.progress(40s, 100);
  EXPECT_EQ(room.lines(), 2U) << "nothing has changed";
}

TEST(ContentReport, JsonIsAnObjectPerSecond) {
  Room room({.json = true, .columns = forty});
  for (int tick = 0; tick <= 10; ++tick)
    room.progress(tick * 200ms, static_cast<std::uint64_t>(tick));
  EXPECT_EQ(room.lines(), 3U);
  EXPECT_THAT(room.messages.str(), IsEmpty());
  const auto object = Json::parse(room.out.str().substr(0, room.out.str().find('\n')));
  EXPECT_EQ(object["what"], "progress");
  EXPECT_EQ(object["name"], "film");
  EXPECT_EQ(object["phase"], "fetching");
  EXPECT_EQ(object["size"], 1000);
  EXPECT_EQ(object["down_rate"], 100);
  EXPECT_EQ(object["left_s"], 10);
}

TEST(ContentReport, QuietHasNoProgressAndNoNotes) {
  Room room({.quiet = true, .columns = forty});
  room.progress(0s, 100);
  room.report.note("by the way");
  EXPECT_THAT(room.messages.str(), IsEmpty());
  room.report.warn("look here");
  EXPECT_EQ(room.messages.str(), "swarm-peer: look here\n");
}

TEST(ContentReport, SeveralContentsShareTheLine) {
  Room room({.columns = [] { return std::size_t{80}; }});
  auto done = state(1000);
  done.figures.phase = Phase::complete;
  const std::vector<ContentState> both{done, state(500)};
  room.report.progress(at(0s), both);
  EXPECT_EQ(room.messages.str(),
            "\r1 of 2 contents  75.0 %  1.50 kB of 2.00 kB  200 B/s  0 peers  3 s left\x1b[K");
}

TEST(ContentReport, ANameThatIsNoUtf8IsStillJson) {
  Room room({.json = true});
  auto one = state(1);
  one.figures.name = "\xff\x1b";
  room.report.progress(at(0s), std::span(&one, 1));
  EXPECT_EQ(Json::parse(room.out.str())["name"], "\ufffd\x1b");
}

TEST(ContentReport, AFailureNamesItsContentOnce) {
  Room room({});
  ContentSource source;
  room.report.failed(source, "the disk is full");
  EXPECT_THAT(room.messages.str(), EndsWith(std::string(40, '0') + ": the disk is full\n"));
  room.messages.str("");
  room.report.failed(source, std::string(40, '0') + " is in use");
  EXPECT_EQ(room.messages.str(), "swarm-peer: " + std::string(40, '0') + " is in use\n");
}

TEST(ContentReport, AWordThatNamesNothingFailsAsAContentDoes) {
  Room plain({});
  plain.report.failed("x.torrent", "x.torrent is no FILE.torrent");
  EXPECT_EQ(plain.messages.str(), "swarm-peer: x.torrent is no FILE.torrent\n");
  EXPECT_EQ(plain.out.str(), "");
  Room room({.json = true});
  room.report.failed("x.torrent", "x.torrent is no FILE.torrent");
  EXPECT_EQ(
      room.out.str(),
      "{\"what\":\"failed\",\"content\":null,\"name\":\"x.torrent\",\"why\":\"x.torrent is no "
      "FILE.torrent\"}\n");
  room.out.str("");
  const std::string hash = std::string(39, 'a') + "b";
  room.report.failed_with_all(hash, "no port");
  EXPECT_THAT(room.out.str(), testing::HasSubstr("\"content\":\"" + hash + "\""));
}

}  // namespace
}  // namespace swarm::udp
