#include "engine/wire/seal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "engine/wire/cluster_protocol.hpp"

namespace swarm {
namespace {

using wire::Cipher;
using wire::Seal;
using Purpose = Seal::Purpose;

const Secret secret{1, 2, 3};
constexpr std::size_t clear = 8, from = clear + Seal::nonce_size;

std::vector<std::uint8_t> sealed(const Seal& seal, Purpose purpose, std::string_view text,
                                 std::uint8_t nonce = 7) {
  std::vector<std::uint8_t> datagram(from, nonce);
  datagram.insert(datagram.end(), text.begin(), text.end());
  seal.close(purpose, datagram, from);
  return datagram;
}
std::optional<std::string> opened(const Seal& seal, Purpose purpose, Bytes datagram) {
  std::vector<std::uint8_t> plain;
  const auto bytes = seal.open(purpose, datagram, from, plain);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

class SealTest : public testing::TestWithParam<Cipher> {
 protected:
  const Seal seal{secret, GetParam()};
};

TEST_P(SealTest, WhatIsSealedIsOpened) {
  for (const std::string text : {"", "a",
                                 "a longer text, of more than one block of the cipher, "
                                 "so that its counter moves on"}) {
    const auto datagram = sealed(seal, Purpose::member, text);
    EXPECT_EQ(datagram.size(), from + text.size() + Seal::tag_size);
    EXPECT_EQ(opened(seal, Purpose::member, datagram), text);
  }
}

TEST_P(SealTest, NoBitCanBeChanged) {
  const auto good = sealed(seal, Purpose::member, "what a member says");
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto bytes = good;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
    ASSERT_EQ(opened(seal, Purpose::member, bytes), std::nullopt) << bit;
  }
}

TEST_P(SealTest, NoByteCanBeCutOffOrAdded) {
  const auto good = sealed(seal, Purpose::member, "what a member says");
  for (std::size_t size = from + Seal::tag_size; size < good.size(); ++size)
    ASSERT_EQ(opened(seal, Purpose::member, Bytes(good).first(size)), std::nullopt) << size;
  auto longer = good;
  longer.push_back(0);
  EXPECT_EQ(opened(seal, Purpose::member, longer), std::nullopt);
}

TEST_P(SealTest, TwoDatagramsCannotBeSpliced) {
  const auto one = sealed(seal, Purpose::member, "what a member says", 1);
  const auto other = sealed(seal, Purpose::member, "what the other says", 2);
  for (std::size_t at = 1; at < one.size(); ++at) {
    auto spliced = one;
    std::copy(other.begin(), other.begin() + static_cast<std::ptrdiff_t>(at), spliced.begin());
    ASSERT_EQ(opened(seal, Purpose::member, spliced), std::nullopt) << at;
  }
}

TEST_P(SealTest, APurposeHasAKeyOfItsOwn) {
  EXPECT_EQ(opened(seal, Purpose::death, sealed(seal, Purpose::member, "x")), std::nullopt);
  EXPECT_EQ(opened(seal, Purpose::member, sealed(seal, Purpose::death, "x")), std::nullopt);
}

TEST_P(SealTest, ASwarmHasAKeyOfItsOwn) {
  const Seal other({1, 2, 4}, GetParam());
  EXPECT_EQ(opened(seal, Purpose::member, sealed(other, Purpose::member, "x")), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Ciphers, SealTest,
                         testing::Values(Cipher::xchacha20_poly1305, Cipher::siphash));

TEST(Seal, NobodyReadsWhatIsEncrypted) {
  const std::string text(64, 'x');
  const auto datagram = sealed({secret, Cipher::xchacha20_poly1305}, Purpose::member, text);
  const auto again = sealed({secret, Cipher::xchacha20_poly1305}, Purpose::member, text, 8);
  const std::string_view bytes(reinterpret_cast<const char*>(datagram.data()), datagram.size());
  EXPECT_EQ(bytes.find("xxxx"), bytes.npos);
  EXPECT_FALSE(std::equal(datagram.begin() + from, datagram.end(), again.begin() + from))
      << "another nonce gives other bytes";
}

// Computed by libsodium alone, with this key, purpose and nonce. Releases that seal otherwise could
// not talk to each other.
TEST(Seal, TheBytesAreThoseOfTheRelease) {
  const Seal seal(secret, Cipher::xchacha20_poly1305);
  const auto after_nonce = [&](Purpose purpose) {
    const auto datagram = sealed(seal, purpose, "what a member says");
    return std::vector<std::uint8_t>(datagram.begin() + from, datagram.end());
  };
  EXPECT_EQ(after_nonce(Purpose::member),
            (std::vector<std::uint8_t>{0xcc, 0xe0, 0x7e, 0x45, 0x02, 0xc0, 0x1b, 0x43, 0x32,
                                       0x61, 0xf2, 0x43, 0x6d, 0x5f, 0x4a, 0xdf, 0x68, 0xb2,
                                       0x60, 0x89, 0x3c, 0x06, 0xfa, 0x3a, 0x3a, 0xed, 0x08,
                                       0x92, 0x8a, 0xad, 0x13, 0x36, 0xd8, 0x37}));
  EXPECT_EQ(after_nonce(Purpose::death),
            (std::vector<std::uint8_t>{0xca, 0xe6, 0xb1, 0x52, 0x1c, 0xb4, 0x09, 0x47, 0x71,
                                       0xa8, 0x24, 0x6e, 0x49, 0xf8, 0x24, 0xfd, 0xbd, 0x01,
                                       0x7b, 0x5d, 0x06, 0x14, 0xdf, 0x66, 0x64, 0x42, 0x1e,
                                       0x5e, 0x53, 0xde, 0x98, 0x7b, 0x45, 0x91}));
}

}  // namespace
}  // namespace swarm
