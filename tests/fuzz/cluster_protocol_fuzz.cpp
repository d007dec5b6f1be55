// Fuzzer of the cluster protocol. The input is a datagram without length and MAC, which are put
// right, so that bodies are reached: whatever decodes must encode to the very same bytes. The same
// holds of a snapshot, and of the relay's messages.
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/relay_protocol.hpp"

namespace {

constexpr swarm::Secret key{1, 2, 3};

void fuzz_datagram(swarm::Bytes input) {
  namespace wire = swarm::wire;
  std::vector<std::uint8_t> bytes(input.begin(), input.end());
  if (bytes.size() >= 8) {
    const auto size = bytes.size() + wire::mac_size;
    bytes[6] = static_cast<std::uint8_t>(size >> 8);
    bytes[7] = static_cast<std::uint8_t>(size);
  }
  std::array<std::uint8_t, wire::mac_size> mac{};
  crypto_shorthash_siphashx24(mac.data(), bytes.data(), bytes.size(), key.data());
  bytes.insert(bytes.end(), mac.begin(), mac.end());
  const auto message = wire::decode(bytes, key);
  if (!message) return;
  std::vector<std::uint8_t> again;
  wire::encode(message->header, message->body, key, again);
  if (again != bytes) std::abort();
}

void fuzz_snapshot(swarm::Bytes bytes) {
  const auto snapshot = swarm::wire::decode_snapshot(bytes);
  if (!snapshot) return;
  const auto again = swarm::wire::encode_snapshot(*snapshot);
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
}

void fuzz_relay(swarm::Bytes bytes) {
  const auto check = [&bytes](const auto& message) {
    if (!message) return;
    std::vector<std::uint8_t> again;
    swarm::wire::encode(*message, again);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
  };
  check(swarm::wire::decode_relay(bytes));
  check(swarm::wire::decode_relay_reply(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz_datagram({data, size});
  fuzz_snapshot({data, size});
  fuzz_relay({data, size});
  swarm::wire::decode({data, size}, key);  // as it is
  return 0;
}
