#include "engine/wire/secret.hpp"

#include <sodium.h>

#include "engine/base/bytes.hpp"

namespace swarm::wire {

Secret secret_from_text(std::string_view text) {
  static constexpr std::string_view context = "swarm tracker: cluster datagrams";
  static_assert(context.size() <= crypto_generichash_KEYBYTES_MAX &&
                context.size() >= crypto_generichash_KEYBYTES_MIN);
  Secret secret;
  static_assert(sizeof secret >= crypto_generichash_BYTES_MIN);
  crypto_generichash(secret.data(), secret.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                     reinterpret_cast<const unsigned char*>(context.data()), context.size());
  return secret;
}

Secret next_secret(const Secret& swarm, const Secret& old, std::uint64_t chance) {
  std::vector<std::uint8_t> message;
  Writer writer(message);
  writer.bytes(old);
  writer.u64(chance);
  Secret secret;
  static_assert(sizeof swarm >= crypto_generichash_KEYBYTES_MIN);
  crypto_generichash(secret.data(), secret.size(), message.data(), message.size(), swarm.data(),
                     swarm.size());
  return secret;
}

}  // namespace swarm::wire
