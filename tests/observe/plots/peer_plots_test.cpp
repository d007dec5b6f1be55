#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "observe/plots/peer_data.hpp"
#include "observe/plots/upload_plot.hpp"

namespace swarm::observe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr auto header =
    "run,seed,group,peer,arrived_ms,took_ms,size,missing,sent,received,starts,gone\n";

std::vector<PeerLine> read(const std::string& lines) {
  std::istringstream in(header + lines);
  return read_peers(in, "peers.csv");
}

std::vector<PeerLine> three() {
  return read(
      "1,7,seed,seed,500.0,0.7,1000,0,1500,0,1,no\n"
      "1,7,leechers,leechers-1,1000.0,200.5,1000,1000,500,1000,1,no\n"
      "1,7,leechers,leechers-2,1100.0,,1000,1000,0,400,2,yes\n");
}

TEST(PeerData, ReadsWhatCameOfEach) {
  const auto peers = three();
  ASSERT_EQ(peers.size(), 3u);
  EXPECT_EQ(peers[1].took_ms, 200.5);
  EXPECT_FALSE(peers[2].took_ms);
  EXPECT_DOUBLE_EQ(peers[0].sent_times(), 1.5);
}

TEST(PeerData, TheCurveHasThoseWhoFetchedAndTellsWhoNeverHadAll) {
  const auto curve = download_curve("all", three());
  EXPECT_EQ(curve.n, 2u);
  EXPECT_THAT(curve.values, testing::ElementsAre(200.5));
}

TEST(PeerData, ABadLineIsNamed) {
  try {
    read("1,7,seed,seed,500.0,0.7,1000,0,-5,0,1,no\n");
    FAIL() << "less than nothing was sent";
  } catch (const BadFile& bad) {
    EXPECT_THAT(bad.what(), StartsWith("peers.csv:2: "));
  }
}

TEST(UploadPlot, TheTitleSaysWhoCarriesTheLoad) {
  const UploadFigure figure{"sent-by-peer", {}, three()};
  EXPECT_EQ(finding(figure),
            "Who fetches nothing sends 1.5 times the content, 75 % of all; half of the 2 who fetch "
            "send 0.0 "
            "or less");
  EXPECT_EQ(finding({"x", {}, {}}), "Nobody sent anything");
}

TEST(UploadPlot, BarsAreInTheOrderOfWhatWasSent) {
  const auto plot = upload_plot({"sent-by-peer", {"small print"}, three()});
  EXPECT_EQ(plot.csv,
            "rank,group,peer,times\n1,seed,seed,1.5000\n2,leechers,leechers-1,0.5000\n"
            "3,leechers,leechers-2,0.0000\n");
  EXPECT_THAT(plot.script, HasSubstr("with boxes"));
  EXPECT_THAT(plot.script, HasSubstr("'leechers'"));
}

TEST(UploadPlot, TheTerminalGetsALinePerGroup) {
  const auto text = ascii_uploads({"x", {}, three()}, 80);
  EXPECT_THAT(text, HasSubstr("seed     median   1.5 most   1.5 |==="));
  EXPECT_THAT(text, HasSubstr("leechers median   0.0 most   0.5 |==="));
}

}  // namespace
}  // namespace swarm::observe
