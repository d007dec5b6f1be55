#include "transport/sim/actors/bep15_client.hpp"
#include "tests/engine/base/words.hpp"

#include <gtest/gtest.h>

#include <map>

namespace swarm::sim {
namespace {

using namespace wire::bep15;
using wire::AnnounceEvent;

constexpr Endpoint t1{0x0a000001, 6969}, t2{0x0a000002, 6969}, t3{0x0a000003, 6969};

// Invented habits, so that each test says what it is about.
ClientHabits patient() {
  ClientHabits habits;
  habits.kind = "patient";
  habits.again = 5s;
  habits.give_up = 15s;
  habits.next_tier = 18s;
  habits.try_again = {60s, 100s, 100s};
  habits.id_kept = 60s;
  habits.least_interval = 100s;
  return habits;
}

class Bep15ClientTest : public testing::Test {
 protected:
  void make(const ClientHabits& habits, std::vector<Endpoint> tiers) {
    habits_ = habits;
    settings_ = {&habits_, std::move(tiers), InfoHash{{7}}, 51413};
    client_.emplace(settings_, test::draw_of(1), log_);
    step([&](Outbox& out) { client_->start(now_, out); });
  }

  struct Sent {
    Time at;
    Endpoint to;
    Request request;
  };
  template <class Call>
  void step(const Call& call) {
    Outbox out;
    call(out);
    for (std::size_t i = 0; i < out.datagrams(); ++i)
      sent_.push_back({now_, out.datagram(i).to, *decode_request(out.datagram(i).bytes)});
  }
  // Time passes, and nothing is answered but by those who are listed.
  void run_until(Time end) {
    while (client_->next_wake() <= end) {
      now_ = std::max(now_, client_->next_wake());
      step([&](Outbox& out) { client_->wake(now_, out); });
      answer();
    }
    now_ = end;
  }
  void answer() {
    for (std::size_t i = answered_; i < sent_.size(); ++i) {
      const Sent one = sent_[i];
      answered_ = i + 1;
      if (!alive_.contains(one.to)) continue;
      if (const auto* connect = std::get_if<ConnectRequest>(&one.request))
        receive(one.to, ConnectResponse{connect->transaction, {42}});
      else if (const auto* announce = std::get_if<AnnounceRequest>(&one.request))
        receive(one.to, AnnounceResponse{announce->transaction, alive_.at(one.to), 0, 0, {}});
    }
  }
  void receive(const Endpoint& from, const Response& response) {
    std::vector<std::uint8_t> bytes;
    encode(response, bytes);
    step([&](Outbox& out) { client_->receive(now_, {Channel::peers, from, false}, bytes, out); });
  }
  const AnnounceRequest& announce(std::size_t i) const {
    return std::get<AnnounceRequest>(sent_.at(i).request);
  }
  // Seconds since the start at which something went there.
  std::vector<double> times(const Endpoint& to) const {
    std::vector<double> out;
    for (const auto& one : sent_)
      if (one.to == to) out.push_back(std::chrono::duration<double>(one.at - begin_).count());
    return out;
  }
  std::map<Endpoint, std::uint32_t> alive_;  // with the interval that they tell

  ClientHabits habits_;
  ClientSettings settings_;
  ClientLog log_;
  std::optional<Bep15Client> client_;
  const Time begin_ = Time(1s);
  Time now_ = begin_;
  std::vector<Sent> sent_;
  std::size_t answered_ = 0;
};

TEST_F(Bep15ClientTest, ConnectsAnnouncesAndAnnouncesAgainWithTheSameIdWhileItIsKept) {
  alive_ = {{t1, 30}};
  habits_ = patient();
  habits_.least_interval = 0s;
  make(habits_, {t1, t2});
  answer();
  run_until(begin_ + 65s);
  EXPECT_EQ(times(t1), (std::vector<double>{0, 0, 30, 60, 60}));  // the id is a minute old
  EXPECT_TRUE(times(t2).empty());
  EXPECT_EQ(announce(1).event, AnnounceEvent::started);
  EXPECT_EQ(announce(1).port, 51413);
  EXPECT_GT(announce(1).left, 0u);
  EXPECT_EQ(announce(2).event, AnnounceEvent::none);
  ASSERT_EQ(log_.announces.size(), 3u);
  EXPECT_EQ(log_.announces[0].answered, begin_);
}

TEST_F(Bep15ClientTest, DoesNotAnnounceMoreOftenThanItsHabitIs) {
  alive_ = {{t1, 30}};
  make(patient(), {t1});
  answer();
  run_until(begin_ + 99s);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(Bep15ClientTest, ASilentTrackerIsAskedAgainAndThenTheNextOneIs) {
  alive_ = {{t2, 300}};
  make(patient(), {t1, t2, t3});
  run_until(begin_ + 100s);
  EXPECT_EQ(times(t1), (std::vector<double>{0, 5}));
  EXPECT_EQ(times(t2), (std::vector<double>{18, 18}));
  EXPECT_TRUE(times(t3).empty());
  EXPECT_EQ(log_.announces[0].answered, begin_ + 18s);
  EXPECT_EQ(log_.turns, 1u);
}

TEST_F(Bep15ClientTest, WhoAnsweredLastIsAskedFirst) {
  alive_ = {{t2, 300}};
  make(patient(), {t1, t2});
  run_until(begin_ + 30s);
  step([&](Outbox& out) { client_->complete(now_, out); });
  ASSERT_EQ(sent_.back().to, t2);
  EXPECT_EQ(announce(sent_.size() - 1).event, AnnounceEvent::completed);
  EXPECT_EQ(announce(sent_.size() - 1).left, 0u);
}

TEST_F(Bep15ClientTest, SomeWalkTheirListFromTheTopAndStartAnewAtTheNextTier) {
  alive_ = {{t2, 300}};
  habits_ = patient();
  habits_.from_the_top = habits_.starts_anew = true;
  make(habits_, {t1, t2});
  run_until(begin_ + 30s);
  step([&](Outbox& out) { client_->complete(now_, out); });
  EXPECT_EQ(sent_.back().to, t1);
  run_until(begin_ + 60s);
  EXPECT_EQ(announce(sent_.size() - 1).event, AnnounceEvent::started);
  EXPECT_EQ(announce(sent_.size() - 1).left, 0u);
  EXPECT_EQ(log_.announces[1].told, AnnounceEvent::started);
}

TEST_F(Bep15ClientTest, SomeGoWithoutAWord) {
  habits_ = patient();
  habits_.says_stopped = false;
  make(habits_, {t1});
  step([&](Outbox& out) { client_->leave(now_, out); });
  run_until(begin_ + 1000s);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(Bep15ClientTest, ALostAnnounceCostsItsWholePatience) {
  make(patient(), {t1, t2});
  receive(t1, ConnectResponse{std::get<ConnectRequest>(sent_[0].request).transaction, {42}});
  ASSERT_EQ(sent_.size(), 2u);
  alive_ = {{t2, 300}};
  answered_ = 2;
  run_until(begin_ + 18s);
  EXPECT_EQ(log_.announces[0].answered, begin_ + 18s);
}

TEST_F(Bep15ClientTest, WhenNobodyAnswersItBeginsAnewAfterAWhile) {
  make(patient(), {t1, t2});
  run_until(begin_ + 92s);
  EXPECT_EQ(times(t1), (std::vector<double>{0, 5}));
  run_until(begin_ + 94s);  // 18 s until the second tier, 15 s of patience, a pause of 60 s
  EXPECT_EQ(times(t1), (std::vector<double>{0, 5, 93}));
  run_until(begin_ + 227s);  // now a longer one
  EXPECT_EQ(times(t1), (std::vector<double>{0, 5, 93, 98, 226}));
}

TEST_F(Bep15ClientTest, SomeAskAllTiersAtOnce) {
  habits_ = patient();
  habits_.next_tier = 0s;
  alive_ = {{t3, 300}};
  make(habits_, {t1, t2, t3});
  EXPECT_EQ(sent_.size(), 3u);
  answer();
  EXPECT_EQ(log_.announces[0].answered, begin_);
  EXPECT_EQ(log_.turns, 0u);
}

TEST_F(Bep15ClientTest, AnAnswerFromElsewhereOrToAnotherRequestIsNotLookedAt) {
  make(patient(), {t1, t2});
  const auto transaction = std::get<ConnectRequest>(sent_[0].request).transaction;
  receive(t2, ConnectResponse{transaction, {42}});
  receive(t1, ConnectResponse{TransactionId{transaction.value + 1}, {42}});
  EXPECT_EQ(sent_.size(), 1u);
  receive(t1, ConnectResponse{transaction, {42}});
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(Bep15ClientTest, AnErrorIsNotedAndTheNextTierIsAsked) {
  make(patient(), {t1, t2});
  const auto transaction = std::get<ConnectRequest>(sent_[0].request).transaction;
  receive(t1, ErrorResponse{transaction, "no"});
  run_until(begin_);
  EXPECT_EQ(log_.errors, std::vector<std::string>{"no"});
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].to, t2);
}

TEST_F(Bep15ClientTest, SomeInsist) {
  habits_ = patient();
  habits_.insists = true;
  make(habits_, {t1, t2});
  const auto transaction = std::get<ConnectRequest>(sent_[0].request).transaction;
  receive(t1, ErrorResponse{transaction, "no"});
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].to, t1);
}

TEST_F(Bep15ClientTest, WhoLeavesSaysSoAndNothingElseAnyMore) {
  make(patient(), {t1});
  alive_ = {{t1, 300}};
  step([&](Outbox& out) { client_->leave(now_, out); });
  answered_ = 1;  // what was asked before it left
  answer();
  EXPECT_EQ(announce(2).event, AnnounceEvent::stopped);
  run_until(begin_ + 1000s);
  EXPECT_EQ(sent_.size(), 3u);
  EXPECT_EQ(log_.announces[0].answered, never);
  EXPECT_EQ(log_.announces[1].answered, begin_);
}

}  // namespace
}  // namespace swarm::sim
