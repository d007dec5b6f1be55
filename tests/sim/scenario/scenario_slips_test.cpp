// What the reader of scenarios says of slips of the pen: the place where the slip begins, and what
// to write instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

using testing::HasSubstr;

std::string complaint(const std::string& text) {
  try {
    parse_scenario(text, "x.yaml");
    return "none";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

std::string complaint_of_key(const std::string& key, const std::string& value) {
  Scenario scenario = parse_scenario("swarm: { trackers: 3 }", "x.yaml");
  try {
    set_key(scenario, key, value);
    return "none";
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

struct Slip {
  std::string text, said;  // behind `x.yaml:`
};

void expect_said(const std::vector<Slip>& slips) {
  for (const auto& [text, said] : slips) EXPECT_EQ(complaint(text), "x.yaml:" + said) << text;
}

TEST(ScenarioSlips, ABracketThatIsNotClosedIsNamedWhereItIs) {
  expect_said({
      {"swarm: { trackers: 3\nruns: 2\n",
       "1:8: this { is not closed: its } is missing before line 2"},
      {"name: x\nswarm: { trackers: 3\n", "2:8: this { is not closed: its } is missing"},
      {"timeline:\n  - { at: 1s, kill: master\n  - { at: 2s, kill: master }\nruns: 3\n",
       "2:5: this { is not closed: its } is missing before line 3"},
      {"timeline: [ { at: 1s, kill: master }\nruns: 3\n",
       "1:11: this [ is not closed: its ] is missing before line 2"},
      {"expect:\n  - { after: kill, new_master: 4s\n\n# {\n  - {always: all}\n",
       "2:5: this { is not closed: its } is missing before line 5"},
      {"description: |\n  {\nname: a [b\nswarm: {\n",
       "4:8: this { is not closed: its } is missing"},
      {"name: [unclosed", "1:7: this [ is not closed: its ] is missing"},
      {"swarm: { trackers: 3 ]\n", "1:8: this { is not closed: a ] comes before its }, on line 1"},
      {"expect: [{ always: [a, b }]\n",
       "1:20: this [ is not closed: a } comes before its ], on line 1"},
      {"swarm: { trackers: 3 } }\nruns: 2\n",
       "1:24: this } closes nothing: no { is open before it"},
      {"swarm: { trackers: 3 }\n]\n", "2:1: this ] closes nothing: no [ is open before it"},
  });
}

TEST(ScenarioSlips, ATextInQuotesEndsWhereItsQuoteDoes) {
  expect_said({
      {"name: \"a \"b\" c\"\n",
       "1:7: more follows after the \" that ends this text, \"a \": a quote within it is written "
       "\\\""},
      {"name: 'it's mine'\n",
       "1:7: more follows after the ' that ends this text, 'it': a quote within it is written "
       "twice"},
      {"name: it's\nseed: '1\n",
       "2:7: this ' is not closed on its line; a text of several lines begins with `>-`"},
      {"swarm: { trackers: '3 }\n",
       "1:20: this ' is not closed on its line; a text of several lines begins with `>-`"},
      {"name: \"a\\qb\"\n",
       "1:11: this is no escape of YAML: write \\\\ for a backslash within \"...\""},
      {"network: { loss: %5 }\n", "1:18: a text that begins with % is written in quotes: \"%5\""},
      {"name: @home # x\n", "1:7: a text that begins with @ is written in quotes: \"@home\""},
      {"name: |x\n", "1:8: the text that | or > announces begins on the next line"},
  });
}

TEST(ScenarioSlips, ALineHasOneColon) {
  expect_said({
      {"a: b: c\n",
       "1:5: a second colon in one line: write { b: c } if that is a map, or \"b: c\" if it is a "
       "text"},
      {"swarm: trackers: 3 }\nruns: 2\n",
       "1:16: a second colon in one line: write { trackers: 3 } if that is a map, or \"trackers: "
       "3\" if it is a text"},
      {"swarm: { name: crash: x }\n",
       "1:21: a second colon in one entry: a map within a map has braces of its own, and a text "
       "with a colon is written in quotes"},
      {"runs 3\nseed: 4\n", "1:1: this line has no colon with a blank after it: write runs: 3"},
      {"timeline\n  - { at: 1s, kill: master }\n", "1:1: this line has no colon: write timeline:"},
      {"runs: 3\nseed=4\nname: x\n",
       "2:1: this line has no colon with a blank after it: write seed: 4"},
      {"timeline:\n  - at: 1s\n    crash: master\n    for 3s\n    name: x\n",
       "4:5: this line has no colon with a blank after it: write for: 3s"},
  });
}

TEST(ScenarioSlips, AMissingCommaIsNamedWhereItBelongs) {
  expect_said({
      {"swarm: { trackers: 3 peers: 4 }\n", "1:22: a comma is missing before `peers`"},
      {"swarm: { trackers: 3; peers: 4 }\n", "1:23: a comma is missing before `peers`"},
      {"expect:\n  - { after: kill, new_master: 4s\n      in: majority }\n",
       "3:7: a comma is missing before `in`"},
      {"expect: [{ always: all } { sometimes: x }]\n", "1:26: a comma is missing before this {"},
      {"timeline: [{ at: 1s, partition: [[master] rest] }]\n",
       "1:43: a comma is missing before `rest`"},
      {"timeline: [{ at: 1s, pause: { of: master } for: 1s }]\n",
       "1:44: a comma is missing before `for`"},
      {"swarm: { trackers: 3, , peers: 4 }\n",
       "1:23: a key must be a word, and here is none: a comma or a colon too many"},
  });
}

TEST(ScenarioSlips, ALineThatIsIndentedWronglyIsNamedWithTheColumnsThereAre) {
  expect_said({
      {"swarm:\n  trackers: 3\n   peers: 4\nruns: 3\n",
       "3:4: this line is indented deeper than the one above, which has its value already: begin "
       "it in column 3"},
      {"runs: 3\n  seed: 4\n",
       "2:3: this line is indented deeper than the one above, which has its value already: begin "
       "it in column 1"},
      {"timeline:\n  - at: 1s\n     kill: master\n",
       "3:6: this line is indented deeper than the one above, which has its value already: begin "
       "it in column 5"},
      {"swarm: { trackers: 3 } x\nruns: 3\n",
       "1:24: more follows after the } that ends this value"},
      {"swarm:\n  trackers: 3\n peers: 4\nruns: 3\n",
       "3:2: this line begins in a column of its own, the lines above have column 1 or 3: indent "
       "it like the ones that it belongs to"},
      {"timeline:\n - at: 1s\n   kill: master\n  - at: 2s\n    kill: master\n",
       "4:3: this line begins in a column of its own, the lines above have column 2: indent it "
       "like the ones that it belongs to"},
      {"name: x\n- a\n",
       "2:1: a `-` begins an entry of a list, and the lines above are keys of a map"},
      {"name: - x\n",
       "1:7: a `-` begins an entry at the beginning of a line only: begin a line with it, or write "
       "the list as [ a, b ]"},
      {"swarm:\n\ttrackers: 3\n", "2:1: a tab indents this line, and YAML wants blanks"},
  });
}

TEST(ScenarioSlips, AMissingColonOrBlankIsNamed) {
  expect_said({
      {"timeline:\n  - { at: 1s, crash: master, for 3s }\n",
       "2:30: timeline: unknown key `for 3s`: a colon is missing, write for: 3s"},
      {"timeline:\n  - { at: 1s, crash: master, for:3s }\n",
       "2:30: timeline: unknown key `for:3s`: a blank after the colon is missing, write for: 3s"},
      {"runs: 3\nseed 4\n", "2:1: unknown key `seed 4`: a colon is missing, write seed: 4"},
      {"swarm:{ trackers: 3 }\n",
       "1:1: unknown key `swarm:{ trackers`: a blank after the colon is missing, write swarm: { "
       "..."},
      {"runs:3\n",
       "1:1: a map of keys is wanted: a blank after the colon is missing, write runs: 3"},
      {"runs = 3\n", "1:1: a map of keys is wanted: a colon is missing, write runs: 3"},
      {"swarm.trackers: 3\n", "1:1: unknown key `swarm.trackers`, write swarm: { trackers: ... }"},
  });
}

TEST(ScenarioSlips, CommasInANumberAreToldOnceWithTheNumber) {
  expect_said({
      {"swarm: { peers: 1,234,567, contents: 3 }\n",
       "1:19: swarm: unknown key `234`: a comma begins another key, write peers: 1234567"},
      {"swarm:\n  peers: 1,234,567\n",
       "2:10: swarm.peers: `1,234,567` is not a whole number (digits only), write 1234567"},
      {"network:\n  bandwidth: 1,000Mbit/s\n",
       "2:14: network.bandwidth: `1,000Mbit/s`: no separators between digits, write 1000Mbit/s"},
  });
  EXPECT_THAT(complaint("network: { bandwidth: 1,000Mbit/s }\n"),
              HasSubstr("1:25: network: unknown key `000Mbit/s`: a comma begins another key, write "
                        "bandwidth: 1000Mbit/s"));
}

TEST(ScenarioSlips, TheUnitThatIsMissingFitsTheKey) {
  const auto meant = [](const std::string& text, const std::string& with_unit) {
    EXPECT_THAT(complaint(text), HasSubstr("has no unit, write " + with_unit + " (")) << text;
  };
  meant("tracker: { keep_alive: 80 }", "80ms");
  meant("tracker: { announce_interval: 5 }", "5s");
  meant("duration: 60", "60s");
  meant("network: { latency: 80 }", "80ms");
  meant("network: { latency: { min: 80, mean: 3 } }", "80ms");
  meant("disk: { sync: 5..10 }", "5..10ms");
  meant("random: { every: { crash: 20 } }", "20s");
  meant("probe: { every: 5 }", "5ms");
  meant("timeline: [{ at: 4, kill: master }]", "4s");
  meant("timeline: [{ at: 4s, kill: master, for: 300 }]", "300ms");
  meant("duration: 1h\ntimeline: [{ at: 4s, kill: master, for: 300 }]", "300s");
  meant("timeline: [{ at: 4s, kill: master }]\nexpect: [{ after: kill, first_answer: 500 }]",
        "500ms");
}

TEST(ScenarioSlips, AKeyOfASweepThatIsInAnotherPartIsNamed) {
  EXPECT_EQ(complaint_of_key("swarm.tracker.promise", "30ms"),
            "swarm.tracker.promise=30ms: there is no such key, did you mean `tracker.promise`?");
  EXPECT_EQ(complaint_of_key("promise", "30ms"),
            "promise=30ms: there is no such key, did you mean `tracker.promise`?");
  EXPECT_EQ(complaint_of_key("tracker.trackers", "3"),
            "tracker.trackers=3: there is no such key, did you mean `clients.trackers` or "
            "`swarm.trackers`?");
  EXPECT_EQ(complaint_of_key("swarm.tracker.x", "3"),
            "swarm.tracker.x=3: there is no such key, one of `tracker` is written tracker.KEY");
  EXPECT_EQ(complaint_of_key("tracker.promis", "3ms"),
            "tracker.promis=3ms: tracker: unknown key `promis`, did you mean `promise`?");
}

// Whatever else is wrong, one sentence a slip, and no crash: every text cut off at every byte.
TEST(ScenarioSlips, ATextThatEndsAnywhereIsToldInOneSentence) {
  const std::string whole =
      "name: \"a: 'b'\"\ndescription: |\n  c [\nswarm: { trackers: 3, peers: 4 }\ntimeline:\n"
      "  - { at: 1s, partition: [[master, any-slave], rest] }\n  - at: 2s\n    kill: 't1'\n";
  for (std::size_t end = 0; end < whole.size(); ++end) {
    const auto said = complaint(whole.substr(0, end));
    EXPECT_TRUE(said == "none" || said.starts_with("x.yaml:")) << said;
    for (const char* token : {"}", "]", "{", ": ", "- ", "'", "\"", "\n \t", ","}) {
      auto text = whole;
      text.insert(end, token);
      const auto other = complaint(text);
      EXPECT_TRUE(other == "none" || other.starts_with("x.yaml:")) << other;
    }
  }
}

}  // namespace
}  // namespace swarm::sim
