// The sockets of a worker, and how it follows the interfaces and addresses of its host.
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "transport/udp/system/network_interfaces.hpp"
#include "transport/udp/tracker/worker_impl.hpp"

namespace swarm::udp {

void Worker::open_sockets() {
  const auto& c = configuration_;
  const auto& t = c.tracker;
  const MulticastSettings multicast{t.cluster_address.ip.v4(), c.multicast_ttl};
  std::size_t given = c.socket_buffer;
  const auto listen = [&](Channel channel, DatagramSocket socket) {
    given = std::min(given, socket.set_buffers(c.socket_buffer));
    host_.listen(channel, std::move(socket));
  };
  listen(Channel::cluster, DatagramSocket::unicast(io_, t.cluster_address, multicast));
  listen(Channel::peers, DatagramSocket::unicast(io_, t.peers_address, multicast));
  if (auto socket6 = open_socket6()) listen(Channel::peers, std::move(*socket6));
  if (c.multicast_group != 0) {
    const MulticastSettings peers{t.peers_address.ip.v4(), c.multicast_ttl};
    listen(Channel::cluster,
           DatagramSocket::group(io_, {c.multicast_group, c.cluster_port}, multicast));
    listen(Channel::peers, DatagramSocket::group(io_, {c.multicast_group, c.peers_port}, peers));
  }
  if (given < c.socket_buffer)
    logger_.warning(fmt::format(
        "the kernel gives sockets a buffer of {} instead of {} bytes, bursts of peers may be lost: "
        "sysctl -w net.core.rmem_max={} net.core.wmem_max={}",
        given, c.socket_buffer, c.socket_buffer, c.socket_buffer));
}

// If peers-address6 is `auto`, a failure is only a warning, because another instance on this host
// may use the address.
std::optional<DatagramSocket> Worker::open_socket6() try {
  if (!configuration_.peers6) return std::nullopt;
  return DatagramSocket::unicast(io_, *configuration_.peers6, {});
} catch (const SocketError& error) {
  if (configuration_.peers_address6 != automatic) throw;
  logger_.warning(fmt::format("peers are not served over IPv6: {}", error.what()));
  configuration_.peers6.reset();
  return std::nullopt;
}

// If the kernel cannot report changes of the interfaces, look_at_itself() checks them once a
// second.
void Worker::watch_interfaces() try {
  interfaces_.emplace(io_, [this] { interfaces_changed(); });
} catch (const std::exception& error) {
  logger_.warning(error.what());
}

void Worker::interfaces_changed() {
  const auto followed = host_.follow_interfaces();
  if (followed.again > 0)
    logger_.notice("its interface is there again: it listens to the group again");
  const bool gone = followed.gone > 0;
  if (gone && !interface_gone_)
    logger_.error(
        "its interface is gone, or has lost its address: nobody reaches this instance "
        "there until it is back");
  interface_gone_ = gone;
  follow_address6();
}

// Only if peers-address6 is `auto`: listens at an IPv6 address of this host, if none is in use or
// the one in use is gone. An address that the host still has stays in use, because peers may know
// it.
void Worker::follow_address6() try {
  auto& c = configuration_;
  if (c.peers_address6 != automatic || (c.peers6 && is_own_address(c.peers6->ip))) return;
  const auto interface = interface_with(c.tracker.peers_address.ip.v4());
  const auto fresh = interface ? lasting_address6(*interface) : std::nullopt;
  if (!fresh || fresh == refused6_) return;
  refused6_ = fresh;  // reset below if the bind succeeds
  auto socket = DatagramSocket::unicast(io_, {*fresh, c.peers_port}, {});
  socket.set_buffers(c.socket_buffer);
  if (c.peers6) host_.stop_listening(Channel::peers, *c.peers6);
  c.peers6 = socket.local();
  refused6_.reset();
  host_.listen(Channel::peers, std::move(socket));
  logger_.notice(
      fmt::format("serves peers at {} too: this host has that address now", to_string(*c.peers6)));
} catch (const SocketError& error) {
  logger_.warning(fmt::format("peers are not served over IPv6: {}", error.what()));
}

std::vector<std::string> Worker::peers_addresses() const {
  std::vector<std::string> all{to_string(configuration_.tracker.peers_address)};
  if (configuration_.peers6) all.push_back(to_string(*configuration_.peers6));
  if (clients_)
    for (const auto& address : clients_->addresses())
      all.push_back((tls_for(TlsDoors::clients) ? "https://" : "http://") + address);
  return all;
}

void Worker::open_doors() {
  control_ =
      HttpServer::control(io_, configuration_.control_socket,
                          [this](const HttpRequest& request) { return get_or_post(request); });
  if (configuration_.http_address != "none") {
    http_names_.emplace(configuration_.http_names, is_own_address);
    http_token_.emplace(configuration_.http_token);
    http_ = HttpServer::tcp(
        io_, configuration_.http_address,
        [this](const HttpRequest& request) { return get_over_tcp(request); }, {},
        tls_for(TlsDoors::pages));
  }
  if (!configuration_.announce_http_addresses.empty())
    clients_.emplace(io_, configuration_.announce_http_addresses, host_,
                     tls_for(TlsDoors::clients));
}

std::shared_ptr<TlsIdentity> Worker::tls_for(TlsDoors door) const {
  const auto doors = configuration_.http_tls_for;
  return doors == TlsDoors::both || doors == door ? configuration_.tls : nullptr;
}

// After a reload.
void Worker::use_http_secrets() {
  if (http_) {
    http_token_.emplace(configuration_.http_token);
    http_->use(tls_for(TlsDoors::pages));
  }
  if (clients_) clients_->use(tls_for(TlsDoors::clients));
}

// Starts the lookups of the contacts' names. Whenever their addresses change, the tracker gets new
// contacts: the configured addresses, and the current addresses of the names.
void Worker::ask_for_names() {
  auto& t = configuration_.tracker;
  if (configuration_.named_contacts.empty()) return;
  const auto found = [this, others = t.contacts](const std::vector<Endpoint>& named) {
    auto& contacts = configuration_.tracker.contacts;
    contacts = others;
    contacts.insert(contacts.end(), named.begin(), named.end());
    host_.step(
        [this](Time now, Outbox& out) { tracker_.reload(now, configuration_.tracker, out); });
  };
  names_.emplace(
      io_, t.cluster_address, configuration_.named_contacts,
      ContactNames::Callbacks{
          found, [this](LogLevel level, const std::string& line) { logger_.write(level, line); },
          [this] { return tracker_.config().members.empty() || !tracker_.view().master; }});
}

}  // namespace swarm::udp
