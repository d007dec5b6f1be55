#include "transport/udp/net/control_socket.hpp"

// clang-format off
#include "transport/udp/net/asio.hpp"  // before Beast
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
// clang-format on

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>

#include "engine/base/quantity.hpp"

namespace swarm::udp {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

[[noreturn]] void fail(const std::string& sentence) {
  throw std::runtime_error(sentence);
}

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

// If two processes start at the same time, one could take the other's new socket for a stale one
// and remove it. So a process holds this lock while it checks and binds; the other process waits.
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

// Removes the socket of a process that has ended. Throws if a process listens on the socket, or if
// the file at this path is no socket.
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
  probe.non_blocking(true);  // the queue of a live server may be full
  if (::connect(probe.native_handle(), local_endpoint(path).data(),
                static_cast<socklen_t>(local_endpoint(path).size())) == 0 ||
      errno == EAGAIN)
    fail(
        fmt::format("another swarm-tracker runs on this data directory: it listens on {}; stop "
                    "that one, or name another data-directory",
                    path.native()));
  if (errno != ECONNREFUSED) cannot_listen(path, errno);
  if (unlink(path.c_str()) != 0) cannot_listen(path, errno);
}

// The client.

[[noreturn]] void unreachable(const std::filesystem::path& path, error_code error) {
  const auto& socket = path.native();
  if (error == boost::system::errc::no_such_file_or_directory)
    throw NobodyListens(
        fmt::format("no instance runs here, there is no control socket {}: is swarm-tracker "
                    "running, and with which data-directory?",
                    socket));
  if (error == boost::system::errc::connection_refused)
    throw NobodyListens(fmt::format(
        "nobody listens on the control socket {} any more: is swarm-tracker running?", socket));
  if (error == boost::system::errc::permission_denied)
    fail(
        fmt::format("no permission to use the control socket {}: run this as root or as the "
                    "service's user",
                    socket));
  fail(fmt::format("no answer from the control socket {}: {}", socket, error.message()));
}

// One request of the client in three steps: connect, write, read. Each request has its own
// connection and its own io_context.
struct Exchange {
  asio::io_context io;
  Local::socket socket{io};
  http::request<http::string_body> request;
  http::response<http::string_body> response;
  beast::flat_buffer buffer;
  std::optional<error_code> outcome;  // set when the exchange is over

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

StreamAcceptor control_acceptor(asio::io_context& io, const std::filesystem::path& path) {
  const asio::generic::stream_protocol::endpoint endpoint(local_endpoint(path));
  const DirectoryLock lock(path);
  remove_stale(io, path);
  StreamAcceptor acceptor(io);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  // The mode is set before the socket listens, so that no client can connect under a wider mode.
  if (!error && chmod(path.c_str(), 0600) != 0) cannot_listen(path, errno);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) cannot_listen(path, error.value());
  return acceptor;
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
