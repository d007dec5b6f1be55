#include "transport/udp/http_server.hpp"

// clang-format off
#include "transport/udp/asio.hpp"  // before Beast
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
// clang-format on

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <unordered_set>

#include "engine/quantity.hpp"

namespace swarm::udp {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Stream = asio::generic::stream_protocol;  // TCP and Unix-domain alike
using Local = asio::local::stream_protocol;

constexpr std::uint32_t header_limit = 8 << 10;
constexpr std::uint64_t body_limit = 4 << 10;
constexpr std::size_t most_connections = 64;
constexpr auto time_limit = std::chrono::seconds(10);

class Connection;

// What the server and its connections share; outlives the server while a handler is on its way.
struct Shared {
  HttpHandler handler;
  std::unordered_set<Connection*> connections;
  std::function<void()> accept_more;  // empty: the server has ended
  bool ended() const { return !accept_more; }
};

HttpResponse handled(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    return {.status = 500,
            .body = fmt::format("this request failed inside the tracker: {}\n", error.what())};
  }
}

http::response<http::string_body> to_beast(HttpResponse response, unsigned version) {
  http::response<http::string_body> out;
  out.version(version);
  out.result(response.status);
  out.set(http::field::content_type, response.type);
  out.set(http::field::cache_control, "no-store");
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

// One connection: reads a request, answers, reads the next. Its handlers keep it alive.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Stream::socket socket, std::shared_ptr<Shared> shared)
      : stream_(std::move(socket)), shared_(std::move(shared)) {
    shared_->connections.insert(this);
  }
  ~Connection() {
    shared_->connections.erase(this);
    if (!shared_->ended()) shared_->accept_more();
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(body_limit);
    stream_.expires_after(time_limit);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!self->shared_->ended()) self->received(error);
                     });
  }
  void close() { stream_.close(); }

 private:
  void received(error_code error) {
    if (!error) return answer(parser_->release());
    const bool theirs = error.category() == make_error_code(http::error::bad_method).category();
    if (theirs && error != http::error::end_of_stream && error != http::error::partial_message)
      write(to_beast(refusal(error), 11), false);
  }

  void answer(http::request<http::string_body> request) {
    const bool head = request.method() == http::verb::head;
    const bool post = request.method() == http::verb::post;
    const bool known = head || post || request.method() == http::verb::get;
    const std::string target(request.target());
    auto response = known ? handled(shared_->handler,
                                    {post, target.substr(0, target.find('?')), request.body()})
                          : HttpResponse{.status = 405, .body = "only GET, HEAD and POST\n"};
    const bool not_allowed = response.status == 405;
    auto out = to_beast(std::move(response), request.version());
    if (not_allowed) out.set(http::field::allow, known ? "GET, HEAD" : "GET, HEAD, POST");
    if (head) out.body().clear();  // the length stays
    write(std::move(out), request.keep_alive());
  }

  void write(http::response<http::string_body> response, bool keep_alive) {
    response_ = std::move(response);
    response_.keep_alive(keep_alive);
    stream_.expires_after(time_limit);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), keep_alive](error_code error, std::size_t) {
                        if (error || self->shared_->ended()) return;
                        if (keep_alive) return self->read();
                        // First the end of the answer, then the reset that unread bytes cause.
                        error_code ignored;
                        self->stream_.socket().shutdown(Stream::socket::shutdown_send, ignored);
                      });
  }

  beast::basic_stream<Stream> stream_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

[[noreturn]] void fail(const std::string& sentence) {
  throw std::runtime_error(sentence);
}

using Acceptor = asio::basic_socket_acceptor<Stream>;

class Server : public HttpServer {
 public:
  Server(Acceptor acceptor, std::string address, HttpHandler handler)
      : acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        address_(std::move(address)) {
    shared_->handler = std::move(handler);
    shared_->accept_more = [this] { accept(); };
    accept();
  }
  ~Server() override {
    shared_->accept_more = nullptr;
    for (auto* connection : shared_->connections) connection->close();
  }
  std::string address() const override { return address_; }

 private:
  void accept() {
    if (accepting_ || shared_->connections.size() >= most_connections) return;
    accepting_ = true;
    acceptor_.async_accept([this, shared = shared_](error_code error, Stream::socket socket) {
      if (shared->ended()) return;  // then there is no `this` either
      accepting_ = false;
      if (error) return accept_later();
      std::make_shared<Connection>(std::move(socket), shared)->read();
      accept();
    });
  }
  // Out of file descriptors, most likely: trying again at once would be a busy loop.
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

Local::endpoint local_endpoint(const std::filesystem::path& path) {
  constexpr std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
  if (path.native().size() > most)
    fail(
        fmt::format("the control socket's path has {} characters, the system allows {}: set "
                    "control-socket to a shorter one than {}",
                    path.native().size(), most, path.native()));
  return {path.native()};
}

[[noreturn]] void cannot_listen(const std::filesystem::path& path, int error) {
  fail(fmt::format("cannot listen on the control socket {}: {}", path.native(),
                   std::generic_category().message(error)));
}

// Two that start at once must not each take the other's new socket for a stale one: while one looks
// and binds, the other waits here.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& file) {
    const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    descriptor_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) cannot_listen(file, errno);
    flock(descriptor_, LOCK_EX);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock() { ::close(descriptor_); }

 private:
  int descriptor_{};
};

// Throws when there is a socket that somebody listens on, or no socket at all.
void remove_stale(asio::io_context& io, const std::filesystem::path& path) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return;
    cannot_listen(path, errno);
  }
  if (!S_ISSOCK(file.st_mode))
    fail(fmt::format("{} is no socket: remove it, or set control-socket to another path",
                     path.native()));
  Local::socket probe(io, Local());
  probe.non_blocking(true);  // a live one may have a full queue
  if (::connect(probe.native_handle(), local_endpoint(path).data(),
                static_cast<socklen_t>(local_endpoint(path).size())) == 0 ||
      errno == EAGAIN)
    fail(fmt::format("another swarm-tracker runs on this data directory: it listens on {}",
                     path.native()));
  if (errno != ECONNREFUSED) cannot_listen(path, errno);
  if (unlink(path.c_str()) != 0) cannot_listen(path, errno);
}

Acceptor control_acceptor(asio::io_context& io, const std::filesystem::path& path) {
  const Stream::endpoint endpoint(local_endpoint(path));
  const DirectoryLock lock(path);
  remove_stale(io, path);
  Acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  // Before it listens, so that nobody can have connected under another mode.
  if (!error && chmod(path.c_str(), 0600) != 0) cannot_listen(path, errno);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) cannot_listen(path, error.value());
  return acceptor;
}

class ControlServer final : public Server {
 public:
  ControlServer(asio::io_context& io, const std::filesystem::path& path, HttpHandler handler)
      : Server(control_acceptor(io, path), path.native(), std::move(handler)) {
    lstat(path.c_str(), &file_);
  }
  ~ControlServer() override {
    struct stat now {};  // somebody may have removed ours and put another one there
    if (lstat(address().c_str(), &now) == 0 && now.st_ino == file_.st_ino &&
        now.st_dev == file_.st_dev)
      unlink(address().c_str());
  }

 private:
  struct stat file_ {};
};

// --- the client -------------------------------------------------------------------------------

[[noreturn]] void unreachable(const std::filesystem::path& path, error_code error) {
  const auto& socket = path.native();
  if (error == boost::system::errc::no_such_file_or_directory)
    fail(
        fmt::format("no instance runs here, there is no control socket {}: is swarm-tracker "
                    "running, and with which data-directory?",
                    socket));
  if (error == boost::system::errc::connection_refused)
    fail(fmt::format("nobody listens on the control socket {} any more: is swarm-tracker running?",
                     socket));
  if (error == boost::system::errc::permission_denied)
    fail(
        fmt::format("no permission to use the control socket {}: run this as root or as the "
                    "service's user",
                    socket));
  fail(fmt::format("no answer from the control socket {}: {}", socket, error.message()));
}

// A request of one's own connection, in three steps on an io_context of its own.
struct Exchange {
  asio::io_context io;
  Local::socket socket{io};
  http::request<http::string_body> request;
  http::response<http::string_body> response;
  beast::flat_buffer buffer;
  std::optional<error_code> outcome;  // once it is over

  void start(const Local::endpoint& endpoint) {
    socket.async_connect(endpoint, [this](error_code error) { error ? end(error) : write(); });
  }
  void write() {
    http::async_write(socket, request, [this](error_code error, std::size_t) {
      if (error) return end(error);
      http::async_read(socket, buffer, response, [this](error_code bad, std::size_t) { end(bad); });
    });
  }
  void end(error_code error) { outcome = error; }
};

}  // namespace

std::unique_ptr<HttpServer> HttpServer::tcp(asio::io_context& io, const std::string& address,
                                            HttpHandler handler) {
  const Stream::endpoint endpoint(parse_address(address));
  Acceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  // For TCP this only lets a restart bind while old connections are in TIME_WAIT.
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    fail(fmt::format("cannot serve HTTP on {}: {}; set http-address to another one, or to none",
                     address, error.message()));
  std::string where = listening_at(acceptor);
  return std::make_unique<Server>(std::move(acceptor), std::move(where), std::move(handler));
}

std::unique_ptr<HttpServer> HttpServer::control(asio::io_context& io,
                                                const std::filesystem::path& path,
                                                HttpHandler handler) {
  return std::make_unique<ControlServer>(io, path, std::move(handler));
}

HttpResponse control_request(const std::filesystem::path& control_socket,
                             const HttpRequest& request, Duration patience) {
  Exchange exchange;
  auto& out = exchange.request;
  out.method(request.post ? http::verb::post : http::verb::get);
  out.target(request.target);
  out.set(http::field::host, "swarm-tracker");
  out.body() = request.body;
  out.keep_alive(false);
  out.prepare_payload();
  exchange.start(local_endpoint(control_socket));
  exchange.io.run_for(patience);
  if (!exchange.outcome)
    fail(
        fmt::format("swarm-tracker did not answer on {} within {}: it runs, but is stuck or "
                    "stopped",
                    control_socket.native(), to_text(patience)));
  if (*exchange.outcome) unreachable(control_socket, *exchange.outcome);
  const auto& in = exchange.response;
  return {in.result_int(), std::string(in[http::field::content_type]), in.body()};
}

}  // namespace swarm::udp
