// Clients of every kind at one tracker, over real sockets: the dialects share a port and the
// swarms.
#include <gmock/gmock.h>

#include <fstream>

#include "engine/wire/bep15.hpp"
#include "tests/udp/run_until.hpp"
#include "tests/udp/tracker/worker_fixture.hpp"
#include "transport/udp/net/datagram_socket.hpp"

namespace swarm::udp {
namespace {

namespace bep15 = wire::bep15;
using testing::HasSubstr;
using testing::UnorderedElementsAre;
using Tcp = asio::ip::tcp;
using Text = std::vector<std::uint8_t>;

constexpr Ip loopback6 = Ip::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});

class ClientsTest : public WorkerTest {
 protected:
  // A swarm of one, which serves over all ways.
  void serve(const std::string& more = "") {
    const std::string all = fmt::format(
        "bootstrap-expect = 1\npeers-address6 = ::1\npeers-port = {0}\n"
        "announce-http-address = 127.0.0.1:{0}\n{1}",
        port_, more);
    const auto made = configuration(all);
    tracker_ = made.tracker.peers_address;
    start([made] { return made; }, all);
  }
  Endpoint tracker6() const { return {loopback6, port_}; }

  // An address of a client, beside the tracker's.
  Ip address(std::uint32_t n) const { return tracker_.ip.v4() + n; }
  DatagramSocket socket(const Ip& ip) { return DatagramSocket::unicast(io_, {ip, 0}, {}); }

  // Again and again, until it is answered.
  Text ask(DatagramSocket& from, const Endpoint& tracker, Bytes request) {
    Text answer;
    asio::steady_timer again(io_);
    const std::function<void()> send = [&] {
      from.send(std::vector<DatagramSocket::Outgoing>{{tracker, request}});
      again.expires_after(100ms);
      again.async_wait([&](const boost::system::error_code& error) {
        if (!error) send();
      });
    };
    const std::function<void()> hear = [&] {
      for (const auto& datagram : from.receive())
        if (datagram.from == tracker) answer.assign(datagram.bytes.begin(), datagram.bytes.end());
      if (answer.empty()) from.wait(hear);
    };
    from.wait(hear);
    send();
    EXPECT_TRUE(run_until(io_, [&] { return !answer.empty(); }));
    again.cancel();
    io_.poll();
    return answer;
  }
  template <class Answer>
  Answer ask15(DatagramSocket& from, const bep15::Request& request) {
    Text bytes;
    bep15::encode(request, bytes);
    const bool six = !from.local().ip.is_v4();
    const auto answer = bep15::decode_response(ask(from, six ? tracker6() : tracker_, bytes), six);
    EXPECT_TRUE(answer && std::holds_alternative<Answer>(*answer));
    return std::get<Answer>(*answer);
  }
  bep15::AnnounceResponse announce15(DatagramSocket& from, std::uint16_t port, std::uint64_t left) {
    const auto id = ask15<bep15::ConnectResponse>(from, bep15::ConnectRequest{{++asked_}});
    bep15::AnnounceRequest request;
    request.connection = id.connection;
    request.transaction = {++asked_};
    request.info_hash = content_;
    request.left = left;
    request.event = wire::AnnounceEvent::started;
    request.port = port;
    return ask15<bep15::AnnounceResponse>(from, request);
  }
  bep15::SwarmCounts scrape15(DatagramSocket& from) {
    const auto id = ask15<bep15::ConnectResponse>(from, bep15::ConnectRequest{{++asked_}});
    bep15::ScrapeRequest request;
    request.connection = id.connection;
    request.transaction = {++asked_};
    request.contents.push_back(content_);
    return *ask15<bep15::ScrapeResponse>(from, request).swarms.begin();
  }
  template <class Answer>
  Answer ask_seeds(DatagramSocket& from, const wire::Request& request) {
    const auto answer = wire::decode_response(ask(from, tracker_, wire::encode(request).bytes()));
    EXPECT_TRUE(answer && std::holds_alternative<Answer>(*answer));
    return std::get<Answer>(*answer);
  }
  std::string get(const std::string& target) {
    Tcp::socket socket(io_);
    socket.connect({asio::ip::make_address("127.0.0.1"), port_});
    asio::write(socket, asio::buffer("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n"));
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    return text;
  }

  const std::uint16_t port_ = static_cast<std::uint16_t>(20'000 + ::getpid() % 12'000);
  const InfoHash content_{{0xaa, 0xbb}};
  Endpoint tracker_;
  asio::io_context io_;
  std::uint32_t asked_ = 0;
};

std::vector<std::string> texts(std::span<const Endpoint> peers) {
  std::vector<std::string> all;
  for (const auto& peer : peers) all.push_back(to_string(peer));
  return all;
}

std::string compact(const Endpoint& peer) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8)
    text += static_cast<char>(peer.ip.v4() >> shift & 0xff);
  text += static_cast<char>(peer.port >> 8);
  return text += static_cast<char>(peer.port & 0xff);
}

std::string target_of(const std::string& path, const std::string& more) {
  std::string target = path + "?info_hash=%AA%BB";
  for (int i = 0; i < 18; ++i) target += "%00";
  return target + more;
}

TEST_F(ClientsTest, BothDialectsAndHttpShareASwarm) {
  serve();
  auto other = socket(address(1)), seeds = socket(address(2));
  EXPECT_EQ(announce15(other, 5001, 7).leechers, 1u);

  const auto id = ask_seeds<wire::ConnectResponse>(seeds, wire::ConnectRequest{{1}});
  wire::AnnounceRequest request;
  request.connection = id.connection;
  request.transaction = {2};
  request.info_hash = content_;
  request.event = wire::AnnounceEvent::started;
  request.num_want = 50;
  request.port = 5002;
  ask_seeds<wire::AnnounceResponse>(seeds, request);
  request.transaction = {3};
  request.event = wire::AnnounceEvent::completed;
  const auto told = ask_seeds<wire::AnnounceResponse>(seeds, request);
  const Endpoint first{address(1), 5001}, second{address(2), 5002};
  EXPECT_THAT(texts(told.peers.items()), UnorderedElementsAre(to_string(first)));

  const auto page =
      get(target_of("/announce", "&peer_id=aaaaaaaaaaaaaaaaaaaa&port=5003&left=9&compact=1"));
  EXPECT_THAT(page, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_THAT(page, HasSubstr("5:peers12:"));
  EXPECT_THAT(page, HasSubstr(compact(first)));
  EXPECT_THAT(page, HasSubstr(compact(second)));

  EXPECT_THAT(texts(announce15(other, 5001, 7).peers.items()),
              UnorderedElementsAre(to_string(second), "127.0.0.1:5003"));
  EXPECT_EQ(scrape15(other), (bep15::SwarmCounts{1, 1, 2}));
  EXPECT_THAT(get(target_of("/scrape", "")),
              HasSubstr("d8:completei1e10:downloadedi1e10:incompletei2ee"));
}

TEST_F(ClientsTest, OverIpv6ThereIsASwarmOfItsOwn) {
  serve();
  auto four = socket(address(1)), six = socket(loopback6), another = socket(loopback6);
  announce15(four, 5001, 7);
  const auto alone = announce15(six, 5006, 0);
  EXPECT_EQ(alone.seeders, 1u);
  EXPECT_EQ(alone.leechers, 0u);
  EXPECT_EQ(alone.peers.size(), 0u);
  EXPECT_THAT(texts(announce15(another, 5007, 7).peers.items()),
              UnorderedElementsAre("[::1]:5006"));
  EXPECT_EQ(announce15(four, 5001, 7).seeders, 0u);
}

TEST_F(ClientsTest, WhatTheDenyListNamesIsNotTracked) {
  std::ofstream(folder_ / "list") << to_hex(content_.bytes) << '\n';
  serve(fmt::format("deny-list = {}\n", folder_ / "list"));
  auto client = socket(address(1));
  const auto id = ask15<bep15::ConnectResponse>(client, bep15::ConnectRequest{{1}});
  bep15::AnnounceRequest request;
  request.connection = id.connection;
  request.transaction = {2};
  request.info_hash = content_;
  request.port = 5001;
  ask15<bep15::ErrorResponse>(client, request);
  EXPECT_EQ(scrape15(client), bep15::SwarmCounts{});
}

// An instance that belongs to no swarm yet. Without a refusal, the limit of the connection would
// answer after 15 s, with another sentence.
TEST_F(ClientsTest, WhoAsksAnInstanceThatIsNoMemberOverHttpIsRefusedAtOnce) {
  const auto more = fmt::format("peers-port = {0}\nannounce-http-address = 127.0.0.1:{0}\n", port_);
  const auto made = configuration(more);
  start([made] { return made; }, more);
  ASSERT_NE(await("speaks to trackers"), "");
  const auto page = get(target_of("/announce", "&peer_id=aaaaaaaaaaaaaaaaaaaa&port=5003&left=9"));
  EXPECT_THAT(page, HasSubstr("HTTP/1.1 503 Service Unavailable"));
  EXPECT_THAT(page, HasSubstr("Retry-After: 5"));
  EXPECT_THAT(page, HasSubstr("no tracker can answer now"));
}

}  // namespace
}  // namespace swarm::udp
