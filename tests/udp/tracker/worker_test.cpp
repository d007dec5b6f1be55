#include "transport/udp/tracker/worker.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>

#include "tests/udp/tracker/worker_fixture.hpp"
#include "transport/udp/tracker/store_files.hpp"

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

// What it reads lies on a mount that hangs.
TEST_F(WorkerTest, AReloadThatNeverEndsHoldsUpNoStop) {
  start([]() -> Configuration {
    constexpr std::string_view line = "reads now\n";
    EXPECT_EQ(::write(STDERR_FILENO, line.data(), line.size()), ssize_t{line.size()});
    for (;;) ::pause();
  });
  ASSERT_NE(await("speaks to trackers"), "");
  ::kill(worker_, SIGHUP);
  ASSERT_NE(await("reads now"), "");
  ::kill(worker_, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(WorkerTest, AContactMayBeAName) {
  const int other = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(other, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto port = ntohs(address.sin_port);
  start([this] { return configuration(); },
        fmt::format("first-start = join\ncontact = localhost:{}\n", port));
  EXPECT_THAT(await("contact localhost"),
              testing::EndsWith(fmt::format("it is 127.0.0.1:{}", port)));
  pollfd heard{other, POLLIN, 0};
  EXPECT_EQ(::poll(&heard, 1, 20'000), 1) << "it is asked for the swarm";
  ::close(other);
}

TEST_F(WorkerTest, SaysWhereItIsHeard) {
  const auto port = std::to_string(20'000 + ::getpid() % 12'000);
  start([this] { return configuration(); }, fmt::format("peers-address6 = ::1\npeers-port = {}\n"
                                                        "announce-http-address = [::1]:{}\n",
                                                        port, port));
  EXPECT_THAT(await("speaks to trackers"),
              testing::EndsWith(fmt::format(":{0}, [::1]:{0}, http://[::1]:{0}", port)));
}

// All goes as configured: one line, without what an operator would have to do; and it says what it
// waits for from then on.
TEST_F(WorkerTest, OneThatRejoinsByItselfSaysSoInOneLine) {
  const std::filesystem::path data = folder_ / "data";
  std::filesystem::create_directory(data);
  {
    StoreFiles files(data, [number = 0]() mutable { return static_cast<std::uint64_t>(++number); });
    db::Ballot ballot = files.ballot();
    ballot.cluster = {77};
    ballot.member = {2};
    files.ballot_db().write(ballot);
  }
  std::filesystem::resize_file(data / "tracker.db", 0);
  start([this] { return configuration(); }, "rejoin-when-damaged = yes");
  const auto line = await("");
  EXPECT_THAT(line, testing::AllOf(testing::HasSubstr(" notice "),
                                   testing::HasSubstr("tracker.db is empty; rejoin-when-damaged: "
                                                      "its files are now in " +
                                                      (data / "damaged-").string()),
                                   testing::EndsWith(", and this instance joins anew")));
  EXPECT_THAT(line, testing::Not(testing::HasSubstr("move the data directory")));
  EXPECT_THAT(await("waits for"), testing::HasSubstr("has asked to join"));
}

}  // namespace
}  // namespace swarm::udp
