#include "engine/consensus/other_secret.hpp"

#include <gtest/gtest.h>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {
namespace {

using wire::Unverified;

// A slave of three, and instances that nobody here knows.
struct R32AnotherSecret : testing::Test {
  std::vector<std::uint8_t> signed_with(const Secret& secret, const wire::Body& body) const {
    const wire::Header newcomer{{}, {}, {}, BootId{5}, StoreId{6}, {}};
    std::vector<std::uint8_t> datagram;
    wire::encode(newcomer, body, {secret, wire::Cipher::siphash}, {}, datagram);
    return datagram;
  }
  // How many answers it gets.
  std::size_t hears(SoloTracker& tracker, const Endpoint& from, const wire::Body& body) const {
    tracker.forget();
    tracker.hear_bytes(signed_with(other, body), from);
    for (const auto& answer : tracker.sent<Unverified>()) EXPECT_EQ(answer.to, from);
    EXPECT_EQ(tracker.datagrams(), tracker.sent<Unverified>().size()) << "and nothing else";
    return tracker.datagrams();
  }
  std::size_t hears(const Endpoint& from, const wire::Body& body) { return hears(t, from, body); }
  Endpoint stranger(std::uint32_t n) const { return address_of(200 + n); }
  wire::Hello hello() const { return {3, stranger(1)}; }

  SoloTracker t;
  const Secret other{1, 2, 3};
};

TEST_F(R32AnotherSecret, WhoeverSignsWithItIsToldByADatagramThatItCannotVerifyEither) {
  t.hear_bytes(signed_with(other, hello()), stranger(1));
  const auto answers = t.sent<Unverified>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].to, stranger(1));
  EXPECT_EQ(t.rejected(Reject::bad_mac), 1u);
}

TEST_F(R32AnotherSecret, TheAnswerIsTheSmallestDatagramThereIs) {
  const auto size = signed_with(other, Unverified{}).size();
  EXPECT_EQ(size, wire::header_size + wire::tag_size);
  EXPECT_LE(size, signed_with(other, wire::Join{stranger(1)}).size());
}

TEST_F(R32AnotherSecret, EachSourceIsToldOnceInTenSeconds) {
  EXPECT_EQ(hears(stranger(1), hello()), 1u);
  t.skip(OtherSecret::rest - 1ms);
  EXPECT_EQ(hears(stranger(1), hello()), 0u);
  EXPECT_EQ(hears(stranger(2), hello()), 1u) << "which is another one";
  t.skip(1ms);
  EXPECT_EQ(hears(stranger(1), hello()), 1u);
  EXPECT_EQ(hears(stranger(2), hello()), 0u);
}

TEST_F(R32AnotherSecret, HoweverManySourcesThereAreFewAreToldInTenSeconds) {
  std::size_t answers = 0;
  for (std::uint32_t n = 1; n <= 1000; ++n) answers += hears(stranger(n), hello());
  EXPECT_EQ(answers, OtherSecret::most);
  t.skip(OtherSecret::rest);
  for (std::uint32_t n = 1; n <= 1000; ++n) answers += hears(stranger(n), hello());
  EXPECT_EQ(answers, 2 * OtherSecret::most);
}

// Else two swarms would tell each other for ever.
TEST_F(R32AnotherSecret, AnAnswerIsNotAnswered) {
  EXPECT_EQ(hears(stranger(1), Unverified{}), 0u);
  EXPECT_EQ(t.rejected(Reject::bad_mac), 1u) << "but counted";
}

TEST_F(R32AnotherSecret, TheFarewellOfAProcessThatHasEndedIsNotAnswered) {
  EXPECT_EQ(hears(stranger(1), wire::Dead{MemberId{1}, BootId{2}, StoreId{3}}), 0u);
}

// They hear this one's STATUS.
TEST_F(R32AnotherSecret, MembersAreNotAnswered) {
  EXPECT_EQ(hears(address_of(2), wire::Status{}), 0u);
}

TEST_F(R32AnotherSecret, BytesThatAreNoClusterDatagramAreNotAnswered) {
  auto bytes = signed_with(other, hello());
  bytes[0] ^= 1;
  t.hear_bytes(bytes, stranger(1));
  bytes[0] ^= 1;
  bytes.pop_back();
  t.hear_bytes(bytes, stranger(1));
  EXPECT_EQ(t.datagrams(), 0u);
  EXPECT_EQ(t.rejected(Reject::bad_mac), 0u);
}

TEST_F(R32AnotherSecret, AnInstanceWithoutASwarmAnswersNothing) {
  SoloTracker::Options options;
  options.fresh = true;
  SoloTracker fresh(options);
  EXPECT_EQ(hears(fresh, stranger(1), hello()), 0u);
}

// Of the own secret it comes after a datagram that was garbled on its way, or that somebody sent in
// the name of this one.
TEST_F(R32AnotherSecret, WhoCanVerifyTheAnswerDoesNothing) {
  const auto before = t.view();
  const auto members = t.members();
  t.hear(t.header(2, 99), Unverified{}, address_of(2));
  t.hear_bytes(signed_with(t.secret(), Unverified{}), stranger(1));
  EXPECT_EQ(t.datagrams(), 0u);
  EXPECT_EQ(t.view().term, before.term) << "it is of no term";
  EXPECT_EQ(t.view().role, before.role);
  EXPECT_EQ(t.members().at(1).last_heard, members.at(1).last_heard) << "and nobody is heard";
  for (int reason = 0; reason < static_cast<int>(Reject::count); ++reason)
    EXPECT_EQ(t.rejected(static_cast<Reject>(reason)), 0u) << reason;
}

}  // namespace
}  // namespace swarm::test
