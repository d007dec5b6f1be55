#include "observe/live/trace.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace swarm::observe {
namespace {

TEST(Trace, AnEventIsOneLineOfJson) {
  EXPECT_EQ(to_json(5000123456ns, "t2", event::ElectionWon{Term{3}, Cause::certificate}),
            R"({"at_ms":5000.123456,"node":"t2","event":"election_won","term":3,)"
            R"("cause":"certificate"})");
}

// A new event that is not listed gets no line by accident: the alternatives are counted.
TEST(Trace, EveryEventHasANameOfItsOwnAndIsJson) {
  const std::vector<Event> all = {
      event::RoleChanged{},       event::TermAdopted{},     event::MasterSuspected{},
      event::ElectionStarted{},   event::ElectionWon{},     event::Serving{},
      event::SteppedDown{},       event::Committed{},       event::BlockApplied{},
      event::LogTruncated{},      event::ConfigChanged{},   event::SnapshotSent{},
      event::SnapshotInstalled{}, event::PeerExpired{},     event::ContentExpired{},
      event::HandOver{},          event::HandOverGivenUp{}, event::GroupUnheard{},
      event::GroupHeard{},        event::DeafHandOver{},    event::ClockWentBack{},
      event::DiskSlow{},          event::Founded{},         event::Refused{},
      event::Rejected{},          event::KeptAnswered{},    event::Answered{},
      event::Relayed{},           event::NotStored{},       event::PeerRegistered{},
      event::PeerStopping{},      event::PeerError{},       event::ContentOpened{},
      event::InfoFetched{},       event::ChunkStored{},     event::ChunkLost{},
      event::ContentComplete{},   event::ContentFailed{},   event::PeerDropped{},
      event::DisksDiffer{}};
  ASSERT_EQ(all.size(), std::variant_size_v<Event>);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].index(), i);
    names.insert(name_of(all[i]));
    const auto json = nlohmann::json::parse(to_json(1ms, "t1", all[i]));
    EXPECT_EQ(json["event"], std::string(name_of(all[i])));
  }
  EXPECT_EQ(names.size(), all.size());
}

TEST(Trace, DigestsAreTextSoThatNoReaderRoundsThem) {
  const event::BlockApplied applied{LogIndex{7}, Term{2}, 0xffffffffffffffff, 1};
  EXPECT_NE(to_json(0ns, "t1", applied).find(R"("log_digest":"ffffffffffffffff")"),
            std::string::npos);
}

TEST(Trace, TheEventsOfAContentNameItInFull) {
  const InfoHash content{{0xab, 1}};
  const auto json = [](const Event& event) {
    return nlohmann::json::parse(to_json(0ns, "p1", event));
  };
  const std::string name = "ab01" + std::string(36, '0');

  const auto opened = json(event::ContentOpened{content, 3, 7});
  EXPECT_EQ(opened["content"], name);
  EXPECT_EQ(opened["had"], 3);
  EXPECT_EQ(opened["chunks"], 7);
  EXPECT_EQ(json(event::InfoFetched{content})["content"], name);
  EXPECT_EQ(json(event::ContentComplete{content})["content"], name);
  EXPECT_EQ(json(event::ContentFailed{content})["content"], name);
  for (const auto& chunk :
       {json(event::ChunkStored{content, 5}), json(event::ChunkLost{content, 5})}) {
    EXPECT_EQ(chunk["content"], name);
    EXPECT_EQ(chunk["chunk"], 5);
  }
}

TEST(Trace, ADroppedPeerHasAnAddressAndAReason) {
  using Why = event::PeerDropped::Why;
  std::set<std::string> reasons;
  for (const Why why :
       {Why::left, Why::silent, Why::restarted, Why::poison, Why::refused, Why::not_needed}) {
    const auto line = to_json(0ns, "p1", event::PeerDropped{{}, {0x0a000001, 6881}, why});
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["peer"], "10.0.0.1:6881");
    reasons.insert(json["why"].get<std::string>());
  }
  EXPECT_EQ(reasons, (std::set<std::string>{"left", "silent", "restarted", "poison", "refused",
                                            "not_needed"}));
}

TEST(Trace, TimesAreExact) {
  EXPECT_EQ(milliseconds(0ns), "0.000000");
  EXPECT_EQ(milliseconds(1ns), "0.000001");
  EXPECT_EQ(milliseconds(-1500us), "-1.500000");
  EXPECT_EQ(milliseconds(Duration::min()), "-9223372036854.775808");
}

TEST(Trace, TextsAreEscaped) {
  const auto line = to_json(0ns, "t1", "exit", "a \"disk\"\\\n");
  EXPECT_EQ(nlohmann::json::parse(line)["text"], "a \"disk\"\\\n");
}

TEST(Trace, AWriterEndsEachLine) {
  std::ostringstream out;
  TraceWriter writer(out);
  writer.event(1ms, "t1", event::Serving{Term{1}, LogIndex{2}});
  writer.note(2ms, "t1", "kill", "");
  EXPECT_EQ(out.str(),
            "{\"at_ms\":1.000000,\"node\":\"t1\",\"event\":\"serving\",\"term\":1,\"index\":2}\n"
            "{\"at_ms\":2.000000,\"node\":\"t1\",\"event\":\"kill\"}\n");
}

}  // namespace
}  // namespace swarm::observe
