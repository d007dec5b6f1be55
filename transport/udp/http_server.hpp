// A small HTTP server (Boost.Beast) for metrics, health, status and an operator's orders: over TCP
// on loopback (only what looks), and over the control socket, a Unix socket in the data directory
// (orders too; who may write the socket's file may give orders).
//
// Nobody who connects can hurt the tracker: a header has at most 8 KiB, a body 4 KiB, a request and
// its answer 10 s each, and there are at most 64 connections at a time; further ones wait.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/clock.hpp"
#include "transport/udp/asio.hpp"

namespace swarm::udp {

struct HttpRequest {
  bool post{};         // else GET or HEAD
  std::string target;  // path without query: /metrics
  std::string body;
};
struct HttpResponse {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};
// Runs on the io_context's thread: quickly. What it throws becomes a 500 that says so.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

class HttpServer {
 public:
  // `address`: ADDRESS:PORT; port 0: any free one. Both throw std::runtime_error with one sentence:
  // address in use, path too long...
  static std::unique_ptr<HttpServer> tcp(asio::io_context& io, const std::string& address,
                                         HttpHandler handler);
  // Replaces a socket that nobody listens on; refuses one that somebody does. Mode 0600.
  static std::unique_ptr<HttpServer> control(asio::io_context& io,
                                             const std::filesystem::path& path,
                                             HttpHandler handler);
  // Closes at once, also what is being answered; removes the control socket's file. On the thread
  // of the io_context, or when that no longer runs.
  virtual ~HttpServer() = default;
  virtual std::string address() const = 0;  // 127.0.0.1:6980, or the path
};

// The client's side, for `swarm-tracker status` and orders. Blocks, at most for `patience`. Throws
// std::runtime_error: nobody listens there (is swarm-tracker running?), no permission, no answer.
HttpResponse control_request(const std::filesystem::path& control_socket,
                             const HttpRequest& request, Duration patience = 5s);

}  // namespace swarm::udp
