#include "engine/links/handshake.hpp"

#include <sodium.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"

namespace swarm::handshake {
namespace {

// A keyed BLAKE2b of a purpose and of the bytes after it.
class Hash {
 public:
  Hash(std::string_view purpose, Bytes key) : key_(key), out_(message_) {
    for (const char c : purpose) out_.u8(static_cast<std::uint8_t>(c));
  }
  Hash& operator<<(Bytes bytes) {
    out_.bytes(bytes);
    return *this;
  }
  Hash& operator<<(std::uint64_t number) {
    out_.number(number);
    return *this;
  }
  Hash& operator<<(const Process& process) {
    return *this << process.boot.value << process.store.value;
  }
  template <std::size_t n>
  std::array<std::uint8_t, n> result() const {
    static_assert(n >= crypto_generichash_BYTES_MIN && n <= crypto_generichash_BYTES_MAX);
    std::array<std::uint8_t, n> hash{};
    crypto_generichash(hash.data(), n, message_.data(), message_.size(), key_.data(), key_.size());
    return hash;
  }

 private:
  Bytes key_;
  std::vector<std::uint8_t> message_;
  Writer out_;
};

}  // namespace

std::uint64_t open_nonce(const Drawn& key, std::uint64_t drawn, const wire::Nonce24& now) {
  Hash hash("open", key);
  hash << drawn << now;
  return Reader(hash.result<16>()).u64();
}

std::uint64_t echo(const Secret& swarm, std::uint64_t open, const Endpoint& opener,
                   const Endpoint& challenger) {
  std::vector<std::uint8_t> where;
  Writer(where).endpoint(opener);
  Writer(where).endpoint(challenger);
  Hash hash("swarm tracker: echo", swarm);
  hash << open << where;
  return Reader(hash.result<16>()).u64();
}

wire::Nonce16 challenge(const Drawn& key, std::uint64_t open, const Process& opener,
                        const Endpoint& address, std::uint64_t time) {
  std::vector<std::uint8_t> where;
  Writer(where).endpoint(address);
  Hash hash("challenge", key);
  hash << open << opener << where << time;
  return hash.result<16>();
}

Session session(const Secret& swarm, wire::Cipher cipher, std::uint64_t open,
                const wire::Nonce16& challenge, const Process& opener, const Process& challenger) {
  Hash hash("swarm tracker: session", swarm);
  hash << open << challenge << opener << challenger;
  const Drawn root = hash.result<32>();
  const auto key = [&](std::string_view purpose) {
    return wire::SealingKey(cipher, Hash(purpose, root).result<32>());
  };
  Session made{.from_opener = key("from the opener"),
               .from_challenger = key("from the challenger")};
  const auto id = Hash("id", root).result<16>();
  made.id = Reader(id).u64();
  return made;
}

wire::Nonce16 hash_of_proof(const Drawn& proof) {
  return Hash("death", proof).result<16>();
}

}  // namespace swarm::handshake
