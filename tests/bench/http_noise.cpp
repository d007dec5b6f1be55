#include "tests/bench/http_noise.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "engine/base/clock.hpp"

namespace swarm::bench {
namespace {

constexpr std::size_t most_held = 16;

int open_connection(const Endpoint& target) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  const timeval patience{0, 200'000};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  address.sin_addr.s_addr = htonl(target.ip.v4());
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  close(descriptor);
  return -1;
}

void send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto sent = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

HttpNoise::HttpNoise(std::vector<Endpoint> targets, std::uint64_t per_second, std::uint64_t seed)
    : targets_(std::move(targets)), random_(seed) {
  if (!targets_.empty()) thread_ = std::thread([this, per_second] { run(per_second); });
}

void HttpNoise::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  for (const int descriptor : held_) close(descriptor);
  held_.clear();
}

void HttpNoise::run(std::uint64_t per_second) {
  for (std::size_t i = 0; !stopping_; ++i) {
    one(targets_[i % targets_.size()]);
    std::this_thread::sleep_for(Duration(1s) / per_second);
  }
}

void HttpNoise::one(const Endpoint& target) {
  const int descriptor = open_connection(target);
  if (descriptor < 0) return;
  ++connections_;
  const std::string request = next_request();
  send_all(descriptor, request);
  if (random_.below(4) == 0) {
    held_.push_back(descriptor);
    if (held_.size() <= most_held) return;
    close(held_.front());
    held_.pop_front();
    return;
  }
  shutdown(descriptor, SHUT_WR);
  std::array<char, 256> answer{};
  const auto got = recv(descriptor, answer.data(), answer.size(), 0);
  const std::string_view text(answer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  if (request.starts_with("POST") && text.substr(0, 12).ends_with(" 200")) ++accepted_orders_;
  close(descriptor);
}

std::string HttpNoise::next_request() {
  const auto noise = [&](std::uint64_t most) {
    std::string text(random_.below(most + 1), ' ');
    for (auto& c : text) c = static_cast<char>(random_.next());
    return text;
  };
  switch (random_.below(10)) {
    case 0:
      return "";
    case 1:
      return noise(4096);
    case 2:
      return "GET /" + std::string(random_.below(100'000), 'a') + " HTTP/1.1\r\n\r\n";
    case 3:
      return "GET /metrics HTTP/1.1\r\nHost: " + noise(3000) + "\r\n\r\n";
    case 4:
      return "GET /status HTTP/1.1\r\nX: " + std::string(random_.below(200'000), 'b');
    case 5: {
      constexpr std::array orders{"handover", "leave", "remove/1", "remove/99999999999999999999",
                                  "init",     "join"};
      return std::string("POST /") + orders[random_.below(orders.size())] +
             " HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
    }
    case 6:
      return "POST /metrics HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n" + noise(99);
    case 7:
      return "PUT /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" +
             noise(2000);
    case 8:
      return "GET /../../etc/passwd?" + noise(50) + " HTTP/9.9\r\n\r\n";
    default:
      return "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\nGET /status HTTP/1.1\r\n\r\n" + noise(20);
  }
}

}  // namespace swarm::bench
