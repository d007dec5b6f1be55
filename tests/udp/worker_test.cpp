#include "transport/udp/worker.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/udp/worker_fixture.hpp"

namespace swarm::udp {
namespace {

TEST_F(WorkerTest, GoesOnWithWhatItHasWhenAReloadFailsHowever) {
  start([this, time = 0]() mutable {
    if (++time == 1) throw std::runtime_error("no file can be opened");
    return configuration("max-contents = 7");
  });
  ASSERT_NE(await("speaks to trackers"), "");
  ::kill(worker_, SIGHUP);
  EXPECT_THAT(await("reloaded"), testing::EndsWith("not reloaded, the old configuration stays: "
                                                   "no file can be opened"));
  ::kill(worker_, SIGHUP);
  EXPECT_THAT(await("reloaded"), testing::EndsWith("max-contents: 1000000 becomes 7"));
  ::kill(worker_, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(WorkerTest, AListOfContentsIsReadAgainAndABadOneKeepsTheOld) {
  const auto list = folder_ / "list";
  const auto write = [&](const std::string& text) { std::ofstream(list) << text; };
  const std::string ones(40, '1'), twos(40, '2');
  write(fmt::format("{}\n", ones));
  start([this, list] { return configuration("deny-list = " + list); }, "deny-list = " + list);
  ASSERT_NE(await("speaks to trackers"), "");
  write("no hash\n");
  ::kill(worker_, SIGHUP);
  EXPECT_THAT(await("reloaded"),
              testing::HasSubstr("the old configuration stays: " + list + ":1: `no hash` is no"));
  write(fmt::format("{}\n{}\n", ones, twos));
  ::kill(worker_, SIGHUP);
  EXPECT_THAT(await("reloaded"),
              testing::EndsWith("all but the contents of the deny-list are tracked, 2 in all"));
}

TEST_F(WorkerTest, SaysWhereItIsHeard) {
  const auto port = std::to_string(20'000 + ::getpid() % 12'000);
  start([this] { return configuration(); }, fmt::format("peers-address6 = ::1\npeers-port = {}\n"
                                                        "announce-http-address = [::1]:{}\n",
                                                        port, port));
  EXPECT_THAT(await("speaks to trackers"),
              testing::EndsWith(fmt::format(":{0}, [::1]:{0}, http://[::1]:{0}", port)));
}

}  // namespace
}  // namespace swarm::udp
