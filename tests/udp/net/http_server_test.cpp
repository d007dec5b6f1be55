// What clients of the HTTP server may send, and what they are answered, at once or later.
#include "transport/udp/net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <optional>
#include <sstream>

#include "tests/udp/net/http_clients.hpp"

namespace swarm::udp::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Tcp = asio::ip::tcp;

Running::Make tcp(HttpHandler handler = echo, std::string address = "127.0.0.1:0",
                  HttpLimits limits = {}) {
  return [=](asio::io_context& io) { return HttpServer::tcp(io, address, handler, limits); };
}

template <class Server>
Tcp::socket connected(asio::io_context& io, const Server& server) {
  const auto address = server.address();
  const auto port = std::stoi(address.substr(address.rfind(':') + 1));
  Tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
  return socket;
}

// A client that sends what it likes.
class Client {
 public:
  explicit Client(const Running& server) : socket_(connected(io_, server)) {}
  // What the server does not read any more, since it has answered, is no fault of the test's.
  Client& send(const std::string& text) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(text), ignored);
    return *this;
  }
  std::string all() {  // until the server closes
    boost::system::error_code closed;
    asio::read(socket_, asio::dynamic_buffer(read_), closed);
    EXPECT_EQ(closed, asio::error::eof);
    return std::move(read_);
  }
  std::string until(const std::string& end) {
    const auto n = asio::read_until(socket_, asio::dynamic_buffer(read_), end);
    const auto text = read_.substr(0, n);
    read_.erase(0, n);
    return text;
  }
  std::string address() const {
    std::ostringstream text;
    text << socket_.local_endpoint();
    return text.str();
  }
  bool has_something() { return socket_.available() > 0; }

 private:
  asio::io_context io_;
  Tcp::socket socket_;
  std::string read_;
};

std::string talk(const Running& server, const std::string& text) {
  return Client(server).send(text).all();
}

TEST(HttpServer, AGetReachesTheHandlerWithoutItsQuery) {
  const Running server(tcp());
  const auto answer = talk(server, request("GET", "/metrics?a=b"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 13\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nget /metrics "));
}

TEST(HttpServer, APostBringsItsBody) {
  const Running server(tcp());
  EXPECT_THAT(talk(server, request("POST", "/remove/3", "now")), EndsWith("post /remove/3 now"));
}

TEST(HttpServer, AHeadIsAGetWithoutTheBody) {
  const Running server(tcp());
  const auto answer = talk(server, request("HEAD", "/metrics"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 13\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, AConnectionServesManyRequests) {
  const Running server(tcp());
  Client client(server);
  for (const std::string target : {"/one", "/two", "/three"})
    client.send("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n").until("get " + target + ' ');
  client.send("GET /four HTTP/1.1\r\n\r\nGET /five HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.all(), EndsWith("get /five "));
}

TEST(HttpServer, AnOldClientIsServedToo) {
  const Running server(tcp());
  EXPECT_THAT(talk(server, "GET /healthz HTTP/1.0\r\n\r\n"), EndsWith("get /healthz "));
}

TEST(HttpServer, TheHandlerSaysWhatIsMissing) {
  const Running server(tcp());
  EXPECT_THAT(talk(server, request("GET", "/missing")), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  const auto answer = talk(server, request("POST", "/only-look"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST(HttpServer, OtherMethodsAreNotAllowed) {
  const Running server(tcp());
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "SEARCH", "WHATEVER"}) {
    const auto answer = talk(server, request(method, "/"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD, POST\r\n")) << method;
  }
}

TEST(HttpServer, WhatIsNoHttpIsABadRequest) {
  const Running server(tcp());
  for (const char* text :
       {"hello\r\n\r\n", "GET / HTTP/7.1\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
        "\x01\x02\x03\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"})
    EXPECT_THAT(talk(server, text), StartsWith("HTTP/1.1 400 ")) << text;
}

TEST(HttpServer, AnOversizedHeaderIsRefused) {
  const Running server(tcp());
  const auto with = [](std::size_t bytes) {
    return "GET / HTTP/1.1\r\nConnection: close\r\nX: " + std::string(bytes, 'x') + "\r\n\r\n";
  };
  EXPECT_THAT(talk(server, with(8000)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(talk(server, with(8200)), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(talk(server, with(60000)), StartsWith("HTTP/1.1 431 "));
}

TEST(HttpServer, AnOversizedBodyIsRefused) {
  const Running server(tcp());
  EXPECT_THAT(talk(server, request("POST", "/", std::string(4096, 'x'))), EndsWith("xxxx"));
  EXPECT_THAT(talk(server, request("POST", "/", std::string(4097, 'x'))),
              StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServer, AFaultOfTheHandlerIsAnswerAndNotTheEnd) {
  const Running server(tcp());
  const auto answer = talk(server, request("GET", "/throw"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, HasSubstr("a fault inside"));
  EXPECT_THAT(talk(server, request("GET", "/")), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, ASlowClientHoldsNobodyUp) {
  const Running server(tcp());
  Client slow(server);
  slow.send("GET /slow HT");
  EXPECT_THAT(talk(server, request("GET", "/")), StartsWith("HTTP/1.1 200 "));
  slow.send("TP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(slow.all(), EndsWith("get /slow "));
}

TEST(HttpServer, ConnectionsThatAskNothingMakeRoom) {
  const Running server(tcp());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(std::make_unique<Client>(server));
  for (int i = 0; i < 16; ++i) {
    clients.push_back(std::make_unique<Client>(server));
    clients.back()->send("GET / HTTP/1.1\r\n\r\n").until("get / ");
  }
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(clients[i]->all(), "") << i;  // the oldest
  clients[16]->send("GET / HTTP/1.1\r\n\r\n").until("get / ");
  EXPECT_EQ(server.counters().made_room, 16u);
}

// --- Answers that come later

// Notes who asked; the test answers.
struct Asked {
  std::promise<HttpRequest> request;
  HttpHandler handler() {
    return [this](const HttpRequest& asked) -> std::optional<HttpResponse> {
      if (asked.target == "/at-once") return HttpResponse{.body = "at once"};
      if (asked.target == "/first") request.set_value(asked);
      return {};
    };
  }
};

TEST(HttpServer, AnAnswerMayComeLater) {
  Asked asked;
  Running server(tcp(asked.handler()));
  Client client(server);
  client.send(request("GET", "/first?a=%01&b"));
  const auto was = asked.request.get_future().get();
  EXPECT_EQ(was.query, "?a=%01&b");
  EXPECT_EQ(to_string(was.from), client.address());
  EXPECT_THAT(talk(server, request("GET", "/at-once")), EndsWith("at once"));
  server.answer(was.from, {.body = "later"});
  EXPECT_THAT(client.all(), EndsWith("later"));
  server.answer(was.from, {.body = "twice"});  // nobody waits
}

TEST(HttpServer, WithoutAnAnswerItSaysSo) {
  Asked asked;
  const Running server(tcp(asked.handler(), "127.0.0.1:0", {.answer = 1ms}));
  EXPECT_THAT(talk(server, request("GET", "/first")), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(server.counters().unanswered, 1u);
}

TEST(HttpServer, AnAnswerToWhoIsGoneIsNothing) {
  Asked asked;
  Running server(tcp(asked.handler()));
  std::optional<Client> client(server);
  client->send(request("GET", "/first"));
  const auto was = asked.request.get_future().get();
  client.reset();
  server.answer(was.from, {.body = "later"});
  EXPECT_THAT(talk(server, request("GET", "/at-once")), EndsWith("at once"));
}

TEST(HttpServer, WhileAllAreAnsweredFurtherOnesWait) {
  Asked asked;
  Running server(tcp(asked.handler(), "127.0.0.1:0", {.connections = 1}));
  Client first(server);
  first.send(request("GET", "/first"));
  const auto was = asked.request.get_future().get();
  Client second(server);
  second.send(request("GET", "/at-once"));
  EXPECT_EQ(server.counters().connections, 1u);
  EXPECT_FALSE(second.has_something());
  server.answer(was.from, {.body = "later"});
  EXPECT_THAT(first.all(), EndsWith("later"));
  EXPECT_THAT(second.all(), EndsWith("at once"));
}

TEST(HttpServer, AConnectionMayServeOneRequestOnly) {
  const Running server(tcp(echo, "127.0.0.1:0", {.keep_alive = false}));
  Client client(server);
  client.send("GET /one HTTP/1.1\r\n\r\n");
  const auto answer = client.all();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("get /one "));
}

TEST(HttpServer, ServesIpv6) {
  asio::io_context io;
  const auto server = HttpServer::tcp(io, "[::1]:0", echo);
  EXPECT_THAT(server->address(), StartsWith("[::1]:"));
}

TEST(HttpServer, ItsEndClosesWhatIsOpen) {
  asio::io_context io;
  auto server = HttpServer::tcp(io, "127.0.0.1:0", echo);
  Tcp::socket idle = connected(io, *server), half = connected(io, *server);
  asio::write(half, asio::buffer("GET / HT", 8));
  std::string answer;
  asio::write(idle, asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
  asio::async_read_until(idle, asio::dynamic_buffer(answer), "get / ",
                         [&](auto, std::size_t) { server.reset(); });
  while (server) io.run_one();
  io.poll();
  for (auto* socket : {&idle, &half}) {
    char byte{};
    boost::system::error_code error;
    socket->non_blocking(true);
    socket->read_some(asio::buffer(&byte, 1), error);
    EXPECT_EQ(error, asio::error::eof);
  }
}

TEST(HttpServer, AHandlerMayEndItsServer) {
  asio::io_context io;
  std::unique_ptr<HttpServer> server;
  server = HttpServer::tcp(io, "127.0.0.1:0", [&](const HttpRequest&) {
    server.reset();
    return HttpResponse{};
  });
  auto socket = connected(io, *server);
  asio::write(socket, asio::buffer(request("GET", "/")));
  std::string answer;
  asio::async_read(socket, asio::dynamic_buffer(answer), [](auto, std::size_t) {});
  io.run();
  EXPECT_EQ(server, nullptr);
}

TEST(HttpServer, AnAddressInUseIsOneSentence) {
  const Running server(tcp());
  EXPECT_THAT(sentence_of([&] { Running(tcp(echo, server.address())); }),
              HasSubstr("cannot serve HTTP on " + server.address() + ": Address already in use"));
}

TEST(HttpServer, ARestartFindsItsPortFree) {
  auto first = std::make_unique<Running>(tcp());
  const auto address = first->address();
  Client client(*first);
  client.send("GET / HTTP/1.1\r\n\r\n").until("get / ");
  first.reset();  // closed by the server first: its side waits in TIME_WAIT
  const Running second(tcp(echo, address));
  EXPECT_THAT(talk(second, request("GET", "/")), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpServer, WhatIsNoAddressIsSaid) {
  for (const char* address : {"", "6980", "127.0.0.1", "127.0.0.1:", "localhost:6980",
                              "127.0.0.1:65536", "127.0.0.1:80x", ":80", "127.0.0.1:-1"})
    EXPECT_THAT(sentence_of([&] { Running(tcp(echo, address)); }),
                HasSubstr("is no address for HTTP"))
        << address;
}

}  // namespace
}  // namespace swarm::udp::http
