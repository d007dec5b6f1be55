#include "observe/plots/plots.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "observe/plots/plot_data.hpp"
#include "observe/plots/timeline_plot.hpp"

namespace swarm::observe {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Plots : public ::testing::Test {
 protected:
  Plots()
      : folder_(fs::temp_directory_path() /
                fmt::format("plots-{}-{}", ::getpid(),
                            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(folder_);
  }
  ~Plots() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  void write_failovers(const std::string& name, int n, double scale) const {
    std::string text = "run,seed,fault,at_ms,detection_ms,election_ms,service_ms\n";
    for (int i = 1; i <= n; ++i) {
      text += fmt::format("{},{},crash,5000,{},{},{}\n", i, 41 + i, scale * i / 2, scale * i / 4,
                          scale * i);
    }
    write(name + "/failover.csv", text);
  }
  void write_timeline(const std::string& name) const {
    write(name + "/timeline.csv",
          "kind,tracker,from_ms,to_ms,label,value\nrole,t1,0,5000,master,\n"
          "role,t1,5000,9000,down,\nrole,t2,0,5002,slave,\nrole,t2,5002,9000,master,\n"
          "fault,t1,5000,,power_loss {x}^2,\nanswers,,0,4500,,100\nanswers,,4500,9000,,90\n");
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> plot(const std::vector<std::string>& names,
                                const std::string& out = "") {
    std::vector<fs::path> folders;
    for (const auto& name : names) folders.push_back(folder_ / name);
    return plot_folders(folders, out.empty() ? fs::path() : folder_ / out, messages_);
  }

  fs::path folder_;
  std::ostringstream messages_;
};

void expect_drawn(const fs::path& folder, const std::string& name) {
  for (const auto* ending : {".svg", ".png", ".gp", ".csv"}) {
    const auto file = folder / (name + ending);
    ASSERT_TRUE(fs::exists(file)) << file;
    EXPECT_GT(fs::file_size(file), 50U) << file;
  }
}

TEST_F(Plots, ARunGivesADistributionATimelineAndItsFirstFault) {
  write_failovers("a", 100, 0.1);
  write_timeline("a");
  write("a/summary.json", R"({"scenario": "x_y", "seed": 42, "version": "0.1.0"})");
  const auto files = plot({"a"});
  EXPECT_EQ(files.size(), 12U);
  expect_drawn(folder_ / "a", "service-gap-cdf");
  expect_drawn(folder_ / "a", "timeline-run");
  expect_drawn(folder_ / "a", "timeline-first-fault");
  EXPECT_EQ(messages_.str(), "");
  const auto picture = read("a/service-gap-cdf.svg");
  EXPECT_THAT(picture, HasSubstr("Half of the failovers are over in 5.0 ms, 99 % in 9.9 ms"));
  EXPECT_THAT(picture, HasSubstr("n = 100, seeds 42–141"));
  EXPECT_THAT(picture, HasSubstr("scenario “x_y” · swarm-sim 0.1.0"));
  EXPECT_THAT(read("a/timeline-run.svg"), HasSubstr("power_loss {x}^2 t1"));
}

TEST_F(Plots, TheInputsAreNotOverwritten) {
  write_failovers("a", 3, 1);
  write_timeline("a");
  const auto failovers = read("a/failover.csv"), timeline = read("a/timeline.csv");
  plot({"a"});
  EXPECT_EQ(read("a/failover.csv"), failovers);
  EXPECT_EQ(read("a/timeline.csv"), timeline);
}

TEST_F(Plots, ASweepGivesACurveAndABoxPerValueInOrder) {
  for (const int ms : {25, 5, 10}) {
    write_failovers(fmt::format("s/tracker.keep_alive={}ms", ms), 100, ms);
  }
  plot({"s"}, "out");
  expect_drawn(folder_ / "out", "service-gap-cdf-by-keep_alive");
  expect_drawn(folder_ / "out", "service-gap-by-keep_alive");
  const auto csv = read("out/service-gap-cdf-by-keep_alive.csv");
  EXPECT_THAT(csv, HasSubstr("\n1,1,5 ms,"));
  EXPECT_THAT(csv, HasSubstr("\n1,2,10 ms,"));
  EXPECT_THAT(csv, HasSubstr("\n1,3,25 ms,"));
  EXPECT_THAT(read("out/service-gap-by-keep_alive.csv"),
              HasSubstr("\nbox,2,10 ms,10,250,500,750,990\n"));
}

TEST_F(Plots, TheOrderOfSweepCsvIsKept) {
  write_failovers("s/one", 2, 1);
  write_failovers("s/two", 2, 2);
  write("s/sweep.csv", "key,value,folder\nready,in-sync,two\nready,majority,one\n");
  plot({"s"});
  EXPECT_THAT(read("s/service-gap-cdf-by-ready.csv"), HasSubstr("\n1,1,in-sync,2,0\n"));
  write("s/sweep.csv", "key,value,folder\nready,in-sync,three\n");
  EXPECT_THROW(plot({"s"}), BadFile);
}

TEST_F(Plots, ARunAndASweepInOneFolderHaveAPictureEach) {
  write_failovers("s/tracker.promise=30ms", 20, 3);
  write_failovers("s/tracker.promise=50ms", 20, 5);
  write_failovers("s", 20, 1);
  const auto files = plot({"s"});
  EXPECT_EQ(std::set<std::string>(files.begin(), files.end()).size(), 12U);
  EXPECT_THAT(read("s/service-gap-cdf.csv"), HasSubstr("\n1,1,crash,20,100\n"));
  EXPECT_THAT(read("s/service-gap-cdf-by-promise.csv"), HasSubstr("\n1,2,50 ms,100,100\n"));
}

TEST_F(Plots, TwoFiguresOfOneNameAreRefusedBeforeAnythingIsWritten) {
  write_failovers("a/x/k=1", 2, 1);
  write_failovers("b/x/k=1", 2, 1);
  EXPECT_THROW(plot({"a/x", "b/x"}, "out"), std::runtime_error);
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(Plots, ASweepOfTwoKeysHasACurvePerCombination) {
  std::string index = "key,value,folder\n";
  int scale = 0;
  for (const std::string promise : {"30ms", "100ms"}) {
    for (const std::string loss : {"0%", "1%"}) {
      const auto name = fmt::format("tracker.promise={},network.loss={}", promise, loss);
      write_failovers("s/" + name, 20, ++scale);
      index += fmt::format("tracker.promise,\"{},network.loss={}\",\"{}\"\n", promise, loss, name);
    }
  }
  write("s/sweep.csv", index);
  plot({"s"});
  expect_drawn(folder_ / "s", "service-gap-by-promise-loss");
  const auto picture = read("s/service-gap-cdf-by-promise-loss.svg");
  EXPECT_THAT(picture, HasSubstr("Median service gap: 10 ms with promise 30 ms and"));
  EXPECT_THAT(picture, HasSubstr("loss 0 %, 40 ms with promise 100 ms and loss 1 %"));
  EXPECT_EQ(messages_.str(), "");
  EXPECT_THAT(picture, Not(HasSubstr("network.loss")));
  EXPECT_THAT(read("s/service-gap-cdf-by-promise-loss.csv"), HasSubstr("\n1,2,30 ms · 1 %,"));
  EXPECT_THAT(read("s/service-gap-by-promise-loss.svg"), HasSubstr("promise · loss"));
}

TEST_F(Plots, SeveralFoldersShareOneDistribution) {
  write_failovers("three", 20, 1);
  write_failovers("five", 20, 9);
  const auto files = plot({"three", "five"}, "out");
  EXPECT_EQ(files.size(), 4U);
  EXPECT_THAT(read("out/service-gap-cdf.svg"), HasSubstr("10 ms with three, 90 ms with five"));
}

TEST_F(Plots, EachPictureCanBeDrawnAgainFromItsFolder) {
  write_failovers("it's a folder", 20, 1);
  plot({"it's a folder"});
  const auto folder = folder_ / "it's a folder";
  const auto before = read("it's a folder/service-gap-cdf.svg");
  fs::remove(folder / "service-gap-cdf.svg");
  fs::remove(folder / "failover.csv");
  const auto command = "cd \"" + folder.string() + "\" && gnuplot service-gap-cdf.gp";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(read("it's a folder/service-gap-cdf.svg"), before);
}

TEST_F(Plots, OddSamplesAreDrawnToo) {
  write_failovers("one", 1, 2);
  write_failovers("equal", 30, 0);
  write("never/failover.csv",
        "run,seed,fault,at_ms,detection_ms,election_ms,service_ms\n1,42,crash,5,,,\n");
  plot({"one"});
  expect_drawn(folder_ / "one", "service-gap-cdf");
  plot({"equal"});
  expect_drawn(folder_ / "equal", "service-gap-cdf");
  EXPECT_EQ(messages_.str(), "");
  EXPECT_THAT(plot({"never"}), IsEmpty());
  EXPECT_THAT(messages_.str(), HasSubstr("None of the 1 failovers was measured to its end"));
}

TEST_F(Plots, ClientsAreThoseThatMetAFaultWhereThereWasOne) {
  const std::string clients =
      "run,seed,kind,client,event,wanted_ms,took_ms,datagrams,peers,fault,left\n"
      "1,7,lftp,lftp-1,started,1000,2.5,6,5,,no\n1,7,lftp,lftp-2,started,2000,7.5,6,5,,no\n";
  write("healthy/clients.csv", clients);
  write("healthy/summary.json", R"({"faults": 0})");
  plot({"healthy"});
  expect_drawn(folder_ / "healthy", "answered-cdf");
  EXPECT_THAT(read("healthy/answered-cdf.svg"), HasSubstr("nothing was broken meanwhile"));
  EXPECT_EQ(messages_.str(), "");
  write("nobody/clients.csv", clients);
  write("nobody/summary.json", R"({"faults": 1})");
  EXPECT_THAT(plot({"nobody"}), IsEmpty());
  EXPECT_EQ(messages_.str(), "No client met the fault: no picture of the time to the answer.\n");
}

TEST_F(Plots, AFigureOfPanelsTakesPublishedPoints) {
  write_failovers("runs/s/tracker.drawn=150ms..155ms", 30, 9);
  write_failovers("runs/s/tracker.drawn=150ms..300ms", 30, 8);
  write_failovers("runs/ranked", 30, 1);
  write("fig/figure.json", R"({"name": "both", "measure": "without_master", "x": [1, 1000],
    "panels": [{"title": "one", "curves": "drawn", "sweep": "../runs/s", "published": "p.csv",
                "beside": [{"folder": "../runs/ranked", "label": "ranked"}]},
               {"sweep": "../runs/s"}]})");
  write("fig/p.csv", "curve,percent,ms,label\n150ms..155ms,50,287,paper: 287 ms\n");
  plot({"fig"});
  expect_drawn(folder_ / "fig", "both");
  EXPECT_EQ(messages_.str(), "");
  const auto picture = read("fig/both.svg");
  EXPECT_THAT(picture, HasSubstr("paper: 287 ms"));
  EXPECT_THAT(picture, HasSubstr("Longest time without a master: 22 ms with"));
  EXPECT_THAT(picture, AllOf(HasSubstr("150–155 ms"), HasSubstr("101 ms"), HasSubstr("slowest")));
  EXPECT_THAT(read("fig/both.csv"), HasSubstr("\n1,3,ranked,"));
}

TEST_F(Plots, ABadFigureFileNamesItsLine) {
  const auto says = [&](const std::string& text) -> std::string {
    write("fig/figure.json", text);
    try {
      plot({"fig"});
    } catch (const BadFile& bad) {
      return bad.what();
    }
    return "none";
  };
  EXPECT_THAT(says("{\n\n\"name\": oops}"), HasSubstr("figure.json:3: "));
  EXPECT_THAT(says("{}"), HasSubstr("figure.json:1: "));
  EXPECT_THAT(says(R"({"name": "a", "measure": "beauty", "panels": []})"), HasSubstr("measure is"));
  EXPECT_THAT(says(R"({"name": "a", "measure": "service", "panels": []})"), HasSubstr("no panels"));
  EXPECT_THAT(says(R"({"name": "../a", "measure": "service", "panels": []})"),
              HasSubstr("name of a file"));
  EXPECT_THAT(says(R"({"name": "a", "measure": "service", "panels": [{"sweep": "no"}]})"),
              HasSubstr("holds no sweep"));
}

TEST_F(Plots, WithoutGnuplotTheScriptAndTheDataAreWritten) {
  write_failovers("a", 3, 1);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const auto files = plot({"a"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(files.size(), 2U);
  EXPECT_THAT(files, Contains(EndsWith("service-gap-cdf.gp")));
  EXPECT_THAT(messages_.str(), StartsWith("gnuplot is not installed"));
}

TEST_F(Plots, AFolderWithNothingToPlotIsRefusedInASentence) {
  fs::create_directories(folder_ / "empty");
  const auto says = [&](const std::string& name) -> std::string {
    try {
      plot({name});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(says("empty"), HasSubstr("holds nothing to plot"));
  EXPECT_THAT(says("absent"), HasSubstr("is not a folder"));
  EXPECT_THROW(plot({}), std::runtime_error);
}

TEST_F(Plots, TheTerminalGetsTheSameTitle) {
  write_failovers("a", 100, 0.1);
  EXPECT_THAT(ascii_cdf({folder_ / "a"}, 80),
              StartsWith("Half of the failovers are over in 5.0 ms, 99 % in 9.9 ms\n"));
}

// Marks are no faults, and of hundreds of faults nobody could read the names.
TEST_F(Plots, ATimelineOfManyFaultsCountsThem) {
  std::string text =
      "kind,tracker,from_ms,to_ms,label,value\nrole,t1,0,9000,master,\nmark,,8000,8000,settled,\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("fault,t1,{0},{0},{1},\n", 100 * i, i % 3 == 0 ? "crash" : "cut");
  write("a/timeline.csv", text);
  plot({"a"});
  const auto picture = read("a/timeline-run.svg");
  EXPECT_THAT(picture, HasSubstr("60 faults in 9.0 s: the master stays the same"));
  EXPECT_THAT(picture, HasSubstr("40 cut, 20 crash"));
  EXPECT_THAT(picture, Not(HasSubstr("cut t1")));
}

TEST(TimelinePlot, NamesTheFaultOfTheFormerMaster) {
  const Timeline run{
      {{"t1", 0, 5'000, "master"}, {"t2", 5'050, 60'000, "master"}},
      {{"t3", 1'000, 2'000, "pause"}, {"t1", 5'000, 60'000, "crash"}, {"t3", 5'020, 6'000, "kill"}},
      {},
      60'000};
  const auto zoom = zoom_of(run);
  ASSERT_TRUE(zoom.has_value());
  EXPECT_EQ(zoom->title, "t2 is master 50 ms after a fault (crash)");
}

// Who is called master may be silent: without a lease, or before it has enough slaves.
TEST_F(Plots, ATimelineSaysWhenPeersWereAnswered) {
  write_timeline("a");
  write("a/summary.json", R"({"seed": 42})");
  write("a/failover.csv",
        "run,seed,fault,at_ms,detection_ms,election_ms,service_ms\n"
        "1,42,power_loss {x}^2,5000,1,1,326\n2,43,power_loss {x}^2,5000,1,1,900\n");
  plot({"a"});
  EXPECT_THAT(read("a/timeline-run.svg"),
              HasSubstr("1 fault in 9.0 s: after it a new registration is answered 326 ms later"));
  EXPECT_THAT(read("a/timeline-first-fault.svg"),
              HasSubstr("a new registration is answered after"));
}

TEST(TimelinePlot, TheZoomReachesTheFirstAnswer) {
  Timeline run{{{"t1", 0, 5'000, "master"}, {"t2", 5'002, 60'000, "master"}},
               {{"t1", 5'000, 6'000, "kill"}},
               {{5'000, 5'002, 0}, {5'002, 5'300, 0}, {5'300, 5'302, 9}},
               60'000};
  EXPECT_GT(zoom_of(run)->to_ms, 5'302);  // what the bins say
  run.add({{1, 42, "kill", 5'000, 1.0, 1.0, 326.0}}, "42");
  EXPECT_GT(zoom_of(run)->to_ms, 5'326);
  EXPECT_EQ(zoom_of(run)->title,
            "t2 is master 2.0 ms after the first fault (kill); a new registration is answered "
            "after 326 ms");
}

TEST(TimelinePlot, ZoomsOnlyWhereTheWholeRunHidesTheFault) {
  Timeline run{{{"t1", 0, 5'000, "master"}, {"t2", 5'002, 60'000, "master"}},
               {{"t1", 5'000, 60'000, "crash"}},
               {},
               60'000};
  const auto zoom = zoom_of(run);
  ASSERT_TRUE(zoom.has_value());
  EXPECT_LT(zoom->from_ms, 5'000);
  EXPECT_GT(zoom->to_ms, 5'002);
  EXPECT_EQ(zoom->title, "t2 is master 2.0 ms after the first fault (crash)");
  run.roles[1].from_ms = 25'000;
  EXPECT_FALSE(zoom_of(run).has_value());
  run.faults.clear();
  EXPECT_FALSE(zoom_of(run).has_value());
}

}  // namespace
}  // namespace swarm::observe
