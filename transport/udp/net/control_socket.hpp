// The control socket: a Unix socket in the data directory. Through it an operator gives orders and
// asks for the status. This file makes the socket and has the client; HttpServer::control() serves
// it.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/http_server.hpp"

namespace swarm::udp {

using StreamAcceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Listens on the socket, with mode 0600. Throws std::runtime_error with one sentence if another
// process listens there already, if the path is too long, or if the path has something other than a
// socket.
StreamAcceptor control_acceptor(asio::io_context& io, const std::filesystem::path& path);

struct NobodyListens : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The client's side, for `swarm-tracker status` and orders. Blocks for at most `patience`. Throws
// NobodyListens, or another std::runtime_error if there is no permission or no answer.
HttpResponse control_request(const std::filesystem::path& control_socket,
                             const HttpRequest& request, Duration patience = 5s);

}  // namespace swarm::udp
