// The control socket: a Unix socket in the data directory, through which an operator gives orders
// and asks how things are. Here is how it is made and how it is asked; HttpServer::control() serves
// it.
#pragma once

#include <filesystem>
#include <stdexcept>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/net/http_server.hpp"

namespace swarm::udp {

using StreamAcceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

// Listens there, with mode 0600. Throws std::runtime_error with one sentence: somebody listens
// there already, the path is too long or none of a socket's.
StreamAcceptor control_acceptor(asio::io_context& io, const std::filesystem::path& path);

struct NobodyListens : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The client's side, for `swarm-tracker status` and orders. Blocks, at most for `patience`. Throws
// NobodyListens, or another std::runtime_error: no permission, no answer.
HttpResponse control_request(const std::filesystem::path& control_socket,
                             const HttpRequest& request, Duration patience = 5s);

}  // namespace swarm::udp
