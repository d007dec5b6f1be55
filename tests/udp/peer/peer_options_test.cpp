#include "transport/udp/peer/peer_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/tracker/settings.hpp"
#include "transport/udp/peer/peer_program.hpp"

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string hash = "0123456789abcdefABCDEF6789abcdef01234567";

PeerOptions read(const std::vector<std::string>& arguments) {
  return read_peer_options(arguments);
}

// The sentence that these arguments are refused with.
std::string refused(const std::vector<std::string>& arguments) {
  try {
    read_peer_options(arguments);
  } catch (const PeerUsageError& error) {
    return error.what();
  }
  ADD_FAILURE() << "not refused: " << testing::PrintToString(arguments);
  return "";
}

TEST(PeerOptions, AnnounceHasUsefulDefaults) {
  const auto options = read({"announce", hash, "--port", "6881"});
  EXPECT_EQ(options.command, PeerOptions::Command::announce);
  ASSERT_THAT(options.contents, SizeIs(1));
  EXPECT_EQ(to_hex(options.contents[0].bytes), "0123456789abcdefabcdef6789abcdef01234567");
  EXPECT_EQ(options.port, 6881);
  EXPECT_EQ(options.event, wire::AnnounceEvent::started);
  EXPECT_EQ(options.num_want, 50U);
  EXPECT_EQ(to_string(options.tracker), "239.255.0.1:6969");
  EXPECT_TRUE(options.multicast());
  EXPECT_EQ(options.ttl, 1);
  EXPECT_EQ(options.timeout, 5s);
  EXPECT_FALSE(options.json);
}

TEST(PeerOptions, EveryOptionIsRead) {
  const auto options = read({"announce", "--event", "completed", hash, "--port=1", "--num-want",
                             "7", "--peer-id", "-qB4500-abcdefghijkl", "--tracker", "10.0.0.1:7",
                             "--interface", "eth1", "--ttl", "3", "--timeout", "100ms", "--json"});
  EXPECT_EQ(options.event, wire::AnnounceEvent::completed);
  EXPECT_EQ(options.port, 1);
  EXPECT_EQ(options.num_want, 7U);
  EXPECT_EQ(options.peer_id->bytes[1], 'q');
  EXPECT_EQ(to_string(options.tracker), "10.0.0.1:7");
  EXPECT_FALSE(options.multicast());
  EXPECT_EQ(options.interface, "eth1");
  EXPECT_EQ(options.ttl, 3);
  EXPECT_EQ(options.timeout, 100ms);
  EXPECT_TRUE(options.json);
}

TEST(PeerOptions, ATrackerWithoutPortHasTheUsualOne) {
  EXPECT_EQ(to_string(read({"watch", hash, "--port", "1", "--tracker", "10.0.0.1"}).tracker),
            "10.0.0.1:6969");
}

TEST(PeerOptions, WatchWantsAllThatAnAnswerHolds) {
  const auto options = read({"watch", hash, "--port", "1", "--every", "2s"});
  EXPECT_EQ(options.num_want, 82U);
  EXPECT_EQ(options.every, 2s);
}

TEST(PeerOptions, DeclareTakesAnyNumberAndEachOnce) {
  std::string other = hash;
  other[0] = 'f';
  std::string upper = other;
  upper[0] = 'F';
  EXPECT_THAT(read({"declare", hash, other, upper, "--port", "1"}).contents, SizeIs(2));
}

TEST(PeerOptions, APeerIdIsTextOrDigits) {
  const auto options = read({"announce", hash, "--port", "1", "--peer-id", hash});
  EXPECT_EQ(to_hex(options.peer_id->bytes), to_hex(options.contents[0].bytes));
  EXPECT_THAT(refused({"announce", hash, "--port", "1", "--peer-id", "short"}),
              HasSubstr("it has 5 characters"));
}

TEST(PeerOptions, ABadHashSaysWhatIsWrongWithIt) {
  EXPECT_THAT(refused({"announce", hash + "8", "--port", "1"}),
              HasSubstr("it has 41 characters, not 40"));
  EXPECT_THAT(refused({"announce", "01234", "--port", "1"}),
              HasSubstr("it has 5 characters, not 40"));
  std::string wrong = hash;
  wrong[6] = 'g';
  EXPECT_THAT(refused({"declare", hash, wrong, "--port", "1"}), HasSubstr("character 7 is `g`"));
}

TEST(PeerOptions, WhatIsMissingIsNamed) {
  EXPECT_THAT(refused({}), HasSubstr("swarm-peer share PATH"));
  EXPECT_THAT(refused({"announce", "--port", "1"}), HasSubstr("needs the info-hash"));
  EXPECT_THAT(refused({"announce", hash}), HasSubstr("--port P: the port that your peer listens"));
  EXPECT_THAT(refused({"declare", hash}), HasSubstr("the address and port that it is sent from"));
  EXPECT_THAT(refused({"announce", hash, "--port"}), HasSubstr("'--port' is missing"));
}

TEST(PeerOptions, UnknownWordsAreRefusedWithTheNearestOne) {
  EXPECT_THAT(refused({"anounce", hash, "--port", "1"}), HasSubstr("did you mean `announce`?"));
  EXPECT_THAT(refused({"announce", hash, "--prot", "1"}), HasSubstr("did you mean `--port`?"));
  EXPECT_THAT(refused({"announce", hash, "--port", "1", "--event", "stoped"}),
              HasSubstr("did you mean `stopped`?"));
}

TEST(PeerOptions, AnOptionIsNotGuessedFromItsBeginning) {
  EXPECT_THAT(refused({"announce", hash, "--por", "1"}), HasSubstr("there is no option --por"));
}

// It said "within twice the longest interval", and was 2.5 minutes short.
TEST(PeerOptions, TheHelpOfAnnounceSaysWhenTrackersForget) {
  EXPECT_EQ(TrackerSettings{}.lifetime(), 22min + 30s);
  EXPECT_EQ(TrackerSettings{}.client_interval, 10min);
  EXPECT_THAT(peer_help("announce"), HasSubstr("22.5 minutes (2.2 times its key client-interval, "
                                               "and 30 s)"));
}

// Each says what the option means to it; only the help of all says whose it is.
TEST(PeerOptions, TheHelpOfOneCommandSpeaksOfNoOther) {
  const auto in_one_line = [](const std::string& command) {
    std::istringstream words(peer_help(command));
    std::string text;
    for (std::string word; words >> word;) text += word + ' ';
    return text;
  };
  for (const std::string command :
       {"share", "fetch", "status", "verify", "forget", "announce", "declare", "watch"}) {
    const auto text = in_one_line(command);
    const auto options = text.substr(text.find("Options:"));
    for (const char* other : {"share: ", "share, fetch: ", "fetch: ", "fetch, verify: ", "watch: ",
                              "announce: ", "announce, watch: ", "declare: "})
      EXPECT_THAT(options, testing::Not(HasSubstr(other))) << command;
  }
  EXPECT_THAT(in_one_line("verify"),
              HasSubstr("-o [ --output ] PATH the folder of the content (default: where it lies"));
  EXPECT_THAT(in_one_line("share"), HasSubstr("PATH the FILE.torrent to write (default: NAME"));
  EXPECT_THAT(in_one_line("announce"), HasSubstr("the port that your peer listens on --tracker"));
  EXPECT_THAT(in_one_line("fetch"), HasSubstr("say so when none answers for so long, and go on"));
  EXPECT_THAT(in_one_line(""),
              HasSubstr("share: the FILE.torrent to write (default: NAME.torrent); "
                        "fetch, verify: the folder of the content"));
}

TEST(PeerOptions, AnOptionOfAnotherCommandIsRefused) {
  EXPECT_EQ(refused({"declare", hash, "--port", "1", "--event", "none"}),
            "declare takes no --event");
  EXPECT_EQ(refused({"announce", hash, "--port", "1", "--every", "2s"}),
            "announce takes no --every");
  EXPECT_THAT(refused({"watch", hash, hash, "--port", "1"}), HasSubstr("takes one info-hash"));
}

TEST(PeerOptions, ValuesOutOfRangeAreRefused) {
  const std::vector<std::string> good{"watch", hash, "--port", "1"};
  const auto with = [&](const std::string& option, const std::string& value) {
    auto arguments = good;
    arguments.insert(arguments.end(), {option, value});
    return refused(arguments);
  };
  EXPECT_THAT(refused({"watch", hash, "--port", "0"}), HasSubstr("from 1 to 65535, not `0`"));
  EXPECT_THAT(with("--num-want", "83"), HasSubstr("from 0 to 82"));
  EXPECT_THAT(with("--every", "999ms"), HasSubstr("at least 1s"));
  EXPECT_THAT(with("--timeout", "5"), HasSubstr("like 2s, not `5`"));
  EXPECT_THAT(with("--ttl", "-1"), HasSubstr("--ttl"));
  EXPECT_THAT(with("--tracker", "localhost"), HasSubstr("no IPv4 address"));
  EXPECT_THAT(with("--tracker", "10.0.0.1:0"), HasSubstr("--tracker"));
}

TEST(PeerOptions, ForgetTakesHashesAndFilesTorrent) {
  const std::string one(40, 'a'), other(40, 'b');
  const auto options = read({"forget", one, other, "film.torrent", "--state", "/s", "--json"});
  EXPECT_EQ(options.command, PeerOptions::Command::forget);
  EXPECT_THAT(options.content.what, ElementsAre(one, other, "film.torrent"));
  EXPECT_THROW(read({"forget"}), PeerUsageError);
  EXPECT_THROW(read({"forget", "film.mkv"}), PeerUsageError);
  EXPECT_THROW(read({"forget", one, "--overwrite"}), PeerUsageError);
}

// Of share, fetch, status and verify.

TEST(PeerOptions, ShareHasUsefulDefaults) {
  const auto options = read({"share", "film.mp4", "folder"});
  EXPECT_EQ(options.command, PeerOptions::Command::share);
  EXPECT_THAT(options.content.what, ElementsAre("film.mp4", "folder"));
  EXPECT_EQ(options.content.chunk_size, 256U * 1024);
  EXPECT_EQ(options.port, 6881);
  EXPECT_TRUE(options.content.any_port);
  EXPECT_FALSE(options.content.force);
  EXPECT_FALSE(options.content.overwrite);
  EXPECT_FALSE(options.content.quiet);
  EXPECT_THAT(options.content.output, IsEmpty());
  EXPECT_EQ(options.content.exchange.upload_rate, 0U);
  EXPECT_EQ(options.content.exchange.upload_slots, 8U);
  EXPECT_EQ(options.content.exchange.most_peers, 50U);
  EXPECT_TRUE(options.multicast());
}

TEST(PeerOptions, EveryOptionOfShareIsRead) {
  const auto options = read({"share",
                             "film.mp4",
                             "-o",
                             "f.torrent",
                             "--chunk-size",
                             "1MiB",
                             "--force",
                             "--port",
                             "7000",
                             "--state",
                             "/tmp/s",
                             "--upload-limit",
                             "10MB",
                             "--download-limit",
                             "2MiB/s",
                             "--slots",
                             "4",
                             "--peers",
                             "7",
                             "--yield",
                             "--no-offload",
                             "--quiet",
                             "--json"});
  EXPECT_EQ(options.content.output, "f.torrent");
  EXPECT_EQ(options.content.chunk_size, 1024U * 1024);
  EXPECT_TRUE(options.content.force);
  EXPECT_EQ(options.port, 7000);
  EXPECT_FALSE(options.content.any_port);
  EXPECT_EQ(options.content.state, "/tmp/s");
  EXPECT_EQ(options.content.exchange.upload_rate, 10'000'000U);
  EXPECT_EQ(options.content.exchange.download_rate, 2U * 1024 * 1024);
  EXPECT_EQ(options.content.exchange.upload_slots, 4U);
  EXPECT_EQ(options.content.exchange.most_peers, 7U);
  EXPECT_TRUE(options.content.exchange.yield);
  EXPECT_FALSE(options.content.offload);
  EXPECT_TRUE(options.content.quiet);
  EXPECT_TRUE(options.json);
  EXPECT_EQ(read({"share", "x.torrent", "--from", "there"}).content.from, "there");
}

TEST(PeerOptions, FetchTakesPeersThatAreKnown) {
  const auto options = read({"fetch", hash, "--peer", "10.0.0.7:6881", "--seed", "--peer",
                             "10.0.0.8:1", "--output", "there"});
  EXPECT_THAT(options.content.what, ElementsAre(hash));
  EXPECT_THAT(options.content.peers,
              ElementsAre(Endpoint{0x0a000007, 6881}, Endpoint{0x0a000008, 1}));
  EXPECT_TRUE(options.content.seed);
  EXPECT_EQ(options.content.output, "there");
}

TEST(PeerOptions, StatusIsOfAllOrOfHashes) {
  EXPECT_THAT(read({"status"}).content.what, IsEmpty());
  EXPECT_THAT(read({"status", hash, hash}).content.what, SizeIs(2));
  EXPECT_THAT(refused({"status", "film.mkv"}), HasSubstr("is no info-hash"));
}

TEST(PeerOptions, ACommandWithoutItsContentSaysWhatIsMissing) {
  EXPECT_THAT(refused({"share"}), HasSubstr("the PATH of a file or a folder"));
  EXPECT_THAT(refused({"fetch"}), HasSubstr("a FILE.torrent, or the HASH"));
  EXPECT_THAT(refused({"verify"}), HasSubstr("a FILE.torrent, or the HASH"));
  EXPECT_THAT(refused({"verify", hash, hash}), HasSubstr("verify takes one content, here are 2"));
  EXPECT_THAT(refused({"share", "a", "b", "-o", "x.torrent"}),
              HasSubstr("-o names one FILE.torrent, and here are 2 contents"));
}

TEST(PeerOptions, ContentOptionsOfAnotherCommandAreRefused) {
  EXPECT_EQ(refused({"share", "a", "--seed"}), "share takes no --seed");
  EXPECT_EQ(refused({"fetch", hash, "--chunk-size", "1MiB"}), "fetch takes no --chunk-size");
  EXPECT_EQ(refused({"fetch", hash, "--from", "x"}), "fetch takes no --from");
  EXPECT_EQ(refused({"status", "--port", "1"}), "status takes no --port");
  EXPECT_EQ(refused({"verify", hash, "--tracker", "10.0.0.1"}), "verify takes no --tracker");
  EXPECT_EQ(refused({"announce", hash, "--port", "1", "--state", "x"}),
            "announce takes no --state");
  EXPECT_EQ(refused({"fetch", hash, "--num-want", "9"}), "fetch takes no --num-want");
}

TEST(PeerOptions, ValuesOfContentsOutOfRangeAreRefused) {
  const auto with = [](const std::string& option, const std::string& value) {
    return refused({"share", "film.mp4", option, value});
  };
  for (const char* size : {"8KiB", "128MiB", "300KiB", "0", "many"})
    EXPECT_THAT(with("--chunk-size", size), HasSubstr("a power of two from 16KiB to 64MiB"))
        << size;
  for (const char* rate : {"999", "fast", "10Mbit/s", "0"})
    EXPECT_THAT(with("--upload-limit", rate), HasSubstr("--upload-limit takes bytes per second"))
        << rate;
  EXPECT_THAT(with("--slots", "0"), HasSubstr("--slots takes a number from 1"));
  EXPECT_THAT(with("--peers", "10001"), HasSubstr("--peers takes a number from 1 to 10000"));
  EXPECT_THAT(with("--peer", "10.0.0.1"), HasSubstr("--peer: "));
  EXPECT_THAT(with("--peer", "here:1"), HasSubstr("--peer: "));
  EXPECT_THAT(with("--port", "65536"), HasSubstr("from 1 to 65535"));
}

TEST(PeerOptions, AnInfoHashIsTold) {
  EXPECT_TRUE(looks_like_info_hash(hash));
  EXPECT_FALSE(looks_like_info_hash(hash + "0"));
  EXPECT_FALSE(looks_like_info_hash("film.torrent"));
  EXPECT_FALSE(looks_like_info_hash(std::string(40, 'g')));
}

TEST(PeerOptions, TheHelpNamesEveryOptionAndExitCode) {
  const std::string help = peer_help();
  for (const char* word :
       {"--port",      "--event",     "--num-want",     "--peer-id",        "--every",
        "--tracker",   "--interface", "--ttl",          "--timeout",        "--json",
        "--help",      "--version",   "Exit codes: 0",  "5 no tracker",     "3 stopped",
        "4 not right", "--output",    "--from",         "--chunk-size",     "--force",
        "--seed",      "--peer ",     "--upload-limit", "--download-limit", "--slots",
        "--peers",     "--yield",     "--state",        "--quiet",          "--no-offload"})
    EXPECT_THAT(help, HasSubstr(word));
}

// The whole program, as far as it goes without a network.

struct Ran {
  int exit;
  std::string out, messages;
};

Ran run(const std::vector<std::string>& arguments) {
  std::ostringstream out, messages;
  const int exit = run_peer_program(arguments, out, messages, {});
  return {exit, out.str(), messages.str()};
}

TEST(PeerProgram, WrongUsageIsOneSentenceAndTwo) {
  const auto ran = run({"announce", "xyz", "--port", "1"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.messages, AllOf(HasSubstr("swarm-peer: `xyz` is no info-hash"),
                                  HasSubstr("(see swarm-peer --help)\n")));
}

TEST(PeerProgram, AnInterfaceThatIsNotThereIsWrongUsage) {
  const auto ran = run({"announce", hash, "--port", "1", "--interface", "no-such-one"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.messages, HasSubstr("no-such-one"));
}

// Its usage, what it does, and the options that it takes; nothing of the others.
TEST(PeerProgram, HelpOfACommandIsOfThatOne) {
  const auto forget = run({"forget", "--help"});
  EXPECT_EQ(forget.exit, 0);
  EXPECT_THAT(forget.out,
              testing::StartsWith("Usage: swarm-peer forget FILE.torrent|HASH... [OPTION...]\n"));
  for (const auto* const own : {"Removes what is remembered", "--state", "--quiet", "--json"})
    EXPECT_THAT(forget.out, HasSubstr(own));
  for (const auto* const others : {"swarm-peer share", "--chunk-size", "--every", "Downloads"})
    EXPECT_THAT(forget.out, testing::Not(HasSubstr(others)));
  EXPECT_THAT(run({"--help", "watch"}).out, HasSubstr("--every"));
  for (const auto* const command :
       {"share", "fetch", "status", "verify", "forget", "announce", "declare", "watch"})
    EXPECT_THAT(run({command, "--help"}).out,
                testing::StartsWith(std::string("Usage: swarm-peer ") + command + ' '));
  EXPECT_THAT(run({"fly", "--help"}).out, HasSubstr("Commands\n"));
}

TEST(PeerProgram, HelpAndVersionAreResults) {
  const auto help = run({"--help"});
  EXPECT_EQ(help.exit, 0);
  EXPECT_THAT(help.out, HasSubstr("swarm-peer watch"));
  EXPECT_THAT(help.messages, IsEmpty());
  EXPECT_THAT(run({"--version"}).out, HasSubstr("swarm-peer 0."));
}

TEST(PeerProgram, SilenceIsFive) {
  const auto ran = run({"announce", hash, "--port", "6881", "--interface", "127.77.2.1",
                        "--tracker", "127.77.2.2", "--timeout", "20ms"});
  EXPECT_EQ(ran.exit, 5);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.messages, HasSubstr("127.77.2.2:6969 did not answer within 20ms"));
}

}  // namespace
}  // namespace swarm::udp
