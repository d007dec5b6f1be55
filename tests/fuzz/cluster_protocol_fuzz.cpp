// Fuzzer of the cluster protocol. The input is a datagram without length and MAC, which are put
// right, so that bodies are reached: whatever decodes must encode to the very same bytes. The same
// holds of a snapshot, and of the relay's messages.
#include <algorithm>
#include <cstdlib>

#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/relay_protocol.hpp"
#include "tests/engine/wire/resealed.hpp"

namespace {

const swarm::Secret secret{1, 2, 3};
const swarm::wire::Seal readable(secret, swarm::wire::Cipher::siphash);
const swarm::wire::Seal sealing(secret, swarm::wire::Cipher::xchacha20_poly1305);

void fuzz_datagram(swarm::Bytes input) {
  namespace wire = swarm::wire;
  if (input.size() < wire::sealed_from) return;
  wire::Nonce24 nonce;
  std::copy_n(input.begin() + wire::clear_size, nonce.size(), nonce.begin());
  for (const auto& seal : {readable, sealing}) {
    std::vector<std::uint8_t> bytes(input.begin(), input.end()), plain, again;
    swarm::test::seal_whole(bytes, seal);
    const auto message = wire::decode(bytes, seal, plain);
    if (!message) continue;
    wire::encode(message->header, message->body, seal, nonce, again);
    if (again != bytes) std::abort();
  }
}

// The same in a session.
void fuzz_in_session(swarm::Bytes input) {
  namespace wire = swarm::wire;
  if (input.size() < wire::sealed_in_session_from) return;
  wire::Nonce24 nonce;
  std::copy_n(input.begin() + wire::clear_size + 8, nonce.size(), nonce.begin());
  for (const auto cipher : {wire::Cipher::siphash, wire::Cipher::xchacha20_poly1305}) {
    const wire::SealingKey key(cipher, {1, 2, 3});
    std::vector<std::uint8_t> bytes(input.begin(), input.end()), plain, again;
    const auto size = bytes.size() + wire::tag_size;
    bytes[6] = static_cast<std::uint8_t>(size >> 8);
    bytes[7] = static_cast<std::uint8_t>(size);
    key.close(bytes, wire::sealed_in_session_from);
    const auto said = wire::read_session(bytes);
    if (!said) continue;
    const auto message = wire::decode_in_session(bytes, key, {}, {}, plain);
    if (!message) continue;
    wire::encode_unsealed(message->header, message->body, again);
    wire::seal_in_session(again, said->session, nonce, key);
    if (again != bytes) std::abort();
  }
}

// A datagram of the previous version, whose length and MAC are put right.
void fuzz_previous(swarm::Bytes input) {
  namespace wire = swarm::wire;
  if (input.size() < wire::clear_size) return;
  std::vector<std::uint8_t> bytes(input.begin(), input.end()), again;
  wire::sign_previous(bytes, secret);
  const auto message = wire::decode_previous(bytes, secret);
  if (!message) return;
  wire::encode_previous(message->header, message->body, secret, again);
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
  fuzz_in_session({data, size});
  fuzz_previous({data, size});
  fuzz_snapshot({data, size});
  fuzz_relay({data, size});
  std::vector<std::uint8_t> plain;
  swarm::wire::decode({data, size}, sealing, plain);  // as it is
  swarm::wire::decode_previous({data, size}, secret);
  swarm::wire::decode_readable({data, size});
  swarm::wire::read_session({data, size});
  return 0;
}
