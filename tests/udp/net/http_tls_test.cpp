// HTTP over TLS: who is served, and who cannot hold it up.
#include <gmock/gmock.h>
#include <poll.h>

#include "tests/udp/net/http_clients.hpp"
#include "tests/udp/net/tls_client.hpp"
#include "tests/udp/net/tls_files.hpp"
#include "transport/udp/net/tls_identity.hpp"

namespace swarm::udp::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Tcp = asio::ip::tcp;

struct HttpTls : testing::Test {
  Running::Make tcp(HttpLimits limits = {}) const {
    const auto tls = std::make_shared<TlsIdentity>(pem.certificate, pem.key);
    return [=](asio::io_context& its) {
      return HttpServer::tcp(its, "127.0.0.1:0", echo, limits, tls);
    };
  }
  static std::uint16_t port_of(const Running& server) {
    const auto address = server.address();
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  // A connection without TLS.
  Tcp::socket plain(const Running& server, const std::string& text = {}) {
    Tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port_of(server)});
    asio::write(socket, asio::buffer(text));
    return socket;
  }
  static std::string all_of(Tcp::socket& socket) {
    std::string text;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(text), end);
    return text;
  }

  const tls::Pem pem = tls::self_signed("here");
  asio::io_context io;
};

TEST_F(HttpTls, AClientIsAnsweredInBothVersions) {
  const Running server(tcp());
  for (const auto& [version, name] :
       {std::pair{TLS1_2_VERSION, "TLSv1.2"}, std::pair{TLS1_3_VERSION, "TLSv1.3"}}) {
    tls::Client client(pem.certificate, port_of(server), version);
    ASSERT_EQ(client.shake_hands(), "");
    EXPECT_EQ(client.version(), name);
    client.send(request("GET", "/status"));
    const auto text = client.all();
    EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(text, EndsWith("get /status "));
  }
}

TEST_F(HttpTls, AConnectionServesSeveralRequests) {
  const Running server(tcp());
  tls::Client client(pem.certificate, port_of(server));
  ASSERT_EQ(client.shake_hands(), "");
  for (const std::string target : {"/one", "/two"}) {
    client.send("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n");
    EXPECT_THAT(client.until("get " + target + " "), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
}

TEST_F(HttpTls, OlderVersionsAreRefused) {
  const Running server(tcp());
  tls::Client client(pem.certificate, port_of(server), TLS1_1_VERSION);
  EXPECT_THAT(client.shake_hands(), HasSubstr("protocol version"));
}

// One exchange over a large group costs the thread that drives the node a hundred times more.
TEST_F(HttpTls, AClientThatOffersOnlyCostlyGroupsIsRefused) {
  const Running server(tcp());
  for (const std::string groups : {"ffdhe8192", "P-521"}) {
    tls::Client client(pem.certificate, port_of(server), TLS1_3_VERSION, "127.0.0.1", groups);
    EXPECT_THAT(client.shake_hands(), HasSubstr("handshake failure")) << groups;
  }
  tls::Client curve(pem.certificate, port_of(server), TLS1_3_VERSION, "127.0.0.1", "P-256");
  EXPECT_EQ(curve.shake_hands(), "");
}

// The server keeps no session, and seals none in a ticket.
TEST_F(HttpTls, NoSessionIsKept) {
  const Running server(tcp());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls::Client client(pem.certificate, port_of(server), version);
    ASSERT_EQ(client.shake_hands(), "");
    client.send(request("GET", "/status"));
    EXPECT_THAT(client.all(), EndsWith("get /status "));
    EXPECT_FALSE(client.has_ticket());
  }
}

TEST_F(HttpTls, AClientThatTrustsAnotherCertificateGoesAway) {
  const Running server(tcp());
  tls::Client client(tls::self_signed("other").certificate, port_of(server));
  EXPECT_THAT(client.shake_hands(), HasSubstr("certificate verify failed"));
}

TEST_F(HttpTls, AClientThatSpeaksNoTlsIsNotAnswered) {
  const Running server(tcp());
  auto client = plain(server, "GET /status HTTP/1.1\r\nHost: here\r\n\r\n");
  EXPECT_THAT(all_of(client), testing::Not(HasSubstr("HTTP")));
  EXPECT_EQ(server.counters().requests, 0u);
}

// The silent ones have not begun a handshake, or have stopped within it.
TEST_F(HttpTls, WhoDoesNotEndItsHandshakeHoldsUpNobodyAndIsClosed) {
  const Running server(tcp({.request = 3s}));
  auto silent = plain(server), begun = plain(server, "\x16\x03\x01");
  tls::Client client(pem.certificate, port_of(server));
  ASSERT_EQ(client.shake_hands(), "");
  client.send(request("GET", "/status"));
  EXPECT_THAT(client.all(), EndsWith("get /status "));
  EXPECT_EQ(all_of(silent), "");  // closed at the limit; without it the test would not end
  EXPECT_EQ(all_of(begun), "");
}

TEST_F(HttpTls, HandshakesCountAsConnectionsAndMakeRoom) {
  const Running server(tcp({.connections = 2, .request = 1h}));
  auto first = plain(server), second = plain(server);
  tls::Client client(pem.certificate, port_of(server));
  ASSERT_EQ(client.shake_hands(), "");
  client.send(request("GET", "/status"));
  EXPECT_THAT(client.all(), EndsWith("get /status "));
  EXPECT_EQ(all_of(first), "");  // it waited longest
  EXPECT_EQ(server.counters().made_room, 1u);
}

// However many ask at once: a handshake costs a signature on the thread that drives the node.
TEST_F(HttpTls, HandshakesBeginOneAfterTheOther) {
  const Running server(tcp({.request = 1h, .handshake_pause = 100ms}));
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      tls::Client client(pem.certificate, port_of(server));
      EXPECT_EQ(client.shake_hands(), "");
    });
  for (auto& client : clients) client.join();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 300ms);
}

// There is only one turn in this test.
TEST_F(HttpTls, WhoIsSilentTakesNoTurn) {
  const Running server(tcp({.request = 1h, .handshake_pause = 1h}));
  auto silent = plain(server), begun = plain(server, "\x16\x03\x01");
  tls::Client client(pem.certificate, port_of(server));
  EXPECT_EQ(client.shake_hands(), "");
}

// The first message of a client that says nothing after it.
std::string hello_of_a_client() {
  asio::ssl::context ssl{asio::ssl::context::tls_client};
  const std::unique_ptr<SSL, decltype(&SSL_free)> client(SSL_new(ssl.native_handle()), SSL_free);
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(client.get());
  std::string hello(BIO_pending(out), 0);
  BIO_read(out, hello.data(), static_cast<int>(hello.size()));
  return hello;
}

TEST_F(HttpTls, FewHandshakesAreUnderWay) {
  const Running server(tcp({.request = 1h, .handshake = 1h}));
  std::vector<Tcp::socket> stalled;
  for (int i = 0; i < 4; ++i) {
    stalled.push_back(plain(server, hello_of_a_client()));
    char first;
    asio::read(stalled.back(), asio::buffer(&first, 1));  // the server has signed
  }
  auto fifth = plain(server, hello_of_a_client());
  pollfd answer{.fd = fifth.native_handle(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&answer, 1, 200), 0) << "it waits for its turn";
  stalled.front().close();
  char first;
  asio::read(fifth, asio::buffer(&first, 1));
}

TEST_F(HttpTls, AHandshakeThatStallsEndsSoon) {
  const Running server(tcp({.request = 1h, .handshake = 50ms}));
  std::vector<Tcp::socket> stalled;
  for (int i = 0; i < 8; ++i) stalled.push_back(plain(server, hello_of_a_client()));
  tls::Client client(pem.certificate, port_of(server));
  EXPECT_EQ(client.shake_hands(), "");
  for (auto& socket : stalled) all_of(socket);  // returns only when the server has closed it
}

TEST_F(HttpTls, TheCostOfAKeyIsMeasured) {
  EXPECT_GT(TlsIdentity(pem.certificate, pem.key).cost(), 0ns);
}

TEST_F(HttpTls, ANewIdentityServesNewConnections) {
  Running server(tcp());
  tls::Client before(pem.certificate, port_of(server));
  ASSERT_EQ(before.shake_hands(), "");
  const auto fresh = tls::self_signed("fresh");
  server.use(std::make_shared<TlsIdentity>(fresh.certificate, fresh.key));
  tls::Client after(fresh.certificate, port_of(server));
  EXPECT_EQ(after.shake_hands(), "");
  before.send(request("GET", "/status"));
  EXPECT_THAT(before.all(), EndsWith("get /status "));
  server.use(nullptr);
  auto without = plain(server, request("GET", "/status"));
  EXPECT_THAT(all_of(without), EndsWith("get /status "));
}

}  // namespace
}  // namespace swarm::udp::http
