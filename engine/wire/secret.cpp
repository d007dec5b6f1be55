#include "engine/wire/secret.hpp"

#include <sodium.h>

#include "engine/base/bytes.hpp"

namespace swarm::wire {
namespace {

Secret keyed_hash(const Secret& key, Bytes message) {
  Secret hash;
  static_assert(sizeof key >= crypto_generichash_KEYBYTES_MIN);
  crypto_generichash(hash.data(), hash.size(), message.data(), message.size(), key.data(),
                     key.size());
  return hash;
}

}  // namespace

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
  return keyed_hash(swarm, message);
}

Secret connection_key(const Secret& swarm, const Secret& in_config) {
  static constexpr std::string_view context = "swarm tracker: connection ids";
  std::vector<std::uint8_t> message(context.begin(), context.end());
  message.insert(message.end(), in_config.begin(), in_config.end());
  return keyed_hash(swarm, message);
}

}  // namespace swarm::wire
