#include "tests/lan/harness/bep15_requester.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>

#include "tests/lan/harness/eventually.hpp"
#include "transport/udp/net/socket_address.hpp"

namespace swarm::lan {
namespace {

using namespace wire::bep15;

constexpr Duration pause_between_tries = 50ms;

template <class Message>
TransactionId transaction_of(const Message& message) {
  return std::visit([](const auto& one) { return one.transaction; }, message);
}

}  // namespace

Bep15Requester::Bep15Requester(const Site& site, unsigned host, bool ipv6) : ipv6_(ipv6) {
  const auto open = [&] {
    fd_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  };
  const auto* network = site.network(host);
  network != nullptr ? network->inside(open) : open();
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "a socket");
}

Bep15Requester::~Bep15Requester() {
  ::close(fd_);
}

std::optional<Response> Bep15Requester::ask(const Endpoint& tracker, const Request& request,
                                            Duration within) {
  std::vector<std::uint8_t> bytes;
  encode(request, bytes);
  const udp::SocketAddress to(tracker);
  ::sendto(fd_, bytes.data(), bytes.size(), 0, to.data(), to.size());
  return receive(tracker, transaction_of(request), within);
}

std::optional<Response> Bep15Requester::receive(const Endpoint& from, TransactionId transaction,
                                                Duration within) const {
  const Time until = udp::boot_clock_now() + within;
  for (Time now = udp::boot_clock_now(); now < until; now = udp::boot_clock_now()) {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>((until - now) / 1ms) + 1) != 1) continue;
    std::array<std::uint8_t, 2048> bytes{};
    udp::SocketAddress source;
    socklen_t size = udp::SocketAddress::capacity;
    const auto n = ::recvfrom(fd_, bytes.data(), bytes.size(), 0, source.data(), &size);
    if (n <= 0 || source.endpoint() != from) continue;
    const auto answer = decode_response({bytes.data(), static_cast<std::size_t>(n)}, ipv6_);
    if (answer && transaction_of(*answer) == transaction) return *answer;
  }
  return {};
}

Response Bep15Requester::insist_on_any(const Endpoint& tracker, const Request& request,
                                       bool (*wanted)(const Response&)) {
  std::optional<Response> answer;
  eventually("an answer from " + to_string(tracker), [&] {
    answer = ask(tracker, request, pause_between_tries);
    return answer && wanted(*answer);
  });
  return *answer;
}

ConnectionId Bep15Requester::connect(const Endpoint& tracker) {
  return insist<ConnectResponse>(tracker, ConnectRequest{TransactionId{1}}).connection;
}

SwarmCounts Bep15Requester::scrape(const Endpoint& tracker, const InfoHash& content) {
  ScrapeRequest request{connect(tracker), TransactionId{2}, {}};
  request.contents.push_back(content);
  return insist<ScrapeResponse>(tracker, request).swarms.begin()[0];
}

}  // namespace swarm::lan
