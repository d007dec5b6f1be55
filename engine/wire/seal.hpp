// Encrypts and authenticates the datagrams between trackers. Only who knows the swarm's secret can
// read or make one.
//
//   sealed datagram := clear  nonce 24  ciphertext  tag 16
//
// The cipher is XChaCha20-Poly1305 of libsodium. The tag authenticates the clear bytes, too. Each
// purpose has a key of its own, so a datagram of one purpose is never one of another.
//
// A nonce must never come twice with the same key and other bytes. So 16 of its bytes are drawn by
// the host for each step of a node, never in advance (Outbox::nonce).
#pragma once

#include <array>
#include <span>
#include <vector>

#include "engine/base/types.hpp"
#include "engine/node/operation.hpp"

namespace swarm::wire {

using Nonce24 = std::array<std::uint8_t, 24>;

enum class Cipher : std::uint8_t {
  xchacha20_poly1305,
  // Authenticates with SipHash-2-4-128, encrypts nothing, and adds as many bytes. It is for the
  // simulator, whose network has no reader and no forger: there, sealing would take longer than all
  // the rest of a datagram's way. No configuration can choose it.
  siphash,
};

// A key, and the cipher for which it is.
class SealingKey {
 public:
  static constexpr std::size_t nonce_size = 24, tag_size = 16;
  using Bits = std::array<std::uint8_t, 32>;

  SealingKey() = default;  // all zeros
  SealingKey(Cipher cipher, const Bits& bits) : cipher_(cipher), bits_(bits) {}

  // Encrypts the bytes of `datagram` from `from` on, and appends the tag. The nonce is the last 24
  // bytes before `from`.
  void close(std::vector<std::uint8_t>& datagram, std::size_t from) const;

  // Returns the plaintext of a datagram whose clear bytes and nonce end at `from`. It is a view
  // into `plain`, or into `datagram` if the cipher encrypts nothing. Returns nothing if the tag is
  // wrong. `datagram` has at least `from` + tag_size bytes.
  std::optional<Bytes> open(Bytes datagram, std::size_t from,
                            std::vector<std::uint8_t>& plain) const;

 private:
  Cipher cipher_ = Cipher::xchacha20_poly1305;
  Bits bits_{};
};

// The keys that everybody has who knows the swarm's secret.
class Seal {
 public:
  static constexpr std::size_t nonce_size = SealingKey::nonce_size;
  static constexpr std::size_t tag_size = SealingKey::tag_size;
  enum class Purpose : std::uint8_t {
    member,  // what is said outside of sessions
    death,   // the death certificate of a process, which its supervisor sends
    count,
  };

  Seal(const Secret& swarm, Cipher cipher);

  void close(Purpose purpose, std::vector<std::uint8_t>& datagram, std::size_t from) const {
    key(purpose).close(datagram, from);
  }
  std::optional<Bytes> open(Purpose purpose, Bytes datagram, std::size_t from,
                            std::vector<std::uint8_t>& plain) const {
    return key(purpose).open(datagram, from, plain);
  }

 private:
  const SealingKey& key(Purpose purpose) const { return keys_[static_cast<std::size_t>(purpose)]; }

  std::array<SealingKey, static_cast<std::size_t>(Purpose::count)> keys_;
};

}  // namespace swarm::wire
