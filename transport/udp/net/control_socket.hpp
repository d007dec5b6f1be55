// The control socket is a Unix socket in the data directory. An operator uses it to give orders and
// to ask for the status. This file makes the socket and has the client's side;
// HttpServer::control() is the server.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/http_server.hpp"

namespace swarm::udp {

using StreamAcceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Makes a socket file of mode 0600 at `path` and listens on it. Throws std::runtime_error with one
// sentence if another process listens at this path already, if the path is too long, or if the file
// at this path is no socket.
StreamAcceptor control_acceptor(asio::io_context& io, const std::filesystem::path& path);

// No process listens on the control socket.
struct NobodyListens : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// Sends a request and returns the answer, for `swarm-tracker status` and orders. Blocks for at most
// `patience`. Throws NobodyListens, or another std::runtime_error if there is no permission or no
// answer.
HttpResponse control_request(const std::filesystem::path& control_socket,
                             const HttpRequest& request, Duration patience = 5s);

}  // namespace swarm::udp
