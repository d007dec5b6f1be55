#include "engine/wire/http_tracker.hpp"

#include <gtest/gtest.h>

#include <string>

#include "engine/wire/bencode.hpp"

namespace swarm::wire::http {
namespace {

tl::expected<Request, std::string> decoded(const std::string& target) {
  return decode_request({reinterpret_cast<const std::uint8_t*>(target.data()), target.size()});
}

std::string encoded(const Response& response) {
  std::vector<std::uint8_t> out{1, 2, 3};  // that must not stay
  encode(response, out);
  EXPECT_TRUE(parse_bencode(out).has_value()) << "the keys ascend";
  return {out.begin(), out.end()};
}

InfoHash hash_of(char byte) {
  InfoHash hash;
  hash.bytes.fill(static_cast<std::uint8_t>(byte));
  return hash;
}

const std::string twenty_a = "aaaaaaaaaaaaaaaaaaaa";
const std::string twenty_b = "bbbbbbbbbbbbbbbbbbbb";
const std::string least = "/announce?info_hash=" + twenty_a + "&peer_id=" + twenty_b + "&port=6881";

AnnounceRequest least_request() {
  AnnounceRequest request;
  request.info_hash = hash_of('a');
  request.peer_id.bytes.fill('b');
  request.port = 6881;
  return request;
}

AnnounceRequest announce_of(const std::string& target) {
  const auto request = decoded(target);
  if (!request || !std::holds_alternative<AnnounceRequest>(*request)) {
    ADD_FAILURE() << target << (request ? " is another" : ": " + request.error());
    return {};
  }
  return std::get<AnnounceRequest>(*request);
}

void expect_refused(const std::string& target, const std::string& sentence) {
  const auto request = decoded(target);
  ASSERT_FALSE(request.has_value()) << target;
  EXPECT_EQ(request.error(), sentence);
}

TEST(HttpTracker, AnAnnounceNeedsAContentAPeerAndAPort) {
  EXPECT_TRUE(announce_of(least) == least_request());
  const auto without = [](const std::string& pair) {
    auto target = least;
    return target.erase(target.find(pair), pair.size());
  };
  expect_refused(without("info_hash=" + twenty_a + "&"), "info_hash is missing");
  expect_refused(without("peer_id=" + twenty_b + "&"), "peer_id is missing");
  expect_refused(without("&port=6881"), "port is missing");
  expect_refused("/announce", "info_hash is missing");
  expect_refused("/announce?", "info_hash is missing");
}

TEST(HttpTracker, TheRestOfAnAnnounce) {
  auto request = least_request();
  request.event = AnnounceEvent::started;
  request.left = 1234567890123;
  request.num_want = 80;
  request.compact = false;
  EXPECT_TRUE(announce_of(least + "&event=started&left=1234567890123&numwant=80&compact=0") ==
              request);
  EXPECT_TRUE(announce_of(least + "&compact=1").compact);
  EXPECT_EQ(announce_of(least + "&numwant=-1").num_want, std::nullopt);
  EXPECT_EQ(announce_of(least + "&left=0").left, 0U);
}

// What libtorrent 2.0.8 asked of "http://127.77.1.1:33923/announce?passkey=7" when it started.
TEST(HttpTracker, AnAnnounceOfLibtorrent) {
  const auto request = announce_of(
      "/announce?passkey=7&info_hash=%fc%1b%d2%0fh%ec%ceE%17%82%9e%03%b1BB%be%fbJk%c3"
      "&peer_id=-LT2080-jWRUYg8gPvdE&port=43051&uploaded=0&downloaded=0&left=50000&corrupt=0"
      "&key=13ED66EF&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0");
  EXPECT_EQ(to_hex(request.info_hash.bytes), "fc1bd20f68ecce4517829e03b14242befb4a6bc3");
  EXPECT_EQ(std::string(request.peer_id.bytes.begin(), request.peer_id.bytes.end()),
            "-LT2080-jWRUYg8gPvdE");
  EXPECT_EQ(request.port, 43051);
  EXPECT_EQ(request.event, AnnounceEvent::started);
  EXPECT_EQ(request.left, 50000U);
  EXPECT_EQ(request.num_want, 200U);
  EXPECT_TRUE(request.compact);
}

// What WebTorrent 1.9.7 asked when it had a magnet link alone: it does not know what is left.
TEST(HttpTracker, AnAnnounceOfWebTorrentWithAMagnetLink) {
  std::string target = "/announce?numwant=50&uploaded=0&downloaded=0&left=&event=started&compact=1";
  target += "&info_hash=";
  for (int i = 0; i < 20; ++i) target += "%AB";
  const auto request = announce_of(target + "&peer_id=-WW0109-eG6LzuZuV1Ej&port=36781");
  EXPECT_EQ(to_hex(request.info_hash.bytes), "abababababababababababababababababababab");
  EXPECT_EQ(request.left, std::nullopt);
  EXPECT_EQ(request.num_want, 50U);
  EXPECT_EQ(request.event, AnnounceEvent::started);
}

TEST(HttpTracker, EventsAreWordsAndUnknownOnesAreARefresh) {
  EXPECT_EQ(announce_of(least + "&event=completed").event, AnnounceEvent::completed);
  EXPECT_EQ(announce_of(least + "&event=stopped").event, AnnounceEvent::stopped);
  for (const std::string word : {"", "empty", "paused", "Started"})
    EXPECT_EQ(announce_of(least + "&event=" + word).event, AnnounceEvent::none) << word;
}

TEST(HttpTracker, BytesAreEscapedOrNot) {
  std::string target = "/announce?info_hash=";
  for (int i = 0; i < 20; ++i) target += i % 2 == 0 ? "%fF" : "+";
  const auto request =
      announce_of(target + "&peer_id=-%58%2F~=" + std::string(15, 'b') + "&port=1");
  EXPECT_EQ(to_hex(request.info_hash.bytes), "ff2bff2bff2bff2bff2bff2bff2bff2bff2bff2b");
  EXPECT_EQ(std::string(request.peer_id.bytes.begin(), request.peer_id.bytes.begin() + 5), "-X/~=");
}

TEST(HttpTracker, AHashIs20BytesAndNoOther) {
  const std::string tail = "&peer_id=" + twenty_b + "&port=1";
  for (const auto& hash :
       {std::string(), twenty_a.substr(1), twenty_a + "a", twenty_a.substr(1) + "%",
        twenty_a.substr(1) + "%6", twenty_a.substr(1) + "%6g", twenty_a.substr(1) + "%+1",
        twenty_a.substr(1) + "%-1", twenty_a + "%00", std::string(40, 'a')})
    expect_refused("/announce?info_hash=" + hash + tail,
                   "info_hash is not 20 bytes, escaped as %XX");
  expect_refused("/announce?info_hash=" + twenty_a + "&peer_id=%&port=1",
                 "peer_id is not 20 bytes, escaped as %XX");
}

TEST(HttpTracker, NumbersAreWhatTheyMayBe) {
  const std::string head = "/announce?info_hash=" + twenty_a + "&peer_id=" + twenty_b + "&port=";
  EXPECT_EQ(announce_of(head + "65535").port, 65535);
  EXPECT_EQ(announce_of(head + "0").port, 0);
  for (const std::string port : {"", "-1", "65536", "99999999999999999999", "80a", " 80", "+80"})
    expect_refused(head + port, "port is no number from 0 to 65535");
}

// -1 without its sign, as clients that keep it in an unsigned number write it; and an empty value.
// How many peers are wanted is no reason to tell none.
TEST(HttpTracker, ANumberOfPeersThatIsNoneIsLeftToTheTracker) {
  for (const std::string wanted :
       {"", "4294967295", "2147483648", "18446744073709551616", "-1", "-2147483649", "many", "5x"})
    EXPECT_EQ(announce_of(least + "&numwant=" + wanted).num_want, std::nullopt) << wanted;
  EXPECT_EQ(announce_of(least + "&numwant=0").num_want, 0U);
  EXPECT_EQ(announce_of(least + "&numwant=2147483647").num_want, 2147483647U);
}

TEST(HttpTracker, WhatIsLeftMayBeUnknown) {
  EXPECT_EQ(announce_of(least + "&left=18446744073709551615").left, 18446744073709551615U);
  for (const std::string left : {"", "-1", "NaN", "18446744073709551616"})
    EXPECT_EQ(announce_of(least + "&left=" + left).left, std::nullopt) << left;
}

TEST(HttpTracker, WhatIsGivenTwiceIsAnError) {
  expect_refused(least + "&port=6882", "port is given twice");
  expect_refused(least + "&info_hash=" + twenty_b, "info_hash is given twice");
  expect_refused(least + "&event=&event=started", "event is given twice");
  announce_of(least + "&ip=1.2.3.4&ip=1.2.3.5&&x&=&info_hashes=1&port");  // keys of no meaning
}

TEST(HttpTracker, AScrapeIsAboutOneTo74Contents) {
  std::string target = "/scrape?";
  expect_refused(target, "info_hash is missing");
  ScrapeRequest request;
  for (std::size_t i = 0; i < bep15::most_hashes; ++i) {
    const char byte = static_cast<char>('A' + i % 26);
    target += "info_hash=" + std::string(20, byte) + "&";
    request.contents.push_back(hash_of(byte));
    const auto read = decoded(target);
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(*read == Request(request));
  }
  expect_refused(target + "info_hash=" + twenty_a, "more than 74 info_hash");
  expect_refused("/scrape?info_hash=" + twenty_a + "&info_hash=b",
                 "info_hash is not 20 bytes, escaped as %XX");
}

TEST(HttpTracker, TheLongestScrapeFitsTheBound) {
  std::string target = "/scrape?";
  for (std::size_t i = 0; i < bep15::most_hashes; ++i) {
    target += i == 0 ? "info_hash=" : "&info_hash=";
    for (int j = 0; j < 20; ++j) target += "%ff";
  }
  EXPECT_EQ(target.size(), 5261U);
  EXPECT_TRUE(decoded(target).has_value());
  EXPECT_TRUE(decoded(target + "&" + std::string(longest_target - target.size() - 1, 'x')));
  expect_refused(target + "&" + std::string(longest_target - target.size(), 'x'),
                 "the request is too long");
}

// Torrents made for trackers with accounts name a key; and there are URLs that end with a slash, or
// have one too many.
TEST(HttpTracker, AKeyInThePathIsIgnoredAndSoIsASlashAtItsEnd) {
  const auto query = least.substr(least.find('?'));
  const std::string scrape = "?info_hash=" + twenty_a;
  for (const std::string path :
       {"/announce", "/announce/", "/0123456789abcdef/announce", "/0123456789abcdef/announce/",
        "//announce", "/announce/announce", "/scrape/announce", "/%3f/announce"}) {
    EXPECT_TRUE(announce_of(path + query) == least_request()) << path;
    EXPECT_EQ(resource_of(path), "/announce") << path;
  }
  for (const std::string path : {"/scrape/", "/KEY/scrape", "/announce/scrape"}) {
    const auto request = decoded(path + scrape);
    ASSERT_TRUE(request.has_value()) << path;
    EXPECT_TRUE(std::holds_alternative<ScrapeRequest>(*request)) << path;
    EXPECT_EQ(resource_of(path), "/scrape") << path;
  }
}

TEST(HttpTracker, OtherPathsAreAnswered) {
  for (const std::string path :
       {"", "/", "//", "/announces?", "announce?", "/stats?info_hash=a", "/announce/KEY?",
        "/a/b/announce?", "/announce//?", "KEY/announce?", "/KEYannounce?", "/KEY/"})
    expect_refused(path, "there are /announce and /scrape here");
}

TEST(HttpTracker, NoTruncatedAnnounceIsTakenForAWholeOne) {
  for (std::size_t size = 0; size < least.find("&port=") + 7; ++size)
    EXPECT_FALSE(decoded(least.substr(0, size)).has_value()) << size;
}

TEST(HttpTracker, AnAnswerHoldsThePeersAsBytes) {
  AnnounceResponse response{300, 60, {3, 9, 2}, {}};
  const std::string head =
      "d8:completei3e10:downloadedi9e10:incompletei2e8:intervali300e12:min intervali60e";
  EXPECT_EQ(encoded(response), head + "5:peers0:e");
  response.peers.push_back({0x41424344, 0x5859});
  response.peers.push_back({0x30313233, 0x3435});
  EXPECT_EQ(encoded(response), head + "5:peers12:ABCDXY012345e");
}

TEST(HttpTracker, PeersOfIpv6AreAListOfTheirOwn) {
  AnnounceResponse response{300, 60, {3, 9, 2}, {}};
  Ip::Bytes16 address;
  address.fill('Z');
  response.peers.push_back({Ip::v6(address), 0x5859});
  EXPECT_TRUE(encoded(response).ends_with("5:peers0:6:peers618:ZZZZZZZZZZZZZZZZXYe"));
}

TEST(HttpTracker, OrTheyAreDictionaries) {
  AnnounceResponse response{300, 60, {3, 9, 2}, {}};
  response.compact = false;
  EXPECT_TRUE(encoded(response).ends_with("5:peerslee"));
  response.peers.push_back({0x0a000001, 6881});
  response.peers.push_back({Ip::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 80});
  EXPECT_TRUE(
      encoded(response).ends_with("5:peersld2:ip8:10.0.0.14:porti6881ee"
                                  "d2:ip11:2001:db8::14:porti80eeee"));
}

TEST(HttpTracker, AScrapeIsAnsweredByContentInTheirOrder) {
  ScrapeResponse response;
  EXPECT_EQ(encoded(response), "d5:filesdee");
  response.swarms.push_back({hash_of('b'), {1, 2, 3}});
  response.swarms.push_back({hash_of('a'), {4, 5, 6}});
  response.swarms.push_back({hash_of('b'), {7, 8, 9}});
  EXPECT_EQ(encoded(response),
            "d5:filesd20:" + twenty_a + "d8:completei4e10:downloadedi5e10:incompletei6ee" +
                "20:" + twenty_b + "d8:completei1e10:downloadedi2e10:incompletei3eeee");
}

TEST(HttpTracker, AnErrorIsASentence) {
  EXPECT_EQ(encoded(ErrorResponse{"info_hash is missing"}),
            "d14:failure reason20:info_hash is missinge");
}

}  // namespace
}  // namespace swarm::wire::http
