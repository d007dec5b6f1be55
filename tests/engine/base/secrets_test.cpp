#include "engine/base/secrets.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/engine/base/words.hpp"

namespace swarm {
namespace {

TEST(Secrets, APurposeAndANumberHaveAValueOfTheirOwn) {
  std::set<Drawn> all;
  for (const auto purpose :
       {SecretPurpose::store_id, SecretPurpose::connection_key, SecretPurpose::transaction})
    for (std::uint64_t number : {0u, 1u, 255u, 256u, 65536u})
      all.insert(draw_secret({}, purpose, number));
  EXPECT_EQ(all.size(), 15u);
}

TEST(Secrets, ANumberIsTheFirstBytesOfItsValue) {
  const Drawn drawn = draw_secret({}, SecretPurpose::question, 3);
  std::uint64_t first = 0;
  for (std::size_t i = 0; i < 8; ++i) first = first << 8 | drawn[i];
  EXPECT_EQ(secret_number({}, SecretPurpose::question, 3), first);
}

TEST(Secrets, EveryByteOfTheEntropyCounts) {
  std::set<Drawn> all;
  for (std::size_t i = 0; i < sizeof(Drawn); ++i) {
    Entropy entropy;
    entropy.bytes[i] = 1;
    all.insert(draw_secret(entropy, SecretPurpose::store_id, 1));
  }
  EXPECT_EQ(all.size(), sizeof(Drawn));
}

TEST(Secrets, EqualEntropyGivesEqualValues) {
  const Entropy entropy = test::draw_of(3).entropy;
  Secrets one(entropy), other(entropy);
  EXPECT_EQ(one.bytes<16>(SecretPurpose::token_key), other.bytes<16>(SecretPurpose::token_key));
  EXPECT_EQ(one.number(SecretPurpose::question), other.number(SecretPurpose::question));
}

TEST(Secrets, NothingIsDrawnTwice) {
  Secrets secrets(test::draw_of(3).entropy);
  std::set<std::uint64_t> all;
  for (int i = 0; i < 1000; ++i) all.insert(secrets.number(SecretPurpose::question));
  EXPECT_EQ(all.size(), 1000u);
}

TEST(Secrets, TheEntropyOfAPartIsNoValueOfTheWhole) {
  Secrets secrets(test::draw_of(3).entropy);
  const Entropy part = secrets.part(SecretPurpose::replica);
  EXPECT_NE(part.bytes, test::draw_of(3).entropy.bytes);
  EXPECT_NE(draw_secret(part, SecretPurpose::store_id, 1),
            draw_secret(test::draw_of(3).entropy, SecretPurpose::store_id, 1));
}

}  // namespace
}  // namespace swarm
