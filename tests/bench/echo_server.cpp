// The least that a UDP server can do: every datagram is answered with the same bytes, with one
// recvfrom and one sendto. What a tracker costs is to be seen beside it.
//
//   echo_server ADDRESS:PORT BYTES
//
// The first eight bytes are the request's action and transaction, so that it looks like an answer
// of the seed's dialect (16 + 6 x n bytes) to tracker_load. Ends at SIGTERM or SIGINT.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <exception>
#include <vector>

#include "tests/bench/batch_socket.hpp"

namespace {

using namespace swarm;

constexpr std::size_t most_bytes = 1472;

// action 4, transaction 4, interval 4, n 4, n x (ip 4, port 2)
std::vector<std::uint8_t> make_answer(std::size_t size) {
  std::vector<std::uint8_t> answer(size, 1);
  const std::size_t peers = (size - 16) / 6;
  for (std::size_t i = 0; i < 4; ++i)
    answer[12 + i] = static_cast<std::uint8_t>(peers >> (8 * (3 - i)));
  return answer;
}

[[noreturn]] void serve(int descriptor, std::vector<std::uint8_t> answer) {
  std::array<std::uint8_t, 2048> request{};
  for (;;) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got = recvfrom(descriptor, request.data(), request.size(), 0,
                              reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 16) continue;
    std::copy_n(request.data() + 8, 8, answer.data());
    sendto(descriptor, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::size_t bytes = 0;
    const char* end = argc == 3 ? argv[2] + std::strlen(argv[2]) : nullptr;
    if (argc != 3 || std::from_chars(argv[2], end, bytes).ptr != end || bytes < 16 ||
        bytes > most_bytes) {
      fmt::print(stderr, "usage: echo_server ADDRESS:PORT BYTES   (16 to {} bytes)\n", most_bytes);
      return 2;
    }
    bench::BatchSocket socket(bench::read_endpoint(argv[1]));
    socket.block();
    serve(socket.descriptor(), make_answer(bytes));
  } catch (const std::exception& error) {
    fmt::print(stderr, "echo_server: {}\n", error.what());
    return 1;
  }
}
