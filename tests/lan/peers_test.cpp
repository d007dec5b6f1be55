// Real peers that move contents, found by real trackers: what is asked of them, whatever happens to
// them. With SWARM_MEBIBYTES=64 and above the figures are those that are asked for; less is quick.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/engine/base/words.hpp"
#include "tests/lan/harness/bad_peer.hpp"
#include "tests/lan/harness/eventually.hpp"
#include "tests/lan/harness/files.hpp"
#include "tests/lan/harness/peers_stage.hpp"

namespace swarm::lan {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Lt;
using testing::Not;

constexpr unsigned sharer = 4, fetcher = 5, bad_host = 11;

class Exchanging : public PeersStage {
 protected:
  using PeersStage::PeersStage;

  double of_size(std::uint64_t bytes) const {
    return static_cast<double>(bytes) / static_cast<double>(size());
  }

  // It is killed in the middle. Limited, for else little contents are complete before that.
  void fetch_the_half_and_kill() {
    p(fetcher).start({"fetch", torrent(), "--download-limit", rate(2)});
    eventually("a half is on disk", [&] { return on_disk(fetcher) >= size() / 2; });
    p(fetcher).kill();
    ASSERT_THAT(right_chunks(fetcher).size(), AllOf(Ge(chunks() / 3), Lt(chunks())));
  }
  // From the start until it says itself that bytes of contents have come.
  Duration first_payload_after_restart() {
    const Time started = p(fetcher).start({"fetch", torrent()});
    const auto came = [](const Json& line) { return line.value("received", std::uint64_t{0}) > 0; };
    return p(fetcher).await("", came).at - started;
  }
  std::vector<std::string> dropped(unsigned host, const Endpoint& peer) {
    std::vector<std::string> why;
    for (const auto& said : p(host).said("dropped"))
      if (said.line.at("peer") == to_string(peer)) why.push_back(said.line.at("why"));
    return why;
  }
};

class Peers : public Exchanging, public testing::WithParamInterface<Place> {
 protected:
  Peers() : Exchanging(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(On, Peers, testing::Values(Place::loopback, Place::hosts),
                         [](const auto& param) {
                           return param.param == Place::hosts ? "Hosts" : "Loopback";
                         });
class PeersOnHosts : public Exchanging {
 protected:
  PeersOnHosts() : Exchanging(Place::hosts) {}

  void take_address(unsigned host) {
    run_command({"ip", "address", "flush", "dev", "eth0"}, where().network(host));
  }
  void give_address(unsigned host) {
    run_command(
        {"ip", "address", "add", to_string(Ip(where().address(host))) + "/24", "dev", "eth0"},
        where().network(host));
  }
  bool listens(unsigned host, std::uint16_t port) {
    return where().network(host)->inside([port] {
      std::ifstream sockets("/proc/thread-self/net/udp");
      const std::string text{std::istreambuf_iterator<char>(sockets), {}};
      return text.find(fmt::format(":{:04X} ", port)) != std::string::npos;
    });
  }
};
class PeersOnLoopback : public Exchanging {
 protected:
  PeersOnLoopback() : Exchanging(Place::loopback) {}
};

// --- Many ----------------------------------------------------------------------------------------

TEST_P(Peers, FiveFetchFromTheSharerAndFromEachOther) {
  found();
  // Little contents are gone through before the five have all started: not so fast.
  share(sharer, quick() ? Words{"--upload-limit", rate(1)} : Words{});
  constexpr std::array five = {5u, 6u, 7u, 8u, 9u};
  for (const auto host : five) p(host).start({"fetch", host == five.front() ? hash() : torrent()});
  for (const auto host : five) finish(host);
  const auto from_sharer = sent(sharer);
  EXPECT_LT(from_sharer, 3 * size());
  std::cout << "the sharer sent " << of_size(from_sharer) << " x the size to five\n";
}

// --- What is remembered --------------------------------------------------------------------------

TEST_P(Peers, AKilledFetcherGoesOnWhereItWas) {
  found();
  share(sharer);
  ASSERT_NO_FATAL_FAILURE(fetch_the_half_and_kill());
  const Duration wait = first_payload_after_restart();
  const Json complete = finish(fetcher);
  const auto from_sharer = sent(sharer);
  EXPECT_LE(from_sharer, size() * 102 / 100);
  EXPECT_LE(wait, 10s);
  std::cout << "the sharer sent " << of_size(from_sharer)
            << " x the size to both runs, of which the second received "
            << of_size(complete.at("received")) << " x, the first of it at most " << wait / 1ms
            << " ms after its start\n";
}

TEST_P(Peers, WhatWasDamagedAfterAKillIsFetchedAgain) {
  found();
  share(sharer);
  ASSERT_NO_FATAL_FAILURE(fetch_the_half_and_kill());
  const auto right = right_chunks(fetcher);
  const std::uint32_t victim = right[right.size() / 2];
  damage(fetched(fetcher), metainfo()->offset(victim) + chunk_size() / 2);
  ASSERT_EQ(right_chunks(fetcher).size(), right.size() - 1);
  p(fetcher).start({"fetch", torrent()});
  const Json complete = finish(fetcher);
  const std::uint64_t missing = size() - (right.size() - 1) * chunk_size();
  EXPECT_EQ(
      complete.at("received").get<std::uint64_t>() - complete.at("wasted").get<std::uint64_t>(),
      missing);
}

TEST_F(PeersOnLoopback, WhatWasDamagedAtRestIsFoundAndFetchedAgain) {
  found();
  share(sharer);
  p(fetcher).start({"fetch", torrent()});
  finish(fetcher);
  const std::uint32_t victim = chunks() / 3;
  damage(fetched(fetcher), metainfo()->offset(victim) + chunk_size() - 1);
  EXPECT_EQ(p(fetcher).run({"verify", torrent(), "-o", p(fetcher).downloads()}), 4);
  EXPECT_EQ(p(fetcher).await("verified").line.at("wrong_chunks"), Json({victim}));
  p(fetcher).start({"fetch", torrent()});
  const Json complete = finish(fetcher);
  EXPECT_EQ(complete.at("received"), chunk_size());
}

// --- Whose a file is -----------------------------------------------------------------------------

// Two users fetch what has the same name and size into the same folder: neither file is a mixture.
TEST_F(PeersOnLoopback, TwoContentsOfOneNameInOneFolder) {
  constexpr unsigned other_sharer = 6, other_fetcher = 7;
  share_alone(sharer);
  const auto other = folder() / "other" / original().filename();
  const auto other_torrent = (folder() / "other.torrent").string();
  std::filesystem::create_directories(other.parent_path());
  test::Words random(5);
  std::vector<std::uint64_t> bytes(size() / sizeof(std::uint64_t));
  for (auto& eight : bytes) eight = random.next();
  std::ofstream(other, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(size()));
  p(other_sharer).start({"share", other.string(), "-o", other_torrent});
  p(other_sharer).await("opened");
  const auto fetch_other = [&](const Words& more) {
    Words words{"fetch",  other_torrent,
                "--peer", to_string(p(other_sharer).address()),
                "-o",     p(fetcher).downloads().string()};
    words.insert(words.end(), more.begin(), more.end());
    p(other_fetcher).start(words);
    EXPECT_EQ(p(other_fetcher).wait(), 1);
    const std::string why = p(other_fetcher).await("failed").line.at("why");
    EXPECT_THAT(why, AllOf(HasSubstr(fetched(fetcher).string()), HasSubstr("-o"),
                           HasSubstr("--overwrite")));
  };
  p(fetcher).start({"fetch", torrent(), "--peer", to_string(p(sharer).address()),
                    "--download-limit", rate(4), "--seed"});
  eventually("a quarter is on disk", [&] { return on_disk(fetcher) >= size() / 4; });
  fetch_other({});
  fetch_other({"--overwrite"});
  p(fetcher).await("complete");
  fetch_other({});
  fetch_other({"--overwrite"});  // it is seeded
  EXPECT_EQ(p(fetcher).stop(), 0);
  EXPECT_TRUE(equal(fetcher));
  fetch_other({});  // nobody uses it, but it is not of this content
  EXPECT_TRUE(equal(fetcher));
  p(other_fetcher).start({"fetch", other_torrent, "--peer", to_string(p(other_sharer).address())});
  p(other_fetcher).await("complete");
  EXPECT_EQ(p(other_fetcher).wait(), 0);
}

// --- Trackers that fail --------------------------------------------------------------------------

// Of the old master nothing is left, not even its cable. The late ones can only find each other
// through the new one: the sharer alone would have to send the content six times.
TEST_F(PeersOnHosts, TheMastersHostIsLostAndFiveComeLate) {
  constexpr std::array late = {6u, 7u, 8u, 9u, 10u};
  found();
  share(sharer, {"--upload-limit", rate(2)});
  p(fetcher).start({"fetch", torrent(), "--download-limit", rate(4), "--seed"});
  eventually("a quarter is on disk", [&] { return on_disk(fetcher) >= size() / 4; });
  auto& old = master();
  EXPECT_TRUE(p(fetcher).said("complete").empty());
  old.kill();
  lan().unplug(old.host());
  for (const auto host : late)
    p(host).start({"fetch", host == late.front() ? hash() : torrent(), "--seed"});
  await_master_other_than(old);
  for (const auto host : late) p(host).await("complete");
  p(fetcher).await("complete");
  const auto from_sharer = sent(sharer);
  for (const auto host : {fetcher, 6u, 7u, 8u, 9u, 10u}) {
    EXPECT_EQ(p(host).stop(), 0);
    EXPECT_TRUE(equal(host)) << host;
  }
  EXPECT_LT(from_sharer, 4 * size());
  std::cout << "the sharer sent " << of_size(from_sharer) << " x the size to six\n";
}

// --- Networks that change ------------------------------------------------------------------------

// Another lease of DHCP, another room: who fetches goes on, and who comes later finds it, too.
TEST_F(PeersOnHosts, TheSharersAddressChanges) {
  const std::uint32_t next = where().address(104);
  found();
  p(sharer).use_interface("eth0");
  share(sharer, {"--upload-limit", rate(2)});
  p(fetcher).start({"fetch", torrent()});
  eventually("a quarter is on disk", [&] { return on_disk(fetcher) >= size() / 4; });
  lan().readdress(sharer, next);
  eventually("it listens anew", [&] {
    return has_told(sharer, "and is " + to_string(Ip(next)) + " now: listening on");
  });
  finish(fetcher);
  p(6).start({"fetch", hash()});
  const Json complete = finish(6);
  EXPECT_GE(complete.at("received"), size());
  EXPECT_TRUE(p(sharer).said("failed").empty());
}

TEST_F(PeersOnHosts, TheFetchersAddressGoesAndComesBack) {
  found();
  share(sharer, {"--upload-limit", rate(2)});
  p(fetcher).use_interface("eth0");
  p(fetcher).start({"fetch", torrent()});
  eventually("a quarter is on disk", [&] { return on_disk(fetcher) >= size() / 4; });
  take_address(fetcher);
  eventually("it says so",
             [&] { return has_told(fetcher, "is no address of this host any more"); });
  give_address(fetcher);
  finish(fetcher);
}

// A cable, or DHCP that gives the same address again. Whoever only asks the trackers goes on, too.
TEST_F(PeersOnHosts, AWatchGoesOnWhenItsAddressComesBack) {
  found();
  share(sharer);
  p(fetcher).use_interface("eth0");
  for (const bool made_anew : {false, true}) {
    p(fetcher).start({"watch", hash(), "--port", "6881", "--every", "1s"});
    p(fetcher).await("came");
    if (made_anew) {
      lan().remake_interface(fetcher);
    } else {
      take_address(fetcher);
      give_address(fetcher);
    }
    const std::string port = made_anew ? "7002" : "7001";
    p(6).start({"announce", hash(), "--port", port});
    ASSERT_EQ(p(6).wait(), 0);
    p(fetcher).await("came", [&](const Json& line) {
      return line.at("peer").get<std::string>().ends_with(":" + port);
    });
    EXPECT_EQ(p(fetcher).stop(), 0);
  }
}

TEST_F(PeersOnHosts, AnAnnounceAndADeclarationOutliveAnAddressThatComesBack) {
  found();
  share(sharer);
  p(fetcher).use_interface("eth0");
  for (const char* command : {"announce", "declare"})
    for (const bool made_anew : {false, true}) {
      lan().unplug(fetcher);  // nobody answers yet
      p(fetcher).start({command, hash(), "--port", "6881", "--timeout", "60s"});
      eventually("it asks", [&] { return listens(fetcher, 6881); });
      if (made_anew) {
        lan().remake_interface(fetcher);
      } else {
        take_address(fetcher);
        give_address(fetcher);
        lan().plug(fetcher);
      }
      EXPECT_EQ(p(fetcher).wait(), 0) << command << made_anew;
    }
}

TEST_F(PeersOnHosts, AWatchWhoseAddressIsGoneWaitsForOne) {
  found();
  share(sharer);
  p(fetcher).use_interface("eth0");
  p(fetcher).start({"watch", hash(), "--port", "6881", "--every", "1s"});
  p(fetcher).await("came");
  take_address(fetcher);
  eventually("it says so",
             [&] { return has_told(fetcher, "is no address of this host any more"); });
  give_address(fetcher);
  eventually("it goes on", [&] { return has_told(fetcher, "again: asking from"); });
  EXPECT_EQ(p(fetcher).stop(), 0);
}

// The interface is another one, of the same name and address: what is bound to the old one reaches
// no group any more.
TEST_F(PeersOnHosts, TheSharersInterfaceIsMadeAnew) {
  found();
  p(sharer).use_interface("eth0");
  share(sharer);
  lan().remake_interface(sharer);
  eventually("it listens anew", [&] { return has_told(sharer, "again: listening on"); });
  p(fetcher).start({"fetch", torrent()});
  finish(fetcher);
}

// A tunnel of a small MTU that tells nobody: the hint names the cause, and what to try.
TEST_F(PeersOnHosts, AWayThatSwallowsLongDatagramsIsTold) {
  found();
  share(sharer);
  lan().swallow_longer_than(1400, sharer);
  p(fetcher).start({"fetch", torrent()});
  eventually("it gives the hint", [&] {
    return has_told(fetcher, "an MTU of 1,454 bytes on every link; try `ping -M do -s 1426 " +
                                 to_string(Ip(where().address(sharer))) + "`");
  });
  EXPECT_FALSE(has_told(fetcher, "not what is missing")) << "that is not why nothing comes";
  lan().heal();
  finish(fetcher);
}

// --- Torrents ------------------------------------------------------------------------------------

TEST_F(PeersOnLoopback, LinksAndXBitsComeAlongWithAFolder) {
  namespace fs = std::filesystem;
  found();
  const fs::path tree = folder() / "tree";
  fs::create_directories(tree / "bin");
  write_random(tree / "bin/tool", 2 << 20);
  fs::permissions(tree / "bin/tool", fs::perms(0755));
  write_random(tree / "data", 1 << 20);
  fs::create_symlink("bin/tool", tree / "run");
  fs::create_symlink("../data", tree / "bin/data");
  fs::create_symlink("/etc/passwd", tree / "passwd");
  const auto file = (folder() / "tree.torrent").string();
  p(sharer).start({"share", tree.string(), "-o", file});
  p(sharer).await("opened");
  EXPECT_TRUE(has_told(sharer, "/passwd is a link that leads out of the folder"));
  p(fetcher).start({"fetch", file, "--peer", to_string(p(sharer).address())});
  p(fetcher).await("complete");
  EXPECT_EQ(p(fetcher).wait(), 0);
  const fs::path fetched = p(fetcher).downloads() / "tree";
  EXPECT_EQ(fs::read_symlink(fetched / "run"), "bin/tool");
  EXPECT_EQ(fs::read_symlink(fetched / "bin/data"), "../data");
  EXPECT_EQ(fs::file_size(fetched / "run"), 2u << 20);
  EXPECT_NE(fs::status(fetched / "bin/tool").permissions() & fs::perms::owner_exec,
            fs::perms::none);
  EXPECT_EQ(fs::status(fetched / "data").permissions() & fs::perms::owner_exec, fs::perms::none);
  EXPECT_FALSE(fs::is_symlink(fs::symlink_status(fetched / "passwd")));
}

TEST_F(PeersOnLoopback, ABadTorrentDoesNotStopTheOthers) {
  found();
  share(sharer);
  const auto bad = (folder() / "bad.torrent").string();
  std::ofstream(bad)
      << "d4:infod6:lengthi1e4:name3:a\nb12:piece lengthi4e6:pieces20:hhhhhhhhhhhhhhhhhhhhee";
  p(fetcher).start({"fetch", bad, torrent(), "none.torrent"});
  p(fetcher).await("complete");
  EXPECT_EQ(p(fetcher).wait(), 1);
  EXPECT_TRUE(equal(fetcher));
  std::vector<std::string> failed;
  for (const auto& said : p(fetcher).said("failed")) failed.push_back(said.line.at("name"));
  EXPECT_THAT(failed, ElementsAre(bad, "none.torrent"));
}

// --- Bad peers -----------------------------------------------------------------------------------

TEST_P(Peers, OneThatSendsWrongDataIsDropped) {
  found();
  share(sharer, {"--upload-limit", rate(2)});
  const BadPeer liar(where(), bad_host, metainfo(), BadPeer::Vice::lies);
  eventually("the trackers know the liar", [&] { return liar.known(); });
  p(fetcher).start({"fetch", torrent()});
  const Json complete = finish(fetcher);
  EXPECT_THAT(dropped(fetcher, liar.address()), ElementsAre("poison"));
  EXPECT_THAT(dropped(fetcher, p(sharer).address()), Not(Contains("poison")));
  EXPECT_GT(complete.at("wasted"), 0);
  std::cout << "wasted because of the liar: " << of_size(complete.at("wasted")) << " x the size\n";
}

TEST_P(Peers, OneThatNeverAnswersDelaysNothingForLong) {
  found();
  share(sharer, {"--upload-limit", rate(2)});
  const BadPeer mute(where(), bad_host, metainfo(), BadPeer::Vice::never_answers);
  eventually("the trackers know the mute one", [&] { return mute.known(); });
  const Endpoint nobody{where().address(bad_host), 9};
  p(fetcher).start({"fetch", torrent(), "--peer", to_string(nobody)});
  const Json complete = finish(fetcher);
  EXPECT_GT(mute.asked(), 0u);
  std::cout << "took " << complete.at("took_s") << " s; the sharer alone takes 2 s at least\n";
}

TEST_P(Peers, AmongManyBothHarmNobody) {
  found();
  share(sharer, {"--upload-limit", rate(2)});
  const BadPeer liar(where(), bad_host, metainfo(), BadPeer::Vice::lies);
  const BadPeer mute(where(), last_host, metainfo(), BadPeer::Vice::never_answers);
  eventually("the trackers know both", [&] { return liar.known() && mute.known(); });
  constexpr std::array three = {5u, 6u, 7u};
  for (const auto host : three) p(host).start({"fetch", hash(), "--seed"});
  for (const auto host : three) p(host).await("complete");
  EXPECT_TRUE(liar.asked() > 0 && mute.asked() > 0);
  for (const auto host : three) {
    EXPECT_EQ(p(host).stop(), 0);
    EXPECT_TRUE(equal(host)) << host;
    for (const auto& said : p(host).said("dropped")) {
      const bool poison = said.line.at("why") == "poison";
      EXPECT_TRUE(!poison || said.line.at("peer") == to_string(liar.address()));
    }
  }
}

}  // namespace
}  // namespace swarm::lan
