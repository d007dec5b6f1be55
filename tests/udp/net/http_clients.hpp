// An HTTP server on its own thread, and clients that may send it any bytes.
#pragma once

#include <future>
#include <stdexcept>
#include <thread>

#include "transport/udp/net/http_server.hpp"

namespace swarm::udp::http {

// A handler whose answer repeats the request. It throws if the target is /throw.
inline HttpResponse echo(const HttpRequest& request) {
  if (request.target == "/throw") throw std::runtime_error("a fault inside");
  if (request.target == "/missing") return {404, "text/plain", "nothing here\n"};
  if (request.target == "/only-look") return {405, "text/plain", "not here\n"};
  return {.body = (request.post ? "post " : "get ") + request.target + ' ' + request.body};
}

// Runs a server on its own thread, like the network thread of the worker.
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
  void end() {  // destroys the server, while its thread goes on
    on_its_thread([this] { server_.reset(); });
  }
  std::string address() const { return server_->address(); }
  void answer(const Endpoint& to, const HttpResponse& response) {
    on_its_thread([&] { server_->answer(to, response); });
  }
  void use(std::shared_ptr<TlsIdentity> tls) {
    on_its_thread([&] { server_->use(std::move(tls)); });
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

inline std::string request(const std::string& method, const std::string& target,
                           const std::string& body = {}) {
  return method + ' ' + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" +
         (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
         body;
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

}  // namespace swarm::udp::http
