#include "transport/udp/tracker/worker_words.hpp"

#include <gtest/gtest.h>

namespace swarm::udp {
namespace {

TEST(WorkerWords, InALogSentencesAreOneLine) {
  EXPECT_EQ(in_one_line("a.conf:1: x\na.conf:2: y\na.conf:3: z"),
            "a.conf:1: x; a.conf:2: y; a.conf:3: z");
  EXPECT_EQ(in_one_line("one"), "one");
  EXPECT_EQ(in_one_line(""), "");
}

}  // namespace
}  // namespace swarm::udp
