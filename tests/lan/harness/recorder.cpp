#include "tests/lan/harness/recorder.hpp"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "transport/udp/net/socket_address.hpp"

namespace swarm::lan {
namespace {

// The attacker hears what it plays, too, when it reaches a tracker. It knows it by this time to
// live, which no tracker uses.
constexpr std::uint8_t own_ttl = 13;
constexpr Duration pause = 2ms;
constexpr std::size_t per_pause = Recorder::most_per_second * (pause / 1ms) / 1000;
constexpr int room = 8 << 20;

using Recorded = Recorder::Recorded;
using RecordedPtr = std::shared_ptr<const Recorded>;

int checked(int fd) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "a socket of the recorder");
  return fd;
}

bool is_group(const Endpoint& address) {
  return IN_MULTICAST(address.ip.v4());
}

// The datagram in an IPv4 packet, if it goes to the trackers' port.
std::optional<Recorded> datagram_in(Bytes packet) {
  iphdr ip{};
  udphdr udp{};
  if (packet.size() < sizeof ip) return {};
  std::memcpy(&ip, packet.data(), sizeof ip);
  const std::size_t header = std::size_t{ip.ihl} * 4;
  const std::size_t size = std::min<std::size_t>(packet.size(), ntohs(ip.tot_len));
  if (ip.protocol != IPPROTO_UDP || ip.ttl == own_ttl || size < header + sizeof udp) return {};
  std::memcpy(&udp, packet.data() + header, sizeof udp);
  if (ntohs(udp.dest) != Recorder::cluster_port) return {};
  const Bytes bytes = packet.first(size).subspan(header + sizeof udp);
  return Recorded{{ntohl(ip.saddr), ntohs(udp.source)},
                  {ntohl(ip.daddr), ntohs(udp.dest)},
                  {bytes.begin(), bytes.end()}};
}

// The length of the first datagram of `bytes`: the kernel may hand over several in one packet.
std::size_t length_of_first(Bytes bytes) {
  if (bytes.size() < wire::clear_size) return bytes.size();
  const std::size_t length = std::size_t{bytes[6]} << 8 | bytes[7];
  return length < wire::clear_size ? bytes.size() : std::min(length, bytes.size());
}

// The kernel adds the length and the checksum of the IPv4 header. UDP needs no checksum.
std::vector<std::uint8_t> packet_of(const Endpoint& from, const Endpoint& to, Bytes bytes) {
  iphdr ip{};
  ip.version = 4;
  ip.ihl = sizeof ip / 4;
  ip.ttl = own_ttl;
  ip.protocol = IPPROTO_UDP;
  ip.saddr = htonl(from.ip.v4());
  ip.daddr = htonl(to.ip.v4());
  udphdr udp{};
  udp.source = htons(from.port);
  udp.dest = htons(to.port);
  udp.len = htons(static_cast<std::uint16_t>(sizeof udp + bytes.size()));
  std::vector<std::uint8_t> packet(sizeof ip + sizeof udp);
  std::memcpy(packet.data(), &ip, sizeof ip);
  std::memcpy(packet.data() + sizeof ip, &udp, sizeof udp);
  packet.insert(packet.end(), bytes.begin(), bytes.end());
  return packet;
}

}  // namespace

// Lives on its thread, but for its construction.
struct Recorder::Impl {
  using Descriptor = udp::asio::posix::stream_descriptor;
  struct Shot {
    RecordedPtr what;
    Endpoint from, to;
  };

  Impl(const Lan& site, const std::vector<unsigned>& hosts, unsigned host)
      : own{site.address(host), cluster_port}, timer(io), raw(io) {
    for (const unsigned one : hosts) {
      trackers.push_back({site.address(one), cluster_port});
      site.network(one)->inside([&] {
        taps.emplace_back(io, checked(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                               htons(ETHERTYPE_IP))));
      });
      ::setsockopt(taps.back().native_handle(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
      listen(taps.back());
    }
    site.network(host)->inside(
        [&] { raw.assign(checked(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW))); });
    // Without it the kernel knows no way to the group.
    const in_addr way{htonl(own.ip.v4())};
    checked(::setsockopt(raw.native_handle(), IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof way));
  }

  // What it hears.

  void listen(Descriptor& tap) {
    tap.async_wait(Descriptor::wait_read, [this, &tap](const boost::system::error_code& error) {
      if (error) return;
      for (ssize_t n; (n = ::recv(tap.native_handle(), packet.data(), packet.size(), 0)) > 0;)
        if (recording) hear(Bytes(packet).first(static_cast<std::size_t>(n)));
      listen(tap);
    });
  }
  void hear(Bytes bytes) {
    const auto heard = datagram_in(bytes);
    if (!heard) return;
    for (Bytes rest = heard->bytes; !rest.empty();) {
      const Bytes first = rest.first(length_of_first(rest));
      keep({heard->from, heard->to, {first.begin(), first.end()}});
      rest = rest.subspan(first.size());
    }
  }
  void keep(Recorded heard) {
    if (heard.bytes.size() <= wire::type_at) return;
    auto& of_kind = kept[{heard.from, heard.bytes[wire::type_at]}];
    // A datagram of the group is heard at each host.
    const auto known = [&](const RecordedPtr& other) { return other->bytes == heard.bytes; };
    if (is_group(heard.to) && std::ranges::any_of(of_kind, known)) return;
    of_kind.push_back(std::make_shared<const Recorded>(std::move(heard)));
    if (of_kind.size() > most_of_a_kind) of_kind.pop_front();
  }

  // What it plays.

  void begin(To receivers, Choice wanted) {
    to = receivers;
    choice = std::move(wanted);
    round.clear();
    rounds = 0;
    go_on();
  }
  // The timer's last wait is cancelled, so there is one at a time.
  void go_on() {
    timer.expires_after(pause);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      play_some();
      go_on();
    });
  }
  void play_some() {
    if (round.empty()) make_round();
    for (std::size_t i = 0; i < per_pause && !round.empty(); ++i) {
      shoot(round.front());
      round.pop_front();
      if (round.empty()) ++rounds;
    }
  }
  void make_round() {
    for (const auto& [kind, of_kind] : kept)
      for (auto one = of_kind.rbegin(); one != of_kind.rend(); ++one)
        if (choice(**one)) aim(*one);
  }
  void aim(const RecordedPtr& what) {
    if (to == To::its_receiver) round.push_back({what, what->from, what->to});
    if (to != To::everybody) return;
    for (const auto& tracker : trackers) {
      // A host believes no datagram from the network that bears its own address.
      if (what->from.ip != tracker.ip) round.push_back({what, what->from, tracker});
      round.push_back({what, own, tracker});
    }
  }
  void shoot(const Shot& shot) {
    const auto bytes = packet_of(shot.from, shot.to, shot.what->bytes);
    const udp::SocketAddress address(shot.to);
    ::sendto(raw.native_handle(), bytes.data(), bytes.size(), 0, address.data(), address.size());
  }

  udp::asio::io_context io;
  Endpoint own;
  std::vector<Endpoint> trackers;
  udp::asio::steady_timer timer;
  Descriptor raw;
  std::list<Descriptor> taps;
  std::array<std::uint8_t, 65536> packet{};
  bool recording = true;
  std::map<std::pair<Endpoint, std::uint8_t>, std::deque<RecordedPtr>> kept;  // by sender and type
  To to{};
  Choice choice;
  std::deque<Shot> round;  // what is left of it
  std::size_t rounds = 0;
};

Recorder::Recorder(const Lan& site, const std::vector<unsigned>& hosts, unsigned own)
    : impl_(std::make_unique<Impl>(site, hosts, own)),
      thread_(std::make_unique<LoopThread>(impl_->io)) {}

Recorder::~Recorder() = default;

std::vector<Recorded> Recorder::recorded() const {
  return thread_->call([&] {
    std::vector<Recorded> all;
    for (const auto& [kind, of_kind] : impl_->kept)
      for (const auto& one : of_kind) all.push_back(*one);
    return all;
  });
}

void Recorder::stop_recording() {
  thread_->call([&] { impl_->recording = false; });
}

void Recorder::play(To to, Choice choice) {
  thread_->call([&] { impl_->begin(to, std::move(choice)); });
}

std::size_t Recorder::rounds() const {
  return thread_->call([&] { return impl_->rounds; });
}

}  // namespace swarm::lan
