#include "transport/sim/checks/failover.hpp"

#include <gtest/gtest.h>

namespace swarm::sim {
namespace {

const swarm::Event suspected = event::MasterSuspected{MemberId{1}, Term{2}, Cause::silence};
const swarm::Event won = event::ElectionWon{Term{3}, Cause::silence};

TEST(FailoverMeter, MeasuresTheThreeFiguresOfAFault) {
  FailoverMeter meter;
  meter.fault(1s, "kill");
  meter.event(1010ms, suspected);
  meter.event(1012ms, suspected);  // of the second slave: only the first counts
  meter.event(1015ms, won);
  meter.answered(1011ms, 1020ms);
  ASSERT_EQ(meter.faults().size(), 1u);
  const auto& fault = meter.faults().front();
  EXPECT_EQ(fault.detection, Duration(10ms));
  EXPECT_EQ(fault.election, Duration(5ms));
  EXPECT_EQ(fault.service, Duration(20ms));
}

TEST(FailoverMeter, AnAnswerToWhatWasSentBeforeTheFaultDoesNotCount) {
  FailoverMeter meter;
  meter.fault(1s, "kill");
  meter.answered(999ms, 1001ms);
  EXPECT_FALSE(meter.served());
  meter.answered(1s, 1002ms);
  EXPECT_EQ(meter.faults().front().service, Duration(2ms));
}

TEST(FailoverMeter, AnElectionWithoutSuspicionIsNotThisFaults) {
  FailoverMeter meter;
  meter.event(500ms, suspected);
  meter.fault(1s, "kill");
  meter.event(1001ms, won);
  EXPECT_FALSE(meter.faults().front().election);
}

TEST(FailoverMeter, AHandOverIsNoticedByItself) {
  FailoverMeter meter;
  meter.fault(1s, "hand-over");
  meter.event(1s, event::HandOver{MemberId{2}, Term{2}});
  meter.event(1001ms, won);
  EXPECT_EQ(meter.faults().front().detection, Duration(0));
  EXPECT_EQ(meter.faults().front().election, Duration(1ms));
}

TEST(FailoverMeter, WhatTheNextFaultInterruptsStaysEmpty) {
  FailoverMeter meter;
  meter.fault(1s, "kill");
  meter.event(1010ms, suspected);
  meter.fault(2s, "kill");
  meter.event(2001ms, suspected);
  meter.event(2002ms, won);
  meter.answered(2001ms, 2003ms);
  EXPECT_FALSE(meter.faults()[0].election);
  EXPECT_FALSE(meter.faults()[0].service);
  EXPECT_EQ(meter.faults()[1].service, Duration(3ms));
}

TEST(FailoverMeter, WhatWasCutOffSaysHowLongItWasWatched) {
  FailoverMeter meter;
  meter.fault(1s, "kill");
  meter.fault(3s, "kill", 4s);
  meter.fault(9s, "kill");
  meter.answered(9100ms, 9101ms);
  meter.fault(10s, "kill");
  meter.finish(15s);
  EXPECT_EQ(meter.faults()[0].watched, Duration(2s)) << "the next one came";
  EXPECT_EQ(meter.faults()[1].watched, Duration(1s)) << "the probe ended";
  EXPECT_EQ(meter.faults()[2].watched, Duration(0)) << "it was answered";
  EXPECT_EQ(meter.faults()[3].watched, Duration(5s)) << "the run ended";
}

TEST(FailoverMeter, WhatIsSuspectedAfterTheAnswerHasAnotherCause) {
  FailoverMeter meter;
  meter.fault(1s, "heal");
  meter.answered(1001ms, 1002ms);
  meter.event(7s, suspected);
  meter.event(7010ms, won);
  EXPECT_FALSE(meter.faults()[0].detection);
  EXPECT_FALSE(meter.faults()[0].election);
}

TEST(Percentile, IsTheNearestRank) {
  std::vector<Duration> hundred;
  for (int i = 1; i <= 100; ++i) hundred.push_back(Duration(i));
  EXPECT_EQ(percentile(hundred, 50), Duration(50));
  EXPECT_EQ(percentile(hundred, 99), Duration(99));
  EXPECT_EQ(percentile(hundred, 100), Duration(100));
  EXPECT_EQ(percentile(hundred, 0), Duration(1));
  EXPECT_EQ(percentile({Duration(7)}, 99), Duration(7));
  EXPECT_EQ(percentile({Duration(1), Duration(2), Duration(3)}, 50), Duration(2));
}

TEST(Spread, CountsWhatDidNotHappen) {
  const Spread all = spread({Duration(3), std::nullopt, Duration(1), Duration(2)});
  EXPECT_EQ(all.n, 3u);
  EXPECT_EQ(all.missing, 1u);
  EXPECT_EQ(all.p50, Duration(2));
  EXPECT_EQ(all.max, Duration(3));
  EXPECT_EQ(spread({std::nullopt}).n, 0u);
}

}  // namespace
}  // namespace swarm::sim
