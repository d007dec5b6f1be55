// A small HTTP server (Boost.Beast). Over TCP it serves the tracker's clients, and metrics, health
// and status, which are read-only. Over the control socket, a Unix socket in the data directory, it
// takes an operator's orders. Every user who may write to the socket's file may give orders.
// Over TCP it may speak TLS. A handshake counts as a part of the request.
//
// Limits keep clients from harming the tracker. A header has at most 8 KiB and a body at most 4
// KiB. The time for a request, the time for its answer and the number of connections are limited.
// If a client connects and there are too many connections, or no file descriptor is left, the
// server closes the connection that has been without a request for longest. If every connection has
// a request that is being answered, new connections wait.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "transport/udp/net/asio.hpp"

namespace swarm::udp {

struct HttpRequest {
  bool post{};         // true for POST, false for GET and HEAD
  std::string target;  // path without query: /metrics
  std::string body;
  std::string query{};               // the part after the path: ?info_hash=..., or empty
  Endpoint from{};                   // the client; empty on the control socket
  bool head{};                       // true for HEAD: the answer is sent without its body
  unsigned version = 11;             // of HTTP: 10 or 11
  std::vector<std::string> hosts{};  // the value of each Host field
  std::string server{};              // the server that the target names; usually it names none
  std::vector<std::string> authorization{};  // the value of each Authorization field
};
struct HttpResponse {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow = "GET, HEAD";  // sent with status 405
  unsigned retry_after = 0;         // seconds; sent if it is not 0
  std::string authenticate = {};    // WWW-Authenticate; sent if it is not empty
};
// The handler runs on the io_context's thread, so it must be quick. If it throws, the client gets a
// 500 with the exception's text; only AssertionFailed is passed on. If it returns nothing, the
// request waits for a call of HttpServer::answer().
using HttpHandler = std::function<std::optional<HttpResponse>(const HttpRequest&)>;

struct HttpLimits {
  std::size_t connections = 64;
  // Longest time from the connection or the previous answer until the whole request has arrived.
  Duration request = 10s;
  Duration handshake_pause = 5ms;  // shortest time between the starts of two TLS handshakes
  Duration handshake = 1s;         // longest time of a TLS handshake, from its turn
  Duration answer = 10s;   // longest wait for HttpServer::answer(); after it the client gets a 503
  bool keep_alive = true;  // false: one request per connection
  // Seconds. A client that got a 503 is asked to wait so long before it asks again.
  static constexpr unsigned retry_after = 5;
};

struct HttpCounters {  // counted since the server was made
  std::uint64_t connections{}, requests{};
  std::uint64_t made_room{};   // connections without a request that were closed to admit new ones
  std::uint64_t unanswered{};  // requests that got a 503 instead of an answer

  HttpCounters& operator+=(const HttpCounters& other);
};

class TlsIdentity;

class HttpServer {
 public:
  // `address` is ADDRESS:PORT; port 0 means any free port. With `tls`, the server speaks only TLS.
  // tcp() and control() throw std::runtime_error with one sentence: address in use, path too
  // long...
  static std::unique_ptr<HttpServer> tcp(asio::io_context& io, const std::string& address,
                                         HttpHandler handler, const HttpLimits& limits = {},
                                         std::shared_ptr<TlsIdentity> tls = {});
  // Makes the socket's file with mode 0600. Replaces an existing socket on which no process
  // listens; fails if a process listens on it.
  static std::unique_ptr<HttpServer> control(asio::io_context& io,
                                             const std::filesystem::path& path,
                                             HttpHandler handler);
  // Closes all connections immediately, even those with a request that is being answered. Removes
  // the control socket's file. The server must be destroyed on the io_context's thread, or after
  // that thread has ended.
  virtual ~HttpServer() = default;
  virtual std::string address() const = 0;  // 127.0.0.1:6980, or the path
  // New connections use this identity; without one, they use no TLS.
  virtual void use(std::shared_ptr<TlsIdentity> tls) = 0;

  // True if a request from this client is waiting for answer().
  virtual bool awaits(const Endpoint& from) const = 0;
  // Answers the waiting request of client `to`. Does nothing if no request of this client is
  // waiting: the client has gone, or it got a 503.
  virtual void answer(const Endpoint& to, HttpResponse response) = 0;
  virtual HttpCounters counters() const = 0;
};

}  // namespace swarm::udp
