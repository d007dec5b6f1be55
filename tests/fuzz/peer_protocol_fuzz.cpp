// Fuzzer of the protocol between peers. The input is a datagram, or one without its "TSP", so that
// bodies are reached: whatever decodes must encode to the very same bytes.
#include <algorithm>
#include <cstdlib>

#include "engine/wire/peer_protocol.hpp"

namespace {

void fuzz(swarm::Bytes datagram) {
  const auto message = swarm::wire::decode_peer(datagram);
  if (!message) {
    if (message.error() >= swarm::Reject::count) std::abort();
    return;
  }
  if (!swarm::wire::is_peer_protocol(datagram)) std::abort();
  std::vector<std::uint8_t> again;
  swarm::wire::encode(*message, again);
  if (!std::equal(again.begin(), again.end(), datagram.begin(), datagram.end())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz({data, size});
  std::vector<std::uint8_t> headed{'T', 'S', 'P'};
  headed.insert(headed.end(), data, data + size);
  fuzz(headed);
  return 0;
}
