#include "engine/wire/secret.hpp"

#include <gtest/gtest.h>

#include "engine/base/types.hpp"

namespace swarm::wire {
namespace {

TEST(SecretText, GivesTheSameKeyEverywhere) {
  // Of a swarm in use: it must not change with the program.
  EXPECT_EQ(to_hex(secret_from_text("a secret of three hosts")),
            "b452d4d66d0d11aeb16369c587d96a64");
}

TEST(SecretText, EveryByteCounts) {
  const auto key = secret_from_text("secret");
  for (const char* other : {"", "secre", "secret ", "secret\n", "Secret", "secrets"})
    EXPECT_NE(secret_from_text(other), key) << other;
  EXPECT_NE(secret_from_text(std::string_view("a\0b", 3)), secret_from_text("a"));
}

TEST(SecretText, NoTextIsTheKeyOfNoSecret) {
  EXPECT_NE(secret_from_text(""), Secret{});
}

}  // namespace
}  // namespace swarm::wire
