#include "transport/udp/system/logger.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Both ends of something that can be written to; the first one is read.
class Ends {
 public:
  using Make = int (*)(int (&)[2]);
  explicit Ends(Make make) {
    if (make(ends_) != 0) throw std::runtime_error("no descriptors");
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~Ends() {
    close_reading();
    ::close(ends_[1]);
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  int writing() const { return ends_[1]; }
  void close_reading() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  // What one read gives; of a pair of packets: what one write wrote.
  std::string take() {
    std::string text(1 << 17, '\0');
    const auto size = ::read(ends_[0], text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  int ends_[2]{-1, -1};
};

int packets(int (&ends)[2]) {
  return ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
}
int terminal(int (&ends)[2]) {
  return ::openpty(&ends[0], &ends[1], nullptr, nullptr, nullptr);
}
int small_pipe(int (&ends)[2]) {
  return ::pipe(ends) == 0 && ::fcntl(ends[1], F_SETPIPE_SZ, 8192) > 0 ? 0 : -1;
}

// A variable of the environment, as long as the object lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(Logger, TextHasTimeLevelNameSentenceAndFields) {
  Ends ends(packets);
  Logger logger(LogLevel::info, LogFormat::text, "t1", ends.writing());
  logger.write(LogLevel::notice, "serves in term 3", {{"term", "3"}, {"why", "it was elected"}});
  EXPECT_THAT(ends.take(),
              ContainsRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} "
                            "notice  t1: serves in term 3 term=3 why=\"it was elected\"\n$"));
}

TEST(Logger, ALevelHidesWhatIsBelowIt) {
  Ends ends(packets);
  Logger logger(LogLevel::notice, LogFormat::text, "t1", ends.writing());
  EXPECT_TRUE(logger.wants(LogLevel::error));
  EXPECT_FALSE(logger.wants(LogLevel::info));
  logger.info("no");
  EXPECT_EQ(ends.take(), "");
  logger.set_level(LogLevel::info);
  logger.info("yes");
  EXPECT_THAT(ends.take(), EndsWith("yes\n"));
}

TEST(Logger, TheJournalGetsPrioritiesAndNoTime) {
  Ends ends(packets);
  Logger logger(LogLevel::debug, LogFormat::journal, "t1", ends.writing());
  logger.error("a");
  EXPECT_EQ(ends.take(), "<3>t1: a\n");
  logger.warning("a");
  EXPECT_EQ(ends.take(), "<4>t1: a\n");
  logger.notice("a");
  EXPECT_EQ(ends.take(), "<5>t1: a\n");
  logger.info("a");
  EXPECT_EQ(ends.take(), "<6>t1: a\n");
  logger.debug("a");
  EXPECT_EQ(ends.take(), "<7>t1: a\n");
}

TEST(Logger, AutomaticKnowsTheJournalByItsStream) {
  Ends ends(packets), others(packets);
  struct stat file {};
  ASSERT_EQ(::fstat(ends.writing(), &file), 0);
  const Variable stream("JOURNAL_STREAM",
                        (std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino)).c_str());
  EXPECT_EQ(Logger(LogLevel::info, LogFormat::automatic, "t1", ends.writing()).format(),
            LogFormat::journal);
  EXPECT_EQ(Logger(LogLevel::info, LogFormat::automatic, "t1", others.writing()).format(),
            LogFormat::text);
  EXPECT_EQ(Logger(LogLevel::info, LogFormat::json, "t1", ends.writing()).format(),
            LogFormat::json);
}

TEST(Logger, JsonIsAnObjectOnOneLine) {
  Ends ends(packets);
  Logger logger(LogLevel::info, LogFormat::json, "t1", ends.writing());
  const auto before = boot_clock_now().time_since_epoch();
  logger.write(LogLevel::warning, "a \"quoted\"\nline \x1b[31m\xff", {{"term", "3"}});
  const auto after = boot_clock_now().time_since_epoch();
  const std::string line = ends.take();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_THAT(json["time"].get<std::string>(),
              ContainsRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z$"));
  using Milliseconds = std::chrono::duration<double, std::milli>;
  EXPECT_GE(json["boot_ms"].get<double>(), Milliseconds(before).count() - 0.001);
  EXPECT_LE(json["boot_ms"].get<double>(), Milliseconds(after).count() + 0.001);
  EXPECT_EQ(json["level"], "warning");
  EXPECT_EQ(json["name"], "t1");
  EXPECT_EQ(json["pid"], ::getpid());
  EXPECT_THAT(json["message"].get<std::string>(), StartsWith("a \"quoted\"\nline \x1b[31m"));
  EXPECT_EQ(json["term"], "3");
}

TEST(Logger, WhateverTheSentenceHoldsItStaysOneLine) {
  Ends ends(packets);
  Logger logger(LogLevel::info, LogFormat::journal, "t1", ends.writing());
  logger.write(LogLevel::info, "a\nb\r\x1b[31m\x7f", {{"key", "x\n<3>y \"z\""}});
  EXPECT_EQ(ends.take(), "<6>t1: a\\nb\\x0d\\x1b[31m\\x7f key=\"x\\n<3>y \\\"z\\\"\"\n");
}

TEST(Logger, AMonsterOfALineIsCutAndStillOneLine) {
  for (const LogFormat format : {LogFormat::text, LogFormat::journal, LogFormat::json}) {
    Ends ends(packets);
    Logger logger(LogLevel::info, format, "t1", ends.writing());
    logger.write(LogLevel::info, std::string(100'000, '\x01'), {{"key", std::string(9999, 'x')}});
    const std::string line = ends.take();
    EXPECT_LE(line.size(), 4096u);
    EXPECT_THAT(line, HasSubstr("..."));
    EXPECT_THAT(line, EndsWith("\n"));
    if (format == LogFormat::json) {
      EXPECT_TRUE(nlohmann::json::accept(line));
    }
  }
}

TEST(Logger, ColoursAreForTerminalsThatWantThem) {
  const Variable kind("TERM", "xterm");
  const auto line = [] {
    Ends ends(terminal);
    Logger logger(LogLevel::info, LogFormat::text, "t1", ends.writing());
    logger.error("a");
    return ends.take();
  };
  {
    const Variable colours("NO_COLOR", nullptr);
    EXPECT_THAT(line(), HasSubstr("\x1b[31merror"));
    const Variable dumb("TERM", "dumb");
    EXPECT_THAT(line(), Not(HasSubstr("\x1b")));
  }
  const Variable colours("NO_COLOR", "1");
  EXPECT_THAT(line(), Not(HasSubstr("\x1b")));
}

TEST(Logger, AFullPipeBlocksNobodyAndTheLostLinesAreCounted) {
  Ends ends(small_pipe);
  Logger logger(LogLevel::info, LogFormat::journal, "t1", ends.writing());
  const std::string pages(8192, 'x');
  ASSERT_EQ(::write(ends.writing(), pages.data(), pages.size()), 8192);
  logger.info("first");
  logger.info("second");
  EXPECT_EQ(ends.take(), pages);
  logger.info("third");
  EXPECT_EQ(ends.take(),
            "<4>t1: 2 lines before this one were lost, nobody took them\n<6>t1: third\n");
  logger.info("fourth");
  EXPECT_EQ(ends.take(), "<6>t1: fourth\n");
  ASSERT_EQ(::write(ends.writing(), pages.data(), pages.size()), 8192);
  logger.info("fifth");
  EXPECT_EQ(ends.take(), pages);
  logger.info("sixth");
  EXPECT_EQ(ends.take(), "<4>t1: 1 line before this one was lost, nobody took it\n<6>t1: sixth\n");
}

TEST(Logger, NobodyWhoReadsIsNoError) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Ends ends(small_pipe);
  ends.close_reading();
  Logger logger(LogLevel::info, LogFormat::text, "t1", ends.writing());
  logger.error("a");
  std::signal(SIGPIPE, before);
  Logger closed(LogLevel::info, LogFormat::text, "t1", -1);
  closed.error("a");
}

}  // namespace
}  // namespace swarm::udp
