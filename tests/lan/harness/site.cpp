#include "tests/lan/harness/site.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <system_error>

#include "engine/base/assert.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint32_t ip(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}
std::string text(std::uint32_t address) {
  const std::string endpoint = to_string(Endpoint{address, 0});
  return endpoint.substr(0, endpoint.find(':'));
}

// Two bytes of an address that are this process's own, neither of them 0 or 255.
unsigned high_byte() {
  return 1 + static_cast<unsigned>(::getpid()) / 250 % 250;
}
unsigned low_byte() {
  return 1 + static_cast<unsigned>(::getpid()) % 250;
}

std::string port(unsigned host) {  // of the bridge
  return "host" + std::to_string(host);
}
std::string hardware(unsigned host) {
  return fmt::format("02:77:00:00:00:{:02x}", host);
}

}  // namespace

Site::Site(const std::filesystem::path& folder) : folder_(folder) {
  std::filesystem::create_directories(folder_);
}

std::uint32_t Loopback::address(unsigned host) const {
  return ip(127, high_byte(), low_byte(), host);
}
std::uint32_t Loopback::group() const {
  return ip(239, high_byte(), low_byte(), 1);
}

std::string Lan::missing() {
  if (::geteuid() != 0) return "network namespaces need root";
  for (const char* program : {"ip", "nft"})
    if (!program_exists(program)) return std::string(program) + " is not installed";
  try {
    NetworkNamespace bridge;
    run_command({"ip", "link", "add", "bridge", "type", "bridge"}, &bridge);
    run_command({"nft", "add table bridge cut"}, &bridge);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

bool Lan::has_ipv6() {
  std::ifstream file("/proc/sys/net/ipv6/conf/all/disable_ipv6");
  return file.get() == '0';
}

Lan::Lan(const std::filesystem::path& folder, unsigned hosts) : Site(folder) {
  run_command({"ip", "link", "add", "bridge", "type", "bridge", "mcast_snooping", "0"}, &bridge_);
  run_command({"ip", "link", "set", "bridge", "up"}, &bridge_);
  rule("add table bridge cut");
  rule("add chain bridge cut forward { type filter hook forward priority 0; }");
  for (unsigned host = 1; host <= hosts; ++host) add(host);
  add(peers_host);
  for (const auto& [host, network] : hosts_) introduce(*network);
}

void Lan::add(unsigned host) {
  auto& network = *(hosts_[host] = std::make_unique<NetworkNamespace>());
  run_command({"ip", "link", "set", "lo", "up"}, &network);
  connect(host, network);
}

void Lan::connect(unsigned host, const NetworkNamespace& network) {
  run_command({"ip", "link", "add", port(host), "type", "veth", "peer", "name", "eth0", "address",
               hardware(host), "netns", network.path()},
              &bridge_);
  run_command({"ip", "link", "set", port(host), "master", "bridge", "up"}, &bridge_);
  run_command({"ip", "address", "add", text(address(host)) + "/24", "dev", "eth0"}, &network);
  if (has_ipv6()) add_address6(host);
  run_command({"ip", "link", "set", "eth0", "up"}, &network);
  if (has_ipv6()) run_command({"ip", "-6", "route", "add", "default", "dev", "eth0"}, &network);
}

void Lan::add_address6(unsigned host) {
  run_command({"ip", "address", "add", to_string(address6(host)) + "/64", "dev", "eth0", "nodad"},
              network(host));
}
void Lan::remove_address6(unsigned host) {
  run_command({"ip", "address", "del", to_string(address6(host)) + "/64", "dev", "eth0"},
              network(host));
}

void Lan::remake_interface(unsigned host) {
  run_command({"ip", "link", "del", port(host)}, &bridge_);
  connect(host, *network(host));
  introduce(*network(host));
}

// Everybody's hardware address, for good: what a host sends while its cable is pulled is lost. To
// find an address out it would be kept, and delivered a second after the cable is back.
void Lan::introduce(const NetworkNamespace& network) const {
  const auto batch = folder() / "neighbours";
  std::ofstream file(batch);
  const auto know = [&](const Ip& ip, unsigned host) {
    file << "neighbour replace " << to_string(ip) << " lladdr " << hardware(host)
         << " dev eth0 nud permanent\n";
  };
  for (const auto& [host, unused] : hosts_) {
    know(address(host), host);
    if (has_ipv6()) know(address6(host), host);
  }
  file.close();
  run_command({"ip", "-batch", batch.string()}, &network);
}

std::uint32_t Lan::address(unsigned host) const {
  return ip(10, 77, 0, host);
}
Ip Lan::address6(unsigned host) const {
  Ip::Bytes16 bytes{0x20, 0x01, 0x0d, 0xb8};
  bytes.back() = static_cast<std::uint8_t>(host);
  return Ip::v6(bytes);
}
std::uint32_t Lan::group() const {
  return ip(239, 255, 0, 1);
}
const NetworkNamespace* Lan::network(unsigned host) const {
  return hosts_.at(host).get();
}

Time Lan::unplug(unsigned host) {
  return set_link(host, false);
}
Time Lan::plug(unsigned host) {
  return set_link(host, true);
}

Time Lan::set_link(unsigned host, bool up) {
  SWARM_ASSERT(hosts_.contains(host), "there is such a host");
  return bridge_.inside([&] {
    ifreq request{};
    std::strncpy(request.ifr_name, port(host).c_str(), IFNAMSIZ - 1);
    request.ifr_flags = static_cast<short>(up ? IFF_UP : 0);
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const Time at = udp::boot_clock_now();
    const int done = ::ioctl(socket, SIOCSIFFLAGS, &request);
    const int error = errno;
    ::close(socket);
    if (done < 0) throw std::system_error(error, std::generic_category(), "a cable is stuck");
    return at;
  });
}

void Lan::cut_one_way(unsigned from, unsigned to) {
  rule("add rule bridge cut forward iifname " + port(from) + " oifname " + port(to) + " drop");
}
void Lan::cut(unsigned a, unsigned b) {
  cut_one_way(a, b);
  cut_one_way(b, a);
}
void Lan::deafen(unsigned host, std::uint16_t port_of_group) {
  rule(fmt::format("add rule bridge cut forward oifname {} ip daddr {} udp dport {} drop",
                   port(host), text(group()), port_of_group));
}
void Lan::lose(unsigned percent) {
  rule("add rule bridge cut forward numgen random mod 100 < " + std::to_string(percent) + " drop");
}
void Lan::swallow_longer_than(unsigned bytes, unsigned from) {
  rule("add rule bridge cut forward iifname " + port(from) + " ether type ip ip length > " +
       std::to_string(bytes) + " drop");
}

void Lan::readdress(unsigned host, std::uint32_t to) {
  const auto& network = *hosts_.at(host);
  for (const auto& [verb, ip] : {std::pair("del", address(host)), std::pair("add", to)})
    run_command({"ip", "address", verb, text(ip) + "/24", "dev", "eth0"}, &network);
}

void Lan::make_thin(unsigned host, unsigned mbit) {
  const auto limit = [&](const std::string& device, const NetworkNamespace& where) {
    run_command({"tc", "qdisc", "add", "dev", device, "root", "tbf", "rate",
                 std::to_string(mbit) + "mbit", "burst", "5kb", "latency", "100ms"},
                &where);
  };
  limit("eth0", *hosts_.at(host));
  limit(port(host), bridge_);
}
void Lan::heal() {
  rule("flush chain bridge cut forward");
}

void Lan::rule(const std::string& text) {
  run_command({"nft", text}, &bridge_);
}

}  // namespace swarm::lan
