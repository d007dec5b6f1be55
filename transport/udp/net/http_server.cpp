#include "transport/udp/net/http_server.hpp"

// clang-format off
#include "transport/udp/net/asio.hpp"  // before Beast
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
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

namespace swarm::udp {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol;  // both TCP and Unix sockets

constexpr std::uint32_t header_limit = 8 << 10;
constexpr std::uint64_t body_limit = 4 << 10;
constexpr auto write_limit = std::chrono::seconds(10);

class Connection;

// The data that the server and its connections share. It outlives the server while a handler of a
// connection is pending.
struct Shared {
  HttpHandler handler;
  HttpLimits limits;
  HttpCounters counters;
  std::unordered_set<Connection*> connections;
  // Connections whose next request has not arrived in full; the one that waits longest is first.
  std::map<std::uint64_t, Connection*> idle;
  std::uint64_t reads{};                       // number of reads begun
  std::map<Endpoint, Connection*> unanswered;  // by client; the key of a Unix socket is empty
  std::function<void()> accept_more;           // empty once the server has been destroyed
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

http::response<http::string_body> to_beast(HttpResponse response, unsigned version) {
  http::response<http::string_body> out;
  out.version(version);
  out.result(response.status);
  out.set(http::field::content_type, response.type);
  out.set(http::field::cache_control, "no-store");
  if (response.status == 405) out.set(http::field::allow, response.allow);
  if (response.retry_after != 0)
    out.set(http::field::retry_after, std::to_string(response.retry_after));
  out.body() = std::move(response.body);
  out.prepare_payload();
  return out;
}

HttpResponse refusal(error_code error) {
  if (error == http::error::header_limit)
    return {.status = 431, .body = fmt::format("the header is over {} bytes\n", header_limit)};
  if (error == http::error::body_limit)
    return {.status = 413, .body = fmt::format("the body is over {} bytes\n", body_limit)};
  return {.status = 400, .body = "this is no HTTP request\n"};
}

struct Target {
  std::string_view server, path;
};

// Splits the server from a target. RFC 9112, 3.2.2: a target may name the server, as it does in
// requests through a proxy: http://192.0.2.1:6969/announce?...
Target split(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const auto begin = target.substr(0, scheme.size());
    if (!beast::iequals({begin.data(), begin.size()}, {scheme.data(), scheme.size()})) continue;
    const auto path = std::min(target.find_first_of("/?", scheme.size()), target.size());
    return {target.substr(scheme.size(), path - scheme.size()), target.substr(path)};
  }
  return {{}, target};
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
        shared_(std::move(shared)) {
    ++shared_->counters.connections;
    shared_->connections.insert(this);
  }
  ~Connection() {
    shared_->connections.erase(this);
    shared_->idle.erase(idle_since_);
    if (waits()) shared_->unanswered.erase(from_);
    if (!shared_->ended()) shared_->accept_more();
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(body_limit);
    idle_since_ = ++shared_->reads;
    shared_->idle.emplace(idle_since_, this);
    stream_.expires_after(shared_->limits.request);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       self->shared_->idle.erase(self->idle_since_);
                       if (!self->shared_->ended()) self->received(error);
                     });
  }
  void close() {
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
    auto response = handled(shared_->handler, asked());
    if (response) return respond(std::move(*response));
    if (waits()) be_patient();
  }

  HttpRequest asked() const {
    const auto whole = request_.target();
    const auto named = split({whole.data(), whole.size()});
    std::string target(named.path);
    if (target.empty() || target.starts_with('?')) target.insert(0, 1, '/');
    const auto path = std::min(target.find('?'), target.size());
    HttpRequest request{.post = request_.method() == http::verb::post,
                        .target = target.substr(0, path),
                        .body = request_.body(),
                        .query = target.substr(path),
                        .from = from_,
                        .head = request_.method() == http::verb::head,
                        .version = request_.version(),
                        .server = std::string(named.server)};
    const auto [first, end] = request_.equal_range(http::field::host);
    for (auto field = first; field != end; ++field)
      request.hosts.emplace_back(field->value().data(), field->value().size());
    return request;
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
    http::async_write(stream_, response_,
                      [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
                        if (error || self->shared_->ended()) return;
                        if (keep_alive) return self->read_next();
                        // Shuts down sending first: if the client's bytes are not all read, closing
                        // resets the connection, and the client may lose the answer.
                        error_code ignored;
                        self->stream_.socket().shutdown(Stream::socket::shutdown_send, ignored);
                      });
  }

  // While this connection waits for its next request, the server may close it to admit another.
  void read_next() {
    read();
    shared_->accept_more();
  }

  Endpoint from_;
  beast::basic_stream<Stream> stream_;
  asio::steady_timer patience_;
  std::shared_ptr<Shared> shared_;
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
  Server(Acceptor acceptor, std::string address, HttpHandler handler, const HttpLimits& limits = {})
      : acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        address_(std::move(address)) {
    shared_->handler = std::move(handler);
    shared_->limits = limits;
    shared_->accept_more = [this] { accept(); };
    accept();
  }
  ~Server() override {
    shared_->accept_more = nullptr;
    for (auto* connection : shared_->connections) connection->close();
  }
  std::string address() const override { return address_; }
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
    std::make_shared<Connection>(std::move(socket), shared_)->read();
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
  asio::steady_timer pause_;
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
                                            HttpHandler handler, const HttpLimits& limits) {
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
  return std::make_unique<Server>(std::move(acceptor), std::move(where), std::move(handler),
                                  limits);
}

std::unique_ptr<HttpServer> HttpServer::control(asio::io_context& io,
                                                const std::filesystem::path& path,
                                                HttpHandler handler) {
  return std::make_unique<ControlServer>(io, path, std::move(handler));
}

}  // namespace swarm::udp
