#include "engine/base/secrets.hpp"

#include <sodium.h>

#include <stdexcept>

#include "engine/base/bytes.hpp"

namespace swarm {

void start_cryptography() {
  if (sodium_init() < 0) throw std::runtime_error("the cryptographic library cannot start");
}

Drawn draw_secret(const Entropy& entropy, SecretPurpose purpose, std::uint64_t number) {
  std::array<std::uint8_t, 9> message{static_cast<std::uint8_t>(purpose)};
  for (std::size_t i = 0; i < 8; ++i)
    message[1 + i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
  Drawn drawn{};
  static_assert(sizeof drawn >= crypto_generichash_BYTES_MIN &&
                sizeof drawn <= crypto_generichash_BYTES_MAX &&
                sizeof entropy.bytes <= crypto_generichash_KEYBYTES_MAX);
  crypto_generichash(drawn.data(), drawn.size(), message.data(), message.size(),
                     entropy.bytes.data(), entropy.bytes.size());
  return drawn;
}

std::uint64_t secret_number(const Entropy& entropy, SecretPurpose purpose, std::uint64_t number) {
  const Drawn drawn = draw_secret(entropy, purpose, number);
  Reader reader(drawn);
  return reader.u64();
}

std::uint64_t Secrets::number(SecretPurpose purpose) {
  return secret_number(entropy_, purpose, ++drawn_);
}

Secrets::~Secrets() {
  sodium_memzero(entropy_.bytes.data(), entropy_.bytes.size());
}

}  // namespace swarm
