// A small HTTP server (Boost.Beast). Over TCP it serves metrics, health and status, which are
// read-only, and the tracker's clients. Over the control socket, a Unix socket in the data
// directory, it takes an operator's orders: whoever may write to the socket's file may give orders.
//
// No client can harm the tracker. A header has at most 8 KiB and a body 4 KiB. The time for a
// request and for its answer is limited, and so is the number of connections. If the limit is
// reached, or the process has no file descriptor left, the server closes the connection that has
// waited longest for its request. If every connection has a request that is being answered, new
// connections wait.
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
  bool post{};         // otherwise GET or HEAD
  std::string target;  // path without query: /metrics
  std::string body;
  std::string query{};  // the rest after the path: ?info_hash=..., or empty
  Endpoint from{};      // the client, if over TCP
  bool head{};          // HEAD: the answer is sent without its body
};
struct HttpResponse {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow = "GET, HEAD";  // sent with status 405
};
// Runs on the io_context's thread, so it must be quick. An exception becomes a 500 with its text,
// except a failed assertion. If the handler returns nothing, HttpServer::answer() answers the
// request later.
using HttpHandler = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

struct HttpLimits {
  std::size_t connections = 64;
  // from the connection or the previous answer until the whole request is here
  Duration request = 10s;
  Duration answer = 10s;   // time for a late answer; then the client gets a 503
  bool keep_alive = true;  // false: one request per connection
};

struct HttpCounters {  // since the start
  std::uint64_t connections{}, requests{};
  std::uint64_t made_room{};   // connections without a request, closed for new ones
  std::uint64_t unanswered{};  // requests that got a 503 because no answer came in time

  HttpCounters& operator+=(const HttpCounters& other);
};

class HttpServer {
 public:
  // `address`: ADDRESS:PORT; port 0 means any free port. This and control() throw
  // std::runtime_error with one sentence: address in use, path too long...
  static std::unique_ptr<HttpServer> tcp(asio::io_context& io, const std::string& address,
                                         HttpHandler handler, const HttpLimits& limits = {});
  // Replaces a socket that nobody listens on; fails if a process listens on it. The socket's mode
  // is 0600.
  static std::unique_ptr<HttpServer> control(asio::io_context& io,
                                             const std::filesystem::path& path,
                                             HttpHandler handler);
  // Closes all connections at once, even while a request is being answered. Removes the control
  // socket's file. To be called on the io_context's thread, or when that thread no longer runs.
  virtual ~HttpServer() = default;
  virtual std::string address() const = 0;  // 127.0.0.1:6980, or the path

  // Whether a request from this client waits for its answer.
  virtual bool awaits(const Endpoint& from) const = 0;
  // Answers such a request. Does nothing if the client is gone or its time is over.
  virtual void answer(const Endpoint& to, HttpResponse response) = 0;
  virtual HttpCounters counters() const = 0;
};

}  // namespace swarm::udp
