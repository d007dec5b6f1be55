#include "transport/udp/net/http_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/net/control_socket.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;

// Says what it was asked; throws where it is told to.
HttpResponse echo(const HttpRequest& request) {
  if (request.target == "/throw") throw std::runtime_error("a fault inside");
  if (request.target == "/missing") return {404, "text/plain", "nothing here\n"};
  if (request.target == "/only-look") return {405, "text/plain", "not here\n"};
  return {.body = (request.post ? "post " : "get ") + request.target + ' ' + request.body};
}

// A server on a thread of its own, as the worker's network thread.
class Running {
 public:
  using Make = std::function<std::unique_ptr<HttpServer>(asio::io_context&)>;
  explicit Running(const Make& make) : server_(make(io_)) {
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Running() {
    end();
    io_.stop();
    thread_.join();
  }
  void end() {  // of the server, while its thread goes on
    on_its_thread([this] { server_.reset(); });
  }
  std::string address() const { return server_->address(); }
  void answer(const Endpoint& to, const HttpResponse& response) {
    on_its_thread([&] { server_->answer(to, response); });
  }
  HttpCounters counters() const {
    HttpCounters counters;
    on_its_thread([&] { counters = server_->counters(); });
    return counters;
  }

 private:
  void on_its_thread(const std::function<void()>& work) const {
    std::promise<void> done;
    asio::post(io_, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  mutable asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

Running::Make tcp(HttpHandler handler = echo, std::string address = "127.0.0.1:0",
                  HttpLimits limits = {}) {
  return [=](asio::io_context& io) { return HttpServer::tcp(io, address, handler, limits); };
}
Running::Make control(const std::string& path, HttpHandler handler = echo) {
  return [=](asio::io_context& io) { return HttpServer::control(io, path, handler); };
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

std::string request(const std::string& method, const std::string& target,
                    const std::string& body = {}) {
  return method + ' ' + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" +
         (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
         body;
}
std::string talk(const Running& server, const std::string& text) {
  return Client(server).send(text).all();
}

template <class Body>
std::string sentence_of(Body body) {
  try {
    body();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was thrown";
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

// --- the control socket

bool is_there(const std::string& path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0;
}

// A socket file that nobody listens on, as a killed process leaves it.
void leave_stale(const std::string& path) {
  asio::io_context io;
  Local::acceptor(io, Local::endpoint(path));
}

TEST(ControlSocket, TakesRequestsAndGivesAnswers) {
  const TemporaryDirectory folder;
  const Running server(control(folder / "control.sock"));
  const auto looked = control_request(folder / "control.sock", {false, "/status", {}});
  EXPECT_EQ(looked.status, 200u);
  EXPECT_EQ(looked.type, "text/plain; charset=utf-8");
  EXPECT_EQ(looked.body, "get /status ");
  EXPECT_EQ(control_request(folder / "control.sock", {true, "/handover", "x"}).body,
            "post /handover x");
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/missing", {}}).status, 404u);
}

TEST(ControlSocket, OnlyItsOwnerMayUseItAndItGoesWithItsServer) {
  const TemporaryDirectory folder;
  const auto path = folder / "control.sock";
  const auto mask = umask(0);
  {
    const Running server(control(path));
    struct stat file {};
    ASSERT_EQ(stat(path.c_str(), &file), 0);
    EXPECT_EQ(file.st_mode, static_cast<mode_t>(S_IFSOCK | 0600));
    EXPECT_EQ(server.address(), path);
  }
  umask(mask);
  EXPECT_FALSE(is_there(path));
}

TEST(ControlSocket, AStaleOneIsReplaced) {
  const TemporaryDirectory folder;
  leave_stale(folder / "control.sock");
  ASSERT_TRUE(is_there(folder / "control.sock"));
  const Running server(control(folder / "control.sock"));
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/", {}}).status, 200u);
}

TEST(ControlSocket, ALiveOneIsRefusedAndLivesOn) {
  const TemporaryDirectory folder;
  const Running first(control(folder / "control.sock"));
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "control.sock")); }),
              HasSubstr("another swarm-tracker runs on this data directory"));
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/", {}}).status, 200u);
}

// A stopped process accepts nobody, and in the end its queue is full; it is alive all the same.
TEST(ControlSocket, ALiveOneWithAFullQueueIsRefused) {
  const TemporaryDirectory folder;
  asio::io_context io;
  Local::acceptor deaf(io, Local());
  deaf.bind(folder / "control.sock");
  deaf.listen(0);
  std::vector<Local::socket> queue;
  boost::system::error_code full;
  while (!full && queue.size() < 100) {
    queue.emplace_back(io, Local());
    queue.back().non_blocking(true);
    queue.back().connect(folder / "control.sock", full);
  }
  ASSERT_TRUE(full);
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "control.sock")); }),
              HasSubstr("another swarm-tracker runs on this data directory"));
}

TEST(ControlSocket, OfManyThatStartAtOnceOneGetsIt) {
  const TemporaryDirectory folder;
  const auto path = folder / "control.sock";
  for (int round = 0; round < 50; ++round) {
    leave_stale(path);
    asio::io_context io;
    std::vector<std::unique_ptr<HttpServer>> servers(8);
    std::vector<std::thread> threads;
    for (auto& server : servers)
      threads.emplace_back([&] {
        try {
          server = HttpServer::control(io, path, echo);
        } catch (const std::runtime_error&) {
        }
      });
    for (auto& thread : threads) thread.join();
    const auto got = [](const auto& server) { return server != nullptr; };
    ASSERT_EQ(std::count_if(servers.begin(), servers.end(), got), 1);
    ASSERT_TRUE(is_there(path));
  }
}

TEST(ControlSocket, WhatIsNoSocketIsLeftAlone) {
  const TemporaryDirectory folder;
  std::ofstream(folder / "control.sock") << "precious";
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "control.sock")); }),
              HasSubstr("is no socket"));
  EXPECT_EQ(fs::file_size(folder / "control.sock"), 8u);
}

TEST(ControlSocket, AnothersSocketIsNotRemovedAtTheEnd) {
  const TemporaryDirectory folder;
  auto first = std::make_unique<Running>(control(folder / "control.sock"));
  fs::remove(folder / "control.sock");
  const Running second(control(folder / "control.sock"));
  first.reset();
  EXPECT_EQ(control_request(folder / "control.sock", {false, "/", {}}).status, 200u);
}

TEST(ControlSocket, AMissingDirectoryIsOneSentence) {
  const TemporaryDirectory folder;
  EXPECT_THAT(sentence_of([&] { Running(control(folder / "none/control.sock")); }),
              AllOf(HasSubstr("cannot listen on the control socket"), HasSubstr("No such file")));
}

TEST(ControlSocket, APathTooLongIsOneSentenceOnBothSides) {
  const TemporaryDirectory folder;
  const auto path = folder / std::string(100, 'x').c_str();
  const std::string sentence = "the system allows 107: set control-socket to a shorter one";
  EXPECT_THAT(sentence_of([&] { Running(control(path)); }), HasSubstr(sentence));
  EXPECT_THAT(sentence_of([&] { control_request(path, {}); }), HasSubstr(sentence));
}

TEST(ControlRequest, SaysThatNoInstanceRuns) {
  const TemporaryDirectory folder;
  const auto path = folder / "control.sock";
  EXPECT_THAT(sentence_of([&] {
                control_request(path, {false, "/status", {}});
              }),
              AllOf(HasSubstr("is swarm-tracker running, and with which data-directory?"),
                    HasSubstr(path)));
  leave_stale(path);
  EXPECT_THAT(sentence_of([&] {
                control_request(path, {false, "/status", {}});
              }),
              HasSubstr("nobody listens"));
}

TEST(ControlRequest, SaysThatThePermissionIsMissing) {
  const TemporaryDirectory folder;
  const Running server(control(folder / "control.sock"));
  ASSERT_EQ(chmod((folder / "control.sock").c_str(), 0), 0);
  const bool root = geteuid() == 0;  // who may do everything
  ASSERT_EQ(root ? seteuid(65534) : 0, 0);
  const auto sentence = sentence_of([&] { control_request(folder / "control.sock", {}); });
  ASSERT_EQ(root ? seteuid(0) : 0, 0);
  EXPECT_THAT(sentence, HasSubstr("run this as root or as the service's user"));
}

TEST(ControlRequest, DoesNotWaitForEver) {
  const TemporaryDirectory folder;
  asio::io_context io;
  Local::acceptor deaf(io, Local::endpoint(folder / "control.sock"));
  const auto begun = std::chrono::steady_clock::now();
  const auto sentence = sentence_of([&] {
    control_request(folder / "control.sock", {false, "/", {}}, 20ms);
  });
  EXPECT_THAT(sentence, HasSubstr("within 20ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);  // of any machine, not of this one
}

TEST(ControlRequest, SaysThatTheInstanceWentAwayOrTalksNonsense) {
  for (const std::string answer : {"", "220 ready\r\n"}) {
    const TemporaryDirectory folder;
    asio::io_context io;
    Local::acceptor acceptor(io, Local::endpoint(folder / "control.sock"));
    std::thread instance([&] {
      auto socket = acceptor.accept();
      std::string asked;
      asio::read_until(socket, asio::dynamic_buffer(asked), "\r\n\r\n");
      asio::write(socket, asio::buffer(answer));
    });
    EXPECT_THAT(sentence_of([&] {
                  control_request(folder / "control.sock", {false, "/", {}});
                }),
                HasSubstr("no answer from the control socket"));
    instance.join();
  }
}

}  // namespace
}  // namespace swarm::udp
