#include "observe/live/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace swarm::observe {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string sentence(const Event& event) {
  return log_line(event).sentence;
}

// One of each alternative, in the order of the variant.
template <std::size_t... I>
std::vector<Event> all_events(std::index_sequence<I...>) {
  return {Event(std::in_place_index<I>)...};
}
const std::vector<Event>& all_events() {
  static const auto all = all_events(std::make_index_sequence<std::variant_size_v<Event>>());
  return all;
}

TEST(LogLine, WhatComesWithEachDatagramOrIsOfAPeersRequestsIsNotLogged) {
  std::set<std::size_t> silent;
  for (const auto& event : all_events())
    if (sentence(event).empty()) silent.insert(event.index());
  const std::set<std::size_t> expected{
      Event(event::Committed{}).index(),      Event(event::BlockApplied{}).index(),
      Event(event::Answered{}).index(),       Event(event::Relayed{}).index(),
      Event(event::PeerRegistered{}).index(), Event(event::PeerStopping{}).index(),
      Event(event::PeerError{}).index()};
  EXPECT_EQ(silent, expected);
}

TEST(LogLine, IsOneLineWithoutAFullStop) {
  for (const auto& event : all_events()) {
    const auto text = sentence(event);
    EXPECT_EQ(text.find('\n'), text.npos) << text;
    EXPECT_FALSE(text.ends_with('.')) << text;
    EXPECT_FALSE(text.ends_with(' ')) << text;
  }
}

TEST(LogLine, EachRoleAndCauseHasASentenceOfItsOwn) {
  std::set<std::string> roles, suspected, stepped_down;
  for (const Role role :
       {Role::stranger, Role::learner, Role::slave, Role::candidate, Role::master, Role::removed})
    roles.insert(sentence(event::RoleChanged{role, Term{4}}));
  EXPECT_EQ(roles.size(), 6u);
  for (const Cause cause : {Cause::silence, Cause::certificate, Cause::handed_over,
                            Cause::higher_term, Cause::no_quorum, Cause::stopping}) {
    suspected.insert(sentence(event::MasterSuspected{MemberId{2}, Term{4}, cause}));
    stepped_down.insert(sentence(event::SteppedDown{Term{4}, cause}));
  }
  EXPECT_EQ(suspected.size(), 6u);
  EXPECT_EQ(stepped_down.size(), 6u);
  for (const auto* set : {&roles, &suspected, &stepped_down}) EXPECT_FALSE(set->contains(""));
}

TEST(LogLine, ASuspicionSaysWhoAndWhy) {
  EXPECT_THAT(sentence(event::MasterSuspected{MemberId{2}, Term{4}, Cause::silence}),
              AllOf(HasSubstr("member 2"), HasSubstr("term 4"), HasSubstr("not heard")));
  EXPECT_THAT(sentence(event::MasterSuspected{MemberId{2}, Term{4}, Cause::certificate}),
              AllOf(HasSubstr("member 2"), HasSubstr("supervisor")));
}

TEST(LogLine, AnElectionSaysWhatItWasFor) {
  EXPECT_THAT(sentence(event::ElectionWon{Term{5}, Cause::handed_over}),
              AllOf(HasSubstr("term 5"), HasSubstr("handed over")));
  EXPECT_THAT(sentence(event::ElectionWon{Term{5}, Cause::certificate}),
              HasSubstr("the master's process has ended"))
      << "it may have been stopped";
  EXPECT_THAT(sentence(event::Serving{Term{5}, LogIndex{77}}),
              AllOf(HasSubstr("term 5"), HasSubstr("77")));
}

TEST(LogLine, ALostQuorumAndASlowDiskWarn) {
  EXPECT_EQ(log_line(event::SteppedDown{Term{5}, Cause::no_quorum}).severity, Severity::warning);
  EXPECT_EQ(log_line(event::SteppedDown{Term{5}, Cause::handed_over}).severity, Severity::notice);
  const auto slow = log_line(event::DiskSlow{1200ms});
  EXPECT_EQ(slow.severity, Severity::warning);
  EXPECT_THAT(slow.sentence,
              AllOf(HasSubstr("1200ms"), HasSubstr("hands over if it is the master")));
}

TEST(LogLine, AHandOverThatIsGivenUpSaysWhereToLook) {
  const auto line = log_line(event::HandOverGivenUp{Term{5}});
  EXPECT_EQ(line.severity, Severity::warning);
  EXPECT_THAT(line.sentence, AllOf(HasSubstr("term 5"), HasSubstr("disk")));
}

TEST(LogLine, ARefusalIsAnErrorAndSaysWhatToDo) {
  using Why = event::Refused::Why;
  for (const Why why : {Why::too_many_candidates, Why::swarm_exists, Why::removed}) {
    const auto line = log_line(event::Refused{why});
    EXPECT_EQ(line.severity, Severity::error);
    EXPECT_THAT(line.sentence, HasSubstr("`first-start = join`"));
  }
  EXPECT_THAT(sentence(event::Refused{Why::too_many_candidates}), HasSubstr("bootstrap-expect"));
  EXPECT_THAT(sentence(event::Refused{Why::removed}), HasSubstr("data directory"));
}

TEST(LogLine, AFoundingNamesTheSwarmAsTheStatusDoes) {
  EXPECT_THAT(sentence(event::Founded{ClusterId{0xabc}, MemberId{3}}),
              AllOf(HasSubstr("0000000000000abc"), HasSubstr("member 3")));
}

TEST(LogLine, WhatStrangersCanCauseIsForDebuggingOnly) {
  EXPECT_EQ(log_line(event::Rejected{Reject::bad_mac}).severity, Severity::debug);
  EXPECT_THAT(sentence(event::Rejected{Reject::bad_mac}), HasSubstr("bad_mac"));
  EXPECT_EQ(log_line(event::NotStored{}).severity, Severity::debug);
  EXPECT_EQ(log_line(event::PeerExpired{}).severity, Severity::debug);
  EXPECT_EQ(log_line(event::ContentExpired{}).severity, Severity::debug);
}

TEST(LogLine, AContentIsNamedByTheBeginningOfItsHash) {
  const InfoHash content{{0xab, 0xcd, 0xef, 0x01, 0x23, 0x45}};
  const auto named = HasSubstr("content abcdef0123");
  EXPECT_THAT(sentence(event::ContentOpened{content, 3, 7}),
              AllOf(HasSubstr("3 of the 7 chunks"), named));
  EXPECT_THAT(sentence(event::InfoFetched{content}), named);
  EXPECT_THAT(sentence(event::ChunkStored{content, 5}), AllOf(HasSubstr("chunk 5 "), named));
  EXPECT_THAT(sentence(event::ChunkLost{content, 5}), AllOf(HasSubstr("chunk 5 "), named));
  EXPECT_THAT(sentence(event::ContentComplete{content}), named);
  EXPECT_THAT(sentence(event::ContentFailed{content}), AllOf(named, HasSubstr("disk")));
}

TEST(LogLine, AContentWeighsAsMuchAsSomebodyShouldLook) {
  EXPECT_EQ(log_line(event::ChunkStored{}).severity, Severity::debug);
  EXPECT_EQ(log_line(event::ContentOpened{}).severity, Severity::info);
  EXPECT_EQ(log_line(event::ContentComplete{}).severity, Severity::notice);
  EXPECT_EQ(log_line(event::ChunkLost{}).severity, Severity::warning);
  EXPECT_EQ(log_line(event::ContentFailed{}).severity, Severity::error);
}

TEST(LogLine, ADroppedPeerSaysWhoAndWhyAndOnlyAPoisonerWarns) {
  using Why = event::PeerDropped::Why;
  std::set<std::string> sentences;
  for (const Why why :
       {Why::left, Why::silent, Why::restarted, Why::poison, Why::refused, Why::not_needed}) {
    const auto line = log_line(event::PeerDropped{{}, {0x0a000001, 6881}, why});
    EXPECT_THAT(line.sentence, HasSubstr("10.0.0.1:6881"));
    EXPECT_EQ(line.severity == Severity::warning, why == Why::poison);
    sentences.insert(line.sentence);
  }
  EXPECT_EQ(sentences.size(), 6u);
}

TEST(LogLine, WhatWeighsLessThanIsWantedHasNoSentence) {
  for (const auto& event : all_events()) {
    const auto line = log_line(event);
    for (const Severity least :
         {Severity::error, Severity::warning, Severity::notice, Severity::info, Severity::debug}) {
      const auto wanted = log_line(event, least);
      EXPECT_EQ(wanted.severity, line.severity);
      EXPECT_EQ(wanted.sentence, line.severity <= least ? line.sentence : "");
    }
  }
}

TEST(LogLine, OneIsOne) {
  EXPECT_THAT(sentence(event::ContentOpened{{}, 1, 1}), HasSubstr("1 of the 1 chunk "));
  EXPECT_THAT(sentence(event::KeptAnswered{1}), HasSubstr("1 request that"));
  EXPECT_THAT(sentence(event::KeptAnswered{2}), HasSubstr("2 requests that"));
  EXPECT_THAT(sentence(event::ConfigChanged{LogIndex{1}, 1, 1}), HasSubstr("1 member "));
  EXPECT_THAT(sentence(event::ConfigChanged{LogIndex{1}, 3, 4}), HasSubstr("4 members "));
}

}  // namespace
}  // namespace swarm::observe
