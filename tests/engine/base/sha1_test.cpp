// The examples of FIPS 180 for SHA-1, and that a context is as good as new after each hash.
#include "engine/base/sha1.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace swarm {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string hex_of(const Sha1Digest& digest) {
  return to_hex(digest.bytes);
}

const std::vector<std::uint8_t> million(1'000'000, 'a');
const std::string hash_of_million = "34aa973cd4c4daa4f61eeb2bdbad27316534016f";
const std::string hash_of_nothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

TEST(Sha1, KnownHashes) {
  EXPECT_EQ(hex_of(sha1({})), hash_of_nothing);
  EXPECT_EQ(hex_of(sha1(bytes_of("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_of(sha1(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex_of(sha1(million)), hash_of_million);
}

TEST(Sha1, PartsOfAnySizeAreTheWhole) {
  for (const std::size_t size : {1U, 63U, 64U, 65U, 1408U, 999'999U}) {
    Sha1 hash;
    for (Bytes left = million; !left.empty();) {
      const auto part = left.first(std::min(size, left.size()));
      hash.add(part);
      left = left.subspan(part.size());
    }
    EXPECT_EQ(hex_of(hash.finish()), hash_of_million);
  }
}

TEST(Sha1, BeginsAnewAfterEachHash) {
  Sha1 hash;
  hash.add(bytes_of("something else"));
  hash.finish();
  EXPECT_EQ(hex_of(hash.finish()), hash_of_nothing);
  hash.add(million);
  EXPECT_EQ(hex_of(hash.finish()), hash_of_million);
}

TEST(Sha1, GoesOnWhereItWasMovedTo) {
  Sha1 first;
  first.add(bytes_of("a"));
  Sha1 second = std::move(first);
  second.add(bytes_of("bc"));
  EXPECT_EQ(second.finish(), sha1(bytes_of("abc")));
}

TEST(Sha1, TwoAtATimeDoNotMeet) {
  Sha1 one, other;
  one.add(bytes_of("ab"));
  other.add(bytes_of("xyz"));
  EXPECT_EQ(hex_of(sha1({})), hash_of_nothing);
  one.add(bytes_of("c"));
  EXPECT_EQ(one.finish(), sha1(bytes_of("abc")));
  EXPECT_EQ(other.finish(), sha1(bytes_of("xyz")));
}

}  // namespace
}  // namespace swarm
