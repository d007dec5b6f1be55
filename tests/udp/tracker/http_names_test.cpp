// DNS rebinding: which names a request for the pages of an instance may use.
#include "transport/udp/tracker/http_names.hpp"

#include <gmock/gmock.h>

#include "tests/udp/tracker/worker_fixture.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Tcp = asio::ip::tcp;

constexpr Ip own4{0xc0000201};  // 192.0.2.1
constexpr Ip own6 = Ip::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});

using Hosts = std::vector<std::string>;

HttpRequest request_of(const std::string& target, Hosts hosts, unsigned version = 11,
                       const std::string& server = {}) {
  HttpRequest request;
  request.target = target;
  request.hosts = std::move(hosts);
  request.version = version;
  request.server = server;
  return request;
}

struct HttpNamesTest : testing::Test {
  // The status of the refusal; 200: the request is answered.
  unsigned ask(const std::string& target, Hosts hosts, unsigned version = 11,
               const std::string& server = {}) const {
    const auto refusal = names.objection(request_of(target, std::move(hosts), version, server));
    return refusal ? refusal->status : 200;
  }
  unsigned ask(const std::string& host) const { return ask("/status", {host}); }
  HttpNames names{{"Tracker-1.Example", "198.51.100.7", "[2001:db8::7]"},
                  [](const Ip& ip) { return ip == own4 || ip == own6; }};
};

TEST_F(HttpNamesTest, LocalhostOwnAddressesAndTheListedNamesAreThisHost) {
  for (const std::string host :
       {"localhost", "LOCALHOST:6980", "localhost.", "192.0.2.1", "192.0.2.1:80", "192.0.2.1.",
        "[2001:db8::1]", "[2001:DB8:0::1]:6980", "tracker-1.example", "TRACKER-1.EXAMPLE.:6980",
        "tracker-1.example:", "198.51.100.7:1", "[2001:db8::7]"})
    EXPECT_EQ(ask(host), 200u) << host;
}

TEST_F(HttpNamesTest, EveryOtherNameIsRefused) {
  for (const std::string host : {"evil.example",
                                 "localhost.evil.example",
                                 "evil-localhost",
                                 "tracker-1",
                                 "example",
                                 "tracker-1.example..",
                                 "192.0.2.2",
                                 "0.0.0.0",
                                 "192.0.2",
                                 "3221225985",
                                 "[2001:db8::2]",
                                 "[2001:db8::1",
                                 "2001:db8::1",
                                 "[::ffff:192.0.2.1]",
                                 "[2001:db8::1%eth0]",
                                 "[192.0.2.1]",
                                 "[2001:db8::1]x",
                                 "[2001:db8::1]:80:80",
                                 "localhost:80:80",
                                 "localhost:x",
                                 "localhost:123456",
                                 "localhost ",
                                 "a@localhost",
                                 "localhost/",
                                 "localhost,evil.example",
                                 "",
                                 ".",
                                 ":80",
                                 "[]"})
    EXPECT_EQ(ask(host), 421u) << host;
  EXPECT_EQ(ask(std::string("localhost\0", 10)), 421u);
  EXPECT_EQ(ask(std::string(254, 'a')), 421u);
}

TEST_F(HttpNamesTest, ARefusalNamesTheKeyAndShowsNoBytesOfAStranger) {
  const auto refusal =
      names.objection(request_of("/metrics", {"evil\x1b[2J" + std::string(200, 'x')}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 421u);
  EXPECT_THAT(refusal->body, StartsWith("`evil?[2Jxxx"));
  EXPECT_THAT(refusal->body, HasSubstr("`http-names`"));
  EXPECT_LT(refusal->body.size(), 200u);
}

TEST_F(HttpNamesTest, ARequestNamesOneHost) {
  EXPECT_EQ(ask("/status", Hosts{}), 400u);
  EXPECT_EQ(ask("/status", Hosts{}, 10), 200u);
  EXPECT_EQ(ask("/status", {"localhost", "localhost"}), 400u);
  EXPECT_EQ(ask("/status", {"localhost", "evil.example"}, 10), 400u);
  EXPECT_EQ(ask("/status", {"evil.example"}, 10), 421u);
}

TEST_F(HttpNamesTest, TheServerInATargetCountsToo) {
  EXPECT_EQ(ask("/status", {"localhost"}, 11, "evil.example"), 421u);
  EXPECT_EQ(ask("/status", {"evil.example"}, 11, "localhost"), 421u);
  EXPECT_EQ(ask("/status", {"localhost"}, 11, "192.0.2.1:80"), 200u);
}

// A worker, over its real door.
class HttpNamesAtAWorker : public WorkerTest {
 protected:
  void serve(const std::string& more) {
    const auto all = fmt::format("http-address = 127.0.0.1:{}\n{}", port_, more);
    start([this, all] { return configuration(all); }, all);
    ASSERT_NE(await("speaks to trackers"), "");
  }
  std::string ask(const std::string& target, const std::string& fields) {
    Tcp::socket socket(io_);
    socket.connect({asio::ip::make_address("127.0.0.1"), port_});
    asio::write(socket, asio::buffer("GET " + target + " HTTP/1.1\r\n" + fields +
                                     "Connection: close\r\n\r\n"));
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    return text;
  }

  const std::uint16_t port_ = static_cast<std::uint16_t>(20'000 + ::getpid() % 12'000);
  asio::io_context io_;
};

TEST_F(HttpNamesAtAWorker, OnlyItsNamesAreAnswered) {
  serve("http-names = tracker-1.example, tracker-1\n");
  for (const std::string host : {"127.0.0.1", "127.0.0.1:80", "localhost", "tracker-1.example"}) {
    EXPECT_THAT(ask("/status", "Host: " + host + "\r\n"), StartsWith("HTTP/1.1 200 ")) << host;
    EXPECT_THAT(ask("/metrics", "Host: " + host + "\r\n"), StartsWith("HTTP/1.1 200 ")) << host;
  }
  for (const std::string target : {"/status", "/metrics", "/else", "/healthz/", "//healthz"}) {
    const auto page = ask(target, "Host: rebound.example\r\n");
    EXPECT_THAT(page, StartsWith("HTTP/1.1 421 Misdirected Request\r\n")) << target;
    EXPECT_THAT(page, EndsWith("add the name to `http-names` in its configuration\n"));
  }
  EXPECT_THAT(ask("http://rebound.example/status", "Host: localhost\r\n"),
              StartsWith("HTTP/1.1 421 "));
  EXPECT_THAT(ask("/status", ""), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("/status", "Host: localhost\r\nHost: localhost\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

// The sentence names members and peers, so only who names this host may read it.
TEST_F(HttpNamesAtAWorker, AProbeIsAnsweredUnderEveryNameButSaysNoMoreThanItsStatus) {
  serve("first-start = manual\n");
  for (const std::string fields : {"Host: rebound.example\r\n", ""}) {
    EXPECT_THAT(ask("/healthz", fields), EndsWith("\r\n\r\nalive\n"));
    EXPECT_THAT(ask("/readyz", fields), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(ask("/readyz", fields), EndsWith("\r\n\r\nnot ready\n"));
  }
  const auto own = ask("/readyz", "Host: localhost\r\n");
  EXPECT_THAT(own, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(own, testing::Not(EndsWith("\r\n\r\nnot ready\n")));
}

}  // namespace
}  // namespace swarm::udp
