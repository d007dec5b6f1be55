// A small HTTP server (Boost.Beast): over TCP for metrics, health and status (only what looks) and
// for clients of the tracker, and over the control socket, a Unix socket in the data directory, for
// an operator's orders (who may write the socket's file may give orders).
//
// Nobody who connects can hurt the tracker: a header has at most 8 KiB, a body 4 KiB, a request and
// its answer have their time, and connections their number. Beyond it, or when the process has no
// file descriptor left, the one that has been waited for a request of the longest is closed; while
// all are being answered, further ones wait.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

struct HttpRequest {
  bool post{};         // else GET or HEAD
  std::string target;  // path without query: /metrics
  std::string body;
  std::string query{};  // what follows the path: ?info_hash=..., or nothing
  Endpoint from{};      // of TCP
  bool head{};          // only what it would be answered, without the body
};
struct HttpResponse {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow = "GET, HEAD";  // with 405
};
// Runs on the io_context's thread: quickly. What it throws becomes a 500 that says so,
// but for a failed assertion. Without a response the request is answered later, by
// HttpServer::answer().
using HttpHandler = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

struct HttpLimits {
  std::size_t connections = 64;
  Duration request = 10s;  // from the connection, or the answer before, to the whole request
  Duration answer = 10s;   // a handler without a response: after that a 503
  bool keep_alive = true;  // else a connection serves one request
};

struct HttpCounters {  // since the start
  std::uint64_t connections{}, requests{};
  std::uint64_t made_room{};   // connections closed without a request, for others
  std::uint64_t unanswered{};  // requests that were told 503: no answer came in time

  HttpCounters& operator+=(const HttpCounters& other);
};

class HttpServer {
 public:
  // `address`: ADDRESS:PORT; port 0: any free one. Both throw std::runtime_error with one sentence:
  // address in use, path too long...
  static std::unique_ptr<HttpServer> tcp(asio::io_context& io, const std::string& address,
                                         HttpHandler handler, const HttpLimits& limits = {});
  // Replaces a socket that nobody listens on; refuses one that somebody does. Mode 0600.
  static std::unique_ptr<HttpServer> control(asio::io_context& io,
                                             const std::filesystem::path& path,
                                             HttpHandler handler);
  // Closes at once, also what is being answered; removes the control socket's file. On the thread
  // of the io_context, or when that no longer runs.
  virtual ~HttpServer() = default;
  virtual std::string address() const = 0;  // 127.0.0.1:6980, or the path

  // Whether a request from there waits for its answer.
  virtual bool awaits(const Endpoint& from) const = 0;
  // To such a request; else (the client is gone, its time is over) nothing happens.
  virtual void answer(const Endpoint& to, HttpResponse response) = 0;
  virtual HttpCounters counters() const = 0;
};

}  // namespace swarm::udp
