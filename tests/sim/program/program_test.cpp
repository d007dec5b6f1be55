#include "transport/sim/program/program.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace swarm::sim {
namespace {

namespace fs = std::filesystem;

constexpr auto good = R"(name: kill the master
runs: 2
duration: 2s
swarm: { trackers: 3, peers: 3 }
timeline:
  - { at: 1s, kill: master, for: 300ms }
expect:
  - { after: kill, first_answer: 500ms }
)";

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              (std::string("swarm-sim-") + test->name() + "-" + std::to_string(getpid()));
    fs::create_directories(folder_);
    write("good.yaml", good);
  }
  ~ProgramTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  int program(const std::vector<std::string>& arguments) {
    out_.str(""), messages_.str("");
    return run_program(arguments, out_, messages_, {}, interrupted_);
  }

  fs::path folder_;
  std::ostringstream out_, messages_;
  std::atomic<bool> interrupted_{false};
};

TEST_F(ProgramTest, RunWritesTheReportAndPrintsATable) {
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", path("out"), "--trace"}), 0)
      << out_.str() << messages_.str();
  EXPECT_NE(out_.str().find("2 of 2 runs passed"), std::string::npos);
  const auto summary = nlohmann::json::parse(read("out/summary.json"));
  EXPECT_EQ(summary["passed"], 2);
  EXPECT_NE(read("out/failover.csv").find("\n2,2,kill,1000.000000,"), std::string::npos);
  EXPECT_NE(read("out/timeline.csv").find("role,t1,"), std::string::npos);
  EXPECT_NE(read("out/trace.jsonl").find("\"event\":\"election_won\""), std::string::npos);
}

TEST_F(ProgramTest, SeedAndRunsOfTheCommandLineWin) {
  EXPECT_EQ(
      program({"run", path("good.yaml"), "-o", path("out"), "--seed", "77", "--runs=1", "--json"}),
      0);
  const auto summary = nlohmann::json::parse(out_.str());
  EXPECT_EQ(summary["seed"], 77);
  EXPECT_EQ(summary["runs"], 1);
}

TEST_F(ProgramTest, QuietSaysNothing) {
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", path("out"), "--quiet"}), 0);
  EXPECT_EQ(out_.str() + messages_.str(), "");
}

TEST_F(ProgramTest, AFailureEndsWithTheCommandThatShowsItAgain) {
  write("bad.yaml", std::string(good) + "  - { after: kill, no_master: 100ms }\n");
  EXPECT_EQ(program({"run", path("bad.yaml"), "-o", path("out")}), 1);
  const std::string last = "swarm-sim run " + path("bad.yaml") + " --seed 1 --runs 1 --trace -o " +
                           path("out/seed-1") + "\n";
  EXPECT_TRUE(out_.str().ends_with(last)) << out_.str();
}

TEST_F(ProgramTest, TheCommandOfAFailedSweepShowsItAgain) {
  write("bad one.yaml", std::string(good) + "  - { after: kill, no_master: 100ms }\n");
  EXPECT_EQ(program({"sweep", path("bad one.yaml"), "--vary", "tracker.keep_alive=5ms", "--seed",
                     "7", "-o", path("out"), "--runs", "1"}),
            1);
  const std::string last = "swarm-sim sweep '" + path("bad one.yaml") +
                           "' --vary tracker.keep_alive=5ms --seed 7 --runs 1 --trace -o " +
                           path("out/tracker.keep_alive=5ms/seed-7") + "\n";
  EXPECT_TRUE(out_.str().ends_with(last)) << out_.str();
}

TEST_F(ProgramTest, JsonOfSeveralIsOneArray) {
  write("second.yaml", good);
  EXPECT_EQ(program({"run", path("good.yaml"), path("second.yaml"), "-o", path("out"), "--json",
                     "--runs", "1"}),
            0);
  auto array = nlohmann::json::parse(out_.str());
  ASSERT_EQ(array.size(), 2u);
  EXPECT_EQ(array[1]["file"], path("second.yaml"));
  EXPECT_EQ(program({"sweep", path("good.yaml"), "--vary", "tracker.keep_alive=5ms,10ms", "--json",
                     "-o", path("out"), "--runs", "1"}),
            0);
  array = nlohmann::json::parse(out_.str());
  ASSERT_EQ(array.size(), 2u);
  EXPECT_EQ(array[0]["runs"], 1);
}

TEST_F(ProgramTest, ResultsAreNotWrittenOverEachOther) {
  fs::create_directories(folder_ / "other");
  write("other/good.yaml", good);
  EXPECT_EQ(program({"run", path("good.yaml"), path("other/good.yaml"), "-o", path("out")}), 2);
  EXPECT_NE(messages_.str().find("would both write to"), std::string::npos) << messages_.str();
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  EXPECT_EQ(program({"sweep", path("good.yaml"), "-o", path("out"), "--vary",
                     "tracker.keep_alive=5ms,5ms"}),
            2);
  EXPECT_NE(messages_.str().find("has 5ms twice"), std::string::npos) << messages_.str();
}

TEST_F(ProgramTest, AFolderThatCannotBeMadeIsOneSentence) {
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", "/proc/x", "--quiet"}), 2);
  EXPECT_EQ(messages_.str().rfind("swarm-sim: the folder /proc/x cannot be made: ", 0), 0u)
      << messages_.str();
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", path("good.yaml"), "--quiet"}), 2);
  EXPECT_NE(messages_.str().find("cannot be made"), std::string::npos) << messages_.str();
}

// Nobody waits for a thousand runs to hear of it.
TEST_F(ProgramTest, AFolderThatCannotBeWrittenToIsNoticedBeforeTheRuns) {
  const auto refused = "swarm-sim: the folder /proc/self cannot be written to\n";
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", "/proc/self"}), 2);
  EXPECT_EQ(messages_.str(), refused);
  EXPECT_EQ(program({"storm", "--seeds", "1", "--runs", "1", "-o", "/proc/self"}), 2);
  EXPECT_EQ(messages_.str(), refused);
  EXPECT_EQ(program({"storm", "--seeds", "1", "--runs", "1", "-o", path("good.yaml")}), 2);
  EXPECT_NE(messages_.str().find("cannot be made"), std::string::npos) << messages_.str();
}

TEST_F(ProgramTest, StormsThatPassLeaveNothingBehind) {
  EXPECT_EQ(program({"storm", "--seeds", "1", "--runs", "1", "-o", path("storms/here"), "-q"}), 0)
      << messages_.str();
  EXPECT_FALSE(fs::exists(path("storms")));
  fs::create_directories(path("mine"));
  EXPECT_EQ(program({"storm", "--seeds", "1", "--runs", "1", "-o", path("mine")}), 0);
  EXPECT_TRUE(fs::is_empty(path("mine")));
  EXPECT_NE(out_.str().find("1 of 1 passed\n"), std::string::npos) << out_.str();
  EXPECT_EQ(out_.str().find("swarm-sim storm"), std::string::npos) << out_.str();
}

TEST_F(ProgramTest, HelpSaysWhatStormMakesOfItsOptions) {
  EXPECT_EQ(program({"storm", "--help"}), 0);
  std::istringstream words(out_.str());
  std::string text;  // in one line
  for (std::string word; words >> word;) text += word + ' ';
  EXPECT_NE(text.find("storm: of each scenario (default: 4)"), std::string::npos) << text;
  EXPECT_NE(text.find("storm: where scenarios that fail are written"), std::string::npos) << text;
}

TEST_F(ProgramTest, AFaultWithoutAnElectionIsSaidToHaveHadNone) {
  write("slave.yaml",
        "duration: 2s\ntimeline:\n  - { at: 1s, kill: any-slave, for: 100ms }\n"
        "expect:\n  - { after: kill, first_answer: 100ms }\n");
  EXPECT_EQ(program({"run", path("slave.yaml"), "-o", path("out")}), 0) << messages_.str();
  EXPECT_NE(out_.str().find("1 without a suspicion\n"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("1 not measured: without a suspicion\n"), std::string::npos)
      << out_.str();
}

TEST_F(ProgramTest, ANetworkThatIsTooWideForTheSettingsIsTold) {
  write("wide.yaml", "runs: 1\nduration: 1s\nswarm: { trackers: 3 }\nnetwork: { latency: 80ms }\n");
  EXPECT_EQ(program({"check", path("wide.yaml")}), 0);
  EXPECT_NE(messages_.str().find("wide.yaml: a round trip takes 160ms"), std::string::npos);
  EXPECT_EQ(program({"run", path("wide.yaml"), "-o", path("out")}), 0) << messages_.str();
  EXPECT_NE(messages_.str().find("wide.yaml: a round trip takes 160ms"), std::string::npos);
  EXPECT_EQ(program({"check", path("wide.yaml"), "--quiet"}), 0);
  EXPECT_EQ(messages_.str(), "");
}

TEST_F(ProgramTest, NumbersAreDigitsWithinBounds) {
  for (const char* option : {"--seed", "--runs", "--jobs"})
    for (const char* number : {"-1", "+1", "99999999999999999999999", "1e3", " 1", ""}) {
      EXPECT_EQ(program({"run", path("good.yaml"), std::string(option) + "=" + number}), 2);
      EXPECT_NE(messages_.str().find(option), std::string::npos) << messages_.str();
      EXPECT_EQ(out_.str(), "");
      EXPECT_EQ(program({"run", path("good.yaml"), option, number}), 2);
      EXPECT_NE(messages_.str().find(option), std::string::npos) << messages_.str();
    }
  EXPECT_EQ(program({"run", path("good.yaml"), "--runs", "4000000000"}), 2);
  EXPECT_EQ(program({"run", path("good.yaml"), "--jobs", "4000000000"}), 2);
}

TEST_F(ProgramTest, AnUnknownOptionIsToldWithTheOneThatWasMeant) {
  EXPECT_EQ(program({"run", path("good.yaml"), "--sede", "4"}), 2);
  EXPECT_NE(messages_.str().find("did you mean `--seed`?"), std::string::npos) << messages_.str();
  EXPECT_NE(messages_.str().find("--help"), std::string::npos) << messages_.str();
}

TEST_F(ProgramTest, WhatCouldNotHappenIsAWarning) {
  write("nobody.yaml",
        "duration: 3s\ntimeline:\n  - { at: 1s, crash: t2 }\n  - { at: 2s, kill: t2 }\n");
  EXPECT_EQ(program({"run", path("nobody.yaml"), "-o", path("out")}), 0);
  EXPECT_NE(messages_.str().find("did not happen in 1 of 1 run: t2 was down"), std::string::npos)
      << messages_.str();
}

TEST_F(ProgramTest, OutputThatIsNotTakenIsNoSuccess) {
  std::ofstream full("/dev/full");
  EXPECT_EQ(run_program({"--help"}, full, messages_, {}, interrupted_), 2);
  EXPECT_NE(messages_.str().find("cannot be written"), std::string::npos);
}

TEST_F(ProgramTest, ADumbTerminalGetsNoEscapes) {
  const char* const term = std::getenv("TERM");
  const std::string before = term != nullptr ? term : "";
  const auto escapes = [&] {
    out_.str(""), messages_.str("");
    run_program({"run", path("good.yaml"), "-o", path("out")}, out_, messages_, {true, true},
                interrupted_);
    return (out_.str() + messages_.str()).find('\x1b') != std::string::npos;
  };
  unsetenv("NO_COLOR");
  setenv("TERM", "xterm", 1);
  EXPECT_TRUE(escapes());
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(escapes());
  term != nullptr ? setenv("TERM", before.c_str(), 1) : unsetenv("TERM");
}

TEST_F(ProgramTest, InterruptedIsInconclusiveAndSaidToBePartial) {
  interrupted_ = true;
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", path("out")}), 3);
  EXPECT_NE(messages_.str().find("partial"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(read("out/summary.json"))["partial"], true);
}

TEST_F(ProgramTest, SweepMakesAFolderForEachValue) {
  EXPECT_EQ(program({"sweep", path("good.yaml"), "--vary", "tracker.keep_alive=5ms,10ms", "--runs",
                     "1", "-o", path("sweep")}),
            0)
      << messages_.str();
  EXPECT_TRUE(fs::exists(folder_ / "sweep/tracker.keep_alive=5ms/summary.json"));
  EXPECT_EQ(read("sweep/sweep.csv"),
            "key,value,folder\n"
            "tracker.keep_alive,5ms,tracker.keep_alive=5ms\n"
            "tracker.keep_alive,10ms,tracker.keep_alive=10ms\n");
}

TEST_F(ProgramTest, CheckSaysWhatIsWrongAndWhere) {
  write("bad.yaml", "name: x\nduraton: 5s\n");
  EXPECT_EQ(program({"check", path("good.yaml")}), 0);
  EXPECT_EQ(program({"check", path("bad.yaml"), path("good.yaml")}), 2);
  EXPECT_NE(messages_.str().find("bad.yaml:2:1: "), std::string::npos) << messages_.str();
  EXPECT_NE(out_.str().find("good.yaml: fine"), std::string::npos);
}

TEST_F(ProgramTest, PlotPrintsTheDistributionInATerminal) {
  EXPECT_EQ(program({"run", path("good.yaml"), "-o", path("out"), "--quiet"}), 0);
  EXPECT_EQ(program({"plot", "--plot=ascii", path("out")}), 0) << messages_.str();
  EXPECT_NE(out_.str().find(" 100 % |"), std::string::npos) << out_.str();
  EXPECT_FALSE(fs::exists(folder_ / "out/service-gap-cdf.gp"));
  EXPECT_EQ(program({"plot", "--plot=braille", path("out")}), 2);
}

TEST_F(ProgramTest, HelpLeadsWithExamples) {
  EXPECT_EQ(program({"--help"}), 0);
  EXPECT_LT(out_.str().find("Examples:"), out_.str().find("Options:"));
}

TEST_F(ProgramTest, HelpNamesTheFilesOfARun) {
  EXPECT_EQ(program({"--help"}), 0);
  for (const auto* file :
       {"summary.json", "failover.csv", "timeline.csv", "peers.csv", "clients.csv"})
    EXPECT_NE(out_.str().find(file), std::string::npos) << file;
}

TEST_F(ProgramTest, AnUnknownOptionIsRefusedWithTheNearestOne) {
  EXPECT_EQ(program({"run", "x.yaml", "--sede", "4"}), 2);
  EXPECT_EQ(messages_.str(),
            "swarm-sim: there is no option --sede, did you mean `--seed`? (see swarm-sim "
            "--help)\n");
}

// One sentence on the messages, nothing on the results.
class BadUsage : public ProgramTest,
                 public testing::WithParamInterface<std::vector<std::string>> {};
TEST_P(BadUsage, IsOneSentenceAndExitCode2) {
  EXPECT_EQ(program(GetParam()), 2);
  EXPECT_EQ(out_.str(), "");
  const std::string text = messages_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}
INSTANTIATE_TEST_SUITE_P(
    Program, BadUsage,
    testing::Values(std::vector<std::string>{}, std::vector<std::string>{"fly"},
                    std::vector<std::string>{"run"}, std::vector<std::string>{"plot"},
                    std::vector<std::string>{"run", "no-such-file.yaml"},
                    std::vector<std::string>{"run", "x.yaml", "--nonsense"},
                    std::vector<std::string>{"run", "x.yaml", "--see", "4"},  // no guessing
                    std::vector<std::string>{"run", "x.yaml", "--seed", "four"},
                    std::vector<std::string>{"run", "x.yaml", "--runs", "0"},
                    std::vector<std::string>{"run", "x.yaml", "--vary", "a=b"},
                    std::vector<std::string>{"check", "x.yaml", "--seed", "4"},
                    std::vector<std::string>{"sweep", "x.yaml"},
                    std::vector<std::string>{"plot", "/no/such/folder"}));

}  // namespace
}  // namespace swarm::sim
