#include "engine/base/did_you_mean.hpp"

#include <gtest/gtest.h>

namespace swarm {
namespace {

TEST(DidYouMean, OneSlipInThreeLettersIsForgiven) {
  const std::vector<std::string_view> words{"crash", "keep_alive", "probe", "master"};
  EXPECT_EQ(did_you_mean("crsh", words), ", did you mean `crash`?");
  EXPECT_EQ(did_you_mean("mster", words), ", did you mean `master`?");
  EXPECT_EQ(did_you_mean("maset", words), ", known are crash, keep_alive, probe, master");
  EXPECT_EQ(did_you_mean("Keep-Alve", words), ", did you mean `keep_alive`?");
}

// Three letters of seven are another word.
TEST(DidYouMean, AnotherWordIsNotSuggested) {
  EXPECT_EQ(did_you_mean("promise", {"probe", "name", "seed"}), ", known are probe, name, seed");
  EXPECT_EQ(did_you_mean("", {"a", "b"}), ", known are a, b");
}

TEST(DidYouMean, OfManyWordsNoneIsListed) {
  const std::vector<std::string_view> many(13, "word");
  EXPECT_EQ(did_you_mean("something", many), "");
}

}  // namespace
}  // namespace swarm
