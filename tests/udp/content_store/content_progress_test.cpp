#include "transport/udp/content_store/content_progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace swarm::udp {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using Phase = ContentFigures::Phase;

Time at(Duration since_start) {
  return Time{} + 100s + since_start;
}

// 453 MB of a gigabyte, at 120 MB/s from eight peers.
ContentFigures halfway() {
  ContentFigures figures;
  figures.name = "holiday.mp4";
  figures.phase = Phase::fetching;
  figures.size = 1'000'000'000;
  figures.had = 453'000'000;
  figures.down_rate = 120'000'000;
  figures.peers = 8;
  return figures;
}

TEST(ContentProgress, AFetchSaysPerCentRatePeersAndTimeLeft) {
  EXPECT_EQ(progress_text(halfway()),
            "holiday.mp4  45.3 %  453 MB of 1.00 GB  120 MB/s  8 peers  5 s left");
}

TEST(ContentProgress, WhatIsUploadedMeanwhileIsSaid) {
  auto figures = halfway();
  figures.up_rate = 3'100'000;
  EXPECT_THAT(progress_text(figures), HasSubstr("5 s left  up 3.10 MB/s"));
}

TEST(ContentProgress, NothingThatComesHasNoTimeLeft) {
  auto figures = halfway();
  figures.down_rate = 0;
  figures.peers = 1;
  EXPECT_EQ(progress_text(figures), "holiday.mp4  45.3 %  453 MB of 1.00 GB  0 B/s  1 peer");
  EXPECT_FALSE(figures.left());
}

TEST(ContentProgress, EachPhaseHasItsWords) {
  auto figures = halfway();
  figures.phase = Phase::searching;
  figures.peers = 0;
  EXPECT_EQ(progress_text(figures), "holiday.mp4  looking for a peer that has it  0 peers");
  figures.phase = Phase::opening;
  EXPECT_EQ(progress_text(figures), "holiday.mp4  opening");
  figures.phase = Phase::checking;
  figures.doubtful = 12'300'000;
  EXPECT_EQ(progress_text(figures), "holiday.mp4  checking what is here  12.3 MB to go");
  figures.phase = Phase::complete;
  figures.sent = 2'000'000'000;
  EXPECT_EQ(progress_text(figures), "holiday.mp4  complete  0 peers  2.00 GB sent");
}

TEST(ContentProgress, ANarrowTerminalLosesTheLessImportant) {
  const auto figures = halfway();
  EXPECT_EQ(progress_text(figures, 80), progress_text(figures));
  EXPECT_EQ(progress_text(figures, 50), "holiday.mp4  45.3 %  120 MB/s  8 peers  5 s left");
  EXPECT_EQ(progress_text(figures, 40), "holiday.mp4  45.3 %  120 MB/s  5 s left");
  EXPECT_EQ(progress_text(figures, 30), "holiday.mp4  45.3 %  120 MB/s");
  EXPECT_EQ(progress_text(figures, 10), "holiday.mp");
}

TEST(ContentProgress, ALongNameGivesWayInItsMiddle) {
  auto figures = halfway();
  figures.name = "a-long-name-of-a-file-that-nobody-would-type.mp4";
  const auto text = progress_text(figures, 80);
  EXPECT_EQ(text.size(), 80U);
  EXPECT_THAT(text, StartsWith("a-long-name"));
  EXPECT_THAT(text, HasSubstr("...d-type.mp4  45.3 %  453 MB of 1.00 GB  120 MB/s"));
}

TEST(ContentProgress, NoLineIsLongerThanItsTerminal) {
  auto figures = halfway();
  figures.name = "\u00fc\u00f6\u00e4 \u65e5\u672c\u8a9e, and a name that goes on and on";
  figures.up_rate = 1;
  for (std::size_t columns = 1; columns < 120; ++columns) {
    std::size_t characters = 0;
    for (const char c : progress_text(figures, columns))
      if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) ++characters;
    EXPECT_LE(characters, columns);
  }
}

TEST(ContentProgress, ANameCannotSteerTheTerminal) {
  auto figures = halfway();
  figures.name = "a\x1b[2Jb\r\n\u009b\u202e\xff.mp4";
  EXPECT_THAT(progress_text(figures), StartsWith("a?[2Jb?????.mp4  45.3 %"));
}

TEST(ContentProgress, AHundredPerCentIsAllOfIt) {
  EXPECT_EQ(percent_of(0, 7), 0);
  EXPECT_EQ(percent_of(999'999'999, 1'000'000'000), 99.9);
  EXPECT_EQ(percent_of(1'000'000'000, 1'000'000'000), 100);
  EXPECT_EQ(percent_of(0, 0), 0);
  EXPECT_EQ(percent_of(1, 3), 33.3);
}

TEST(ContentProgress, SizesHaveThreeDigits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1000), "1.00 kB");
  EXPECT_EQ(bytes_text(9'994), "9.99 kB");
  EXPECT_EQ(bytes_text(9'996), "10.0 kB");
  EXPECT_EQ(bytes_text(999'499), "999 kB");
  EXPECT_EQ(bytes_text(999'500), "1.00 MB");
  EXPECT_EQ(bytes_text(64'000'000), "64.0 MB");
  EXPECT_EQ(bytes_text(~std::uint64_t{0}), "18447 PB");
}

TEST(ContentProgress, TimesAreRoundedUp) {
  EXPECT_EQ(time_left_text(1ms), "1 s");
  EXPECT_EQ(time_left_text(60s), "1 min 0 s");
  EXPECT_EQ(time_left_text(200s), "3 min 20 s");
  EXPECT_EQ(time_left_text(125min), "2 h 5 min");
  EXPECT_EQ(time_left_text(400h), "more than 4 days");
}

TEST(ContentProgress, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
}

TEST(ContentProgress, SeveralAreAddedAndAsFarAsTheLast) {
  auto all = halfway();
  auto other = halfway();
  other.phase = Phase::searching;
  other.peers = 3;
  all += other;
  EXPECT_EQ(all.phase, Phase::searching);
  EXPECT_EQ(all.size, 2'000'000'000U);
  EXPECT_EQ(all.had, 906'000'000U);
  EXPECT_EQ(all.down_rate, 240'000'000U);
  EXPECT_EQ(all.peers, 11U);
  EXPECT_EQ(all.name, "holiday.mp4");
}

TEST(RateMeter, IsTheMeanOfTheLastSeconds) {
  RateMeter meter;
  EXPECT_EQ(meter.per_second(), 0U);
  meter.add(at(0s), 0);
  EXPECT_EQ(meter.per_second(), 0U);
  meter.add(at(1s), 1000);
  EXPECT_EQ(meter.per_second(), 1000U);
  meter.add(at(2s), 5000);
  EXPECT_EQ(meter.per_second(), 2500U);
}

TEST(RateMeter, ForgetsWhatWasLongAgo) {
  RateMeter meter;
  meter.add(at(0s), 0);
  for (int second = 1; second <= 20; ++second)
    meter.add(at(std::chrono::seconds(second)), 1'000'000);
  EXPECT_EQ(meter.per_second(), 0U);
}

TEST(RateMeter, ANumberThatGoesBackHasNoRate) {
  RateMeter meter;
  meter.add(at(0s), 500);
  meter.add(at(1s), 100);
  EXPECT_EQ(meter.per_second(), 0U);
}

TEST(Shortened, KeepsBothEnds) {
  EXPECT_EQ(shortened("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shortened("abcdefghij", 7), "ab...ij");
  EXPECT_EQ(shortened("abcdefghij", 2), "..");
}

}  // namespace
}  // namespace swarm::udp
