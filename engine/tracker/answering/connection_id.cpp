#include "engine/tracker/answering/connection_id.hpp"

#include <sodium.h>

#include <algorithm>

namespace swarm {
namespace {

static_assert(std::tuple_size_v<Secret> == crypto_shorthash_KEYBYTES);

std::uint64_t minute_of(SwarmTime time) {
  return time.us / 60'000'000;
}

ConnectionId id_of(const Ip& ip, std::uint64_t minute, const Secret& secret) {
  const auto address = ip.bytes();
  std::array<std::uint8_t, 24> message{};
  std::copy(address.begin(), address.end(), message.begin());
  for (std::size_t i = 0; i < 8; ++i)
    message[16 + i] = static_cast<std::uint8_t>(minute >> (56 - 8 * i));
  std::array<std::uint8_t, crypto_shorthash_BYTES> hash{};
  crypto_shorthash(hash.data(), message.data(), message.size(), secret.data());
  ConnectionId id;
  for (const auto byte : hash) id.value = id.value << 8 | byte;
  return id;
}

bool made_under(const Secret& secret, ConnectionId id, const Ip& ip, std::uint64_t minute,
                std::uint64_t minutes) {
  for (std::uint64_t back = 0; back <= minutes && back <= minute; ++back)
    if (id_of(ip, minute - back, secret) == id) return true;
  return id_of(ip, minute + 1, secret) == id;
}

}  // namespace

void ConnectionIds::set_secrets(const Secret& current, const Secret& previous) {
  current_ = current;
  previous_ = previous;
}

ConnectionId ConnectionIds::make(const Ip& ip, SwarmTime now) const {
  return id_of(ip, minute_of(now), current_);
}

bool ConnectionIds::accepts(ConnectionId id, const Ip& ip, SwarmTime now,
                            std::uint64_t minutes) const {
  const auto minute = minute_of(now);
  return made_under(current_, id, ip, minute, minutes) ||
         (previous_ != Secret{} && made_under(previous_, id, ip, minute, minutes));
}

}  // namespace swarm
