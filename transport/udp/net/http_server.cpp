#include "transport/udp/net/http_server.hpp"

// clang-format off
#include "transport/udp/net/http_messages.hpp"  // Asio before Beast
#include <boost/beast/core.hpp>
// clang-format on

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "engine/base/assert.hpp"
#include "transport/udp/net/control_socket.hpp"
#include "transport/udp/net/socket_address.hpp"
#include "transport/udp/net/tls_context.hpp"

namespace swarm::udp {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol;  // both TCP and Unix sockets

constexpr auto write_limit = std::chrono::seconds(10);
constexpr int handshakes_take_one_in = 10;  // parts of the thread's time, roughly
constexpr std::size_t most_handshakes = 4;  // under way at the same time

class Connection;

// The data that the server and its connections share. It outlives the server while a handler of a
// connection is pending.
struct Shared {
  HttpHandler handler;
  HttpLimits limits;
  std::shared_ptr<TlsIdentity> tls;
  HttpCounters counters;
  std::unordered_set<Connection*> connections;
  // Connections that no request waits for: the next one has not arrived in full, or the end of TLS
  // has not. The one that waits longest is first.
  std::map<std::uint64_t, Connection*> idle;
  std::uint64_t waits{};                            // number of waits begun
  std::map<Endpoint, Connection*> unanswered;       // by client; the key of a Unix socket is empty
  std::map<std::uint64_t, Connection*> before_tls;  // wait for their turn; the first one is first
  std::size_t handshakes{};                         // that have begun and not ended
  std::function<void()> accept_more;                // empty once the server has been destroyed
  std::function<void()> begin_tls;                  // begins the next handshake when it may
  bool ended() const { return !accept_more; }
};

std::optional<HttpResponse> handled(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const AssertionFailed&) {  // the process can no longer be trusted
    throw;
  } catch (const std::exception& error) {
    return HttpResponse{
        .status = 500,
        .body = fmt::format("this request failed inside the tracker: {}\n", error.what())};
  }
}

Endpoint client_of(const Stream::socket& socket) {
  error_code gone;
  const auto remote = socket.remote_endpoint(gone);
  SocketAddress address;
  if (gone || remote.size() > SocketAddress::capacity) return {};
  std::memcpy(address.data(), remote.data(), remote.size());
  return address.data()->sa_family == AF_UNIX ? Endpoint{} : address.endpoint();
}

// One connection: reads a request, answers it, reads the next. Pending Asio handlers keep the
// object alive.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Stream::socket socket, std::shared_ptr<Shared> shared)
      : from_(client_of(socket)),
        stream_(std::move(socket)),
        patience_(stream_.get_executor()),
        shared_(std::move(shared)),
        identity_(shared_->tls) {
    if (identity_) tls_.emplace(stream_, identity_->context().ssl);
    ++shared_->counters.connections;
    shared_->connections.insert(this);
  }
  ~Connection() {
    shared_->connections.erase(this);
    shared_->before_tls.erase(idle_since_);
    shared_->idle.erase(idle_since_);
    if (waits()) shared_->unanswered.erase(from_);
    if (!shared_->ended()) shared_->accept_more();
  }

  // The first record of TLS and the turn share the time of a request. The handshake has a time of
  // its own, and then the first request.
  void begin() {
    stream_.expires_after(shared_->limits.request);
    if (!tls_) return read();
    be_idle();
    hear_hello();
  }
  // From now on this connection is not the first that is closed to admit another.
  void take_turn() {
    shared_->before_tls.erase(idle_since_);
    be_busy();
    be_idle();
    patience_.cancel();
  }
  void close() {
    shared_->before_tls.erase(idle_since_);
    patience_.cancel();
    stream_.close();
  }
  // Answers the waiting request of this connection.
  void respond(HttpResponse response) {
    shared_->unanswered.erase(from_);
    patience_.cancel();
    const bool head = request_.method() == http::verb::head;
    auto out = to_beast(std::move(response), request_.version());
    if (head) out.body().clear();  // keeps the Content-Length
    write(std::move(out), request_.keep_alive() && shared_->limits.keep_alive);
  }

 private:
  // A client waits for its turn only when its first record is here. So a turn is followed by the
  // signature at once. Otherwise clients could take their turns silently, and then all send
  // together.
  void hear_hello() {
    const std::size_t wanted = hello_size();
    if (buffer_.size() >= wanted) return wait_for_turn();
    asio::async_read(stream_, buffer_.prepare(wanted - buffer_.size()),
                     [self = shared_from_this()](error_code error, std::size_t n) {
                       self->buffer_.commit(n);
                       if (error || self->shared_->ended()) return self->be_busy();
                       self->hear_hello();
                     });
  }
  // The size of the first record, as far as it is known. What is no record of a handshake need not
  // come in full: TLS refuses it.
  std::size_t hello_size() const {
    constexpr std::size_t header = 5, largest = 1 << 14;
    if (buffer_.size() < header) return header;
    const auto* const bytes = static_cast<const std::uint8_t*>(buffer_.data().data());
    const std::size_t size = std::size_t{bytes[3]} << 8 | bytes[4];
    return bytes[0] == 0x16 && size <= largest ? header + size : header;
  }
  void wait_for_turn() {
    shared_->before_tls.emplace(idle_since_, this);
    patience_.expires_after(shared_->limits.request);
    patience_.async_wait([self = shared_from_this()](error_code) {
      if (self->shared_->before_tls.erase(self->idle_since_) == 0 &&
          self->stream_.socket().is_open())
        return self->shake_hands();
      self->be_busy();
    });
    shared_->begin_tls();
  }
  void shake_hands() {
    ++shared_->handshakes;
    stream_.expires_after(shared_->limits.handshake);
    tls_->async_handshake(asio::ssl::stream_base::server, buffer_.data(),
                          [self = shared_from_this()](error_code error, std::size_t n) {
                            --self->shared_->handshakes;
                            self->buffer_.consume(n);
                            self->be_busy();
                            if (self->shared_->ended()) return;
                            self->shared_->begin_tls();
                            if (error) return;
                            self->stream_.expires_after(self->shared_->limits.request);
                            self->read();
                          });
  }
  void read() {
    parser_.emplace();
    parser_->header_limit(http_header_limit);
    parser_->body_limit(http_body_limit);
    be_idle();
    with_stream([this](auto& stream) {
      http::async_read(stream, buffer_, *parser_,
                       [self = shared_from_this()](error_code error, std::size_t) {
                         self->be_busy();
                         if (!self->shared_->ended()) self->received(error);
                       });
    });
  }
  void be_idle() {
    idle_since_ = ++shared_->waits;
    shared_->idle.emplace(idle_since_, this);
  }
  void be_busy() { shared_->idle.erase(idle_since_); }
  // Calls `use` with the stream of this connection. It has one of two types.
  template <class Use>
  void with_stream(const Use& use) {
    tls_ ? use(*tls_) : use(stream_);
  }

  void received(error_code error) {
    if (!error) {
      request_ = parser_->release();
      return handle();
    }
    const bool theirs = error.category() == make_error_code(http::error::bad_method).category();
    if (theirs && error != http::error::end_of_stream && error != http::error::partial_message)
      write(to_beast(refusal(error), 11), false);
  }

  bool is_known() const {
    return request_.method() == http::verb::get || request_.method() == http::verb::head ||
           request_.method() == http::verb::post;
  }

  // The handler may call answer() before it returns.
  void handle() {
    ++shared_->counters.requests;
    if (!is_known())
      return respond(
          {.status = 405, .body = "only GET, HEAD and POST\n", .allow = "GET, HEAD, POST"});
    shared_->unanswered[from_] = this;
    auto response = handled(shared_->handler, to_request(request_, from_));
    if (response) return respond(std::move(*response));
    if (waits()) be_patient();
  }

  bool waits() const {
    const auto found = shared_->unanswered.find(from_);
    return found != shared_->unanswered.end() && found->second == this;
  }

  void be_patient() {
    patience_.expires_after(shared_->limits.answer);
    patience_.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->shared_->ended() || !self->waits()) return;
      ++self->shared_->counters.unanswered;
      self->respond({.status = 503,
                     .body = "no answer in time: ask again later\n",
                     .retry_after = HttpLimits::retry_after});
    });
  }

  void write(http::response<http::string_body> response, bool keep_alive) {
    response_ = std::move(response);
    response_.keep_alive(keep_alive);
    stream_.expires_after(write_limit);
    with_stream([this, keep_alive](auto& stream) {
      http::async_write(stream, response_,
                        [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
                          if (error || self->shared_->ended()) return;
                          keep_alive ? self->read_next() : self->end();
                        });
    });
  }

  // While this connection waits for its next request, the server may close it to admit another.
  void read_next() {
    stream_.expires_after(shared_->limits.request);
    read();
    shared_->accept_more();
  }

  // Shuts down sending first: if the client's bytes are not all read, closing resets the
  // connection, and the client may lose the answer. TLS ends with a message of each side. While
  // this connection waits for that of the client, the server may close it to admit another.
  void end() {
    if (!tls_) {
      error_code ignored;
      stream_.socket().shutdown(Stream::socket::shutdown_send, ignored);
      return;
    }
    be_idle();
    tls_->async_shutdown([self = shared_from_this()](error_code) { self->be_busy(); });
    shared_->accept_more();
  }

  Endpoint from_;
  beast::basic_stream<Stream> stream_;
  asio::steady_timer patience_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<TlsIdentity> identity_;  // null: no TLS
  std::optional<asio::ssl::stream<beast::basic_stream<Stream>&>> tls_;
  std::uint64_t idle_since_{};
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

[[noreturn]] void fail(const std::string& sentence) {
  throw std::runtime_error(sentence);
}

using Acceptor = StreamAcceptor;

class Server : public HttpServer {
 public:
  Server(Acceptor acceptor, std::string address, HttpHandler handler, const HttpLimits& limits = {},
         std::shared_ptr<TlsIdentity> tls = {})
      : acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        turn_(acceptor_.get_executor()),
        address_(std::move(address)) {
    shared_->handler = std::move(handler);
    shared_->limits = limits;
    shared_->tls = std::move(tls);
    shared_->accept_more = [this] { accept(); };
    shared_->begin_tls = [this] { begin_tls(); };
    accept();
  }
  ~Server() override {
    shared_->accept_more = nullptr;
    for (auto* connection : shared_->connections) connection->close();
  }
  std::string address() const override { return address_; }
  void use(std::shared_ptr<TlsIdentity> tls) override { shared_->tls = std::move(tls); }
  bool awaits(const Endpoint& from) const override { return shared_->unanswered.contains(from); }
  void answer(const Endpoint& to, HttpResponse response) override {
    const auto found = shared_->unanswered.find(to);
    if (found == shared_->unanswered.end()) return;
    if (response.status == 503) ++shared_->counters.unanswered;
    found->second->respond(std::move(response));
  }
  HttpCounters counters() const override { return shared_->counters; }

 private:
  bool is_full() const { return shared_->connections.size() >= shared_->limits.connections; }
  bool has_room() const { return !is_full() || !shared_->idle.empty(); }

  // If there is no room because every connection has a request that is being answered, the accepted
  // connection waits in `next_`.
  void accept() {
    if (!has_room()) return;
    if (next_) admit(*std::exchange(next_, std::nullopt));
    if (accepting_) return;
    accepting_ = true;
    acceptor_.async_accept([this, shared = shared_](error_code error, Stream::socket socket) {
      if (shared->ended()) return;  // the server is destroyed: `this` must not be used
      accepting_ = false;
      if (error) return not_accepted(error);
      next_.emplace(std::move(socket));
      accept();
    });
  }
  void admit(Stream::socket socket) {
    if (is_full()) make_room();
    std::make_shared<Connection>(std::move(socket), shared_)->begin();
  }
  // A handshake costs a signature, on the thread that also drives the node. So handshakes begin one
  // after the other, with a pause between them. Few are under way at the same time, because a
  // client can hold back the message that makes the signature necessary.
  void begin_tls() {
    if (turn_taken_ || shared_->before_tls.empty() || shared_->handshakes >= most_handshakes)
      return;
    turn_taken_ = true;
    shared_->before_tls.begin()->second->take_turn();
    const auto pause = shared_->tls ? handshakes_take_one_in * shared_->tls->cost() : Duration{};
    turn_.expires_after(std::max(pause, shared_->limits.handshake_pause));
    turn_.async_wait([this, shared = shared_](error_code error) {
      if (error || shared->ended()) return;
      turn_taken_ = false;
      begin_tls();
    });
  }
  void make_room() {
    ++shared_->counters.made_room;
    const auto longest = shared_->idle.begin();
    longest->second->close();
    shared_->idle.erase(longest);
  }
  // If the process or the host has no descriptor left, closes an idle connection and tries again.
  // If there is no idle connection, tries again after a pause, to avoid a busy loop.
  void not_accepted(error_code error) {
    const bool no_descriptor = error == boost::system::errc::too_many_files_open ||
                               error == boost::system::errc::too_many_files_open_in_system;
    if (!no_descriptor || shared_->idle.empty()) return accept_later();
    make_room();
    accept();
  }
  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this, shared = shared_](error_code error) {
      if (!error && !shared->ended()) accept();
    });
  }

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  Acceptor acceptor_;
  asio::steady_timer pause_, turn_;
  bool turn_taken_{};
  std::string address_;
  std::optional<Stream::socket> next_;
  bool accepting_{};
};

// --- TCP --------------------------------------------------------------------------------------

asio::ip::tcp::endpoint parse_address(const std::string& text) {
  const auto colon = std::min(text.rfind(':'), text.size());
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  error_code bad_host;
  const auto ip = asio::ip::make_address(host, bad_host);

  const std::string digits = text.substr(std::min(colon + 1, text.size()));
  const char* const end = digits.data() + digits.size();
  std::uint16_t port{};
  const auto [stop, bad_port] = std::from_chars(digits.data(), end, port);
  if (bad_host || bad_port != std::errc{} || stop != end)
    fail(fmt::format("'{}' is no address for HTTP: write ADDRESS:PORT, like 127.0.0.1:6980", text));
  return {ip, port};
}

std::string listening_at(const Acceptor& acceptor) {
  const auto local = acceptor.local_endpoint();
  asio::ip::tcp::endpoint endpoint;
  endpoint.resize(local.size());
  std::memcpy(endpoint.data(), local.data(), local.size());
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

// --- the control socket -----------------------------------------------------------------------

class ControlServer final : public Server {
 public:
  ControlServer(asio::io_context& io, const std::filesystem::path& path, HttpHandler handler)
      : Server(control_acceptor(io, path), path.native(), std::move(handler)) {
    lstat(path.c_str(), &file_);
  }
  ~ControlServer() override {
    struct stat now {};  // another process may have replaced the socket's file
    if (lstat(address().c_str(), &now) == 0 && now.st_ino == file_.st_ino &&
        now.st_dev == file_.st_dev)
      unlink(address().c_str());
  }

 private:
  struct stat file_ {};
};

}  // namespace

HttpCounters& HttpCounters::operator+=(const HttpCounters& other) {
  connections += other.connections;
  requests += other.requests;
  made_room += other.made_room;
  unanswered += other.unanswered;
  return *this;
}

std::unique_ptr<HttpServer> HttpServer::tcp(asio::io_context& io, const std::string& address,
                                            HttpHandler handler, const HttpLimits& limits,
                                            std::shared_ptr<TlsIdentity> tls) {
  const Stream::endpoint endpoint(parse_address(address));
  Acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  // On a TCP socket, this option only lets a restarted server bind while old connections are in
  // TIME_WAIT.
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && endpoint.protocol().family() == AF_INET6)  // one family per socket, as with UDP
    acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    fail(fmt::format("cannot serve HTTP on {}: {}; name another address, or none", address,
                     error.message()));
  std::string where = listening_at(acceptor);
  return std::make_unique<Server>(std::move(acceptor), std::move(where), std::move(handler), limits,
                                  std::move(tls));
}

std::unique_ptr<HttpServer> HttpServer::control(asio::io_context& io,
                                                const std::filesystem::path& path,
                                                HttpHandler handler) {
  return std::make_unique<ControlServer>(io, path, std::move(handler));
}

}  // namespace swarm::udp
