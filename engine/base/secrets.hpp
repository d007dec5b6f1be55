// What nobody outside a process may guess: ids of stores, processes and swarms, keys, nonces,
// tokens and transaction ids. All of it comes from 32 bytes of entropy, which the host gives a node
// at its start. A real host takes them from the operating system. The simulator derives them from
// the seed of its run.
//
// Many of these values are visible to everybody, a store's id for example. So the generator must be
// one that nobody can turn back: a keyed cryptographic hash (BLAKE2b) of the purpose and of a
// number. Whoever knows any number of these values can still not compute another one. The quick
// generator of random.hpp has no such property, and is only for chances.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace swarm {

// Prepares the cryptographic library. Every program calls it before anything else. Throws
// std::runtime_error if the library cannot be used.
void start_cryptography();

using Drawn = std::array<std::uint8_t, 32>;

// The source of all secrets of one node.
struct Entropy {
  Drawn bytes{};
};

// What a host draws for each start of a node. It must differ for every node and every start.
struct StartDraw {
  std::uint64_t chance{};  // seeds the quick generators, which decide what may be guessed
  Entropy entropy;
};

// Each purpose has values of its own. The numbers must not change: they are part of the hash, so
// the fingerprints of the simulator's runs depend on them.
enum class SecretPurpose : std::uint8_t {
  store_id = 1,
  boot_id = 2,
  pair_id = 3,
  cluster_id = 4,
  connection_key = 5,  // the secret of the connection ids
  question = 6,        // nonces of questions between members
  snapshot_id = 7,
  table_hash = 8,
  answering_hash = 9,
  peer_id = 11,
  transaction = 12,
  token_key = 13,
  session_nonce = 14,
  replica = 15,  // entropy of a part of a node
  exchange = 16,
  start = 17,  // entropy of a start, from the entropy of a run
  cluster_secret = 18,
  links = 19,
  session_open = 20,
  challenge_key = 21,
  death_proof = 22,
};

// The value of this purpose and number.
Drawn draw_secret(const Entropy& entropy, SecretPurpose purpose, std::uint64_t number);
std::uint64_t secret_number(const Entropy& entropy, SecretPurpose purpose, std::uint64_t number);

// Draws one value after another. Cannot be copied, because a copy would draw the same values again.
class Secrets {
 public:
  explicit Secrets(const Entropy& entropy) : entropy_(entropy) {}
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  Secrets(Secrets&&) = delete;
  ~Secrets();  // wipes the entropy

  std::uint64_t number(SecretPurpose purpose);
  template <std::size_t n>
  std::array<std::uint8_t, n> bytes(SecretPurpose purpose) {
    static_assert(n <= sizeof(Drawn));
    const Drawn drawn = draw_secret(entropy_, purpose, ++drawn_);
    std::array<std::uint8_t, n> out{};
    std::copy_n(drawn.begin(), n, out.begin());
    return out;
  }
  // Entropy for a part of the node. It gives the part nothing of the other parts' values.
  Entropy part(SecretPurpose purpose) { return {bytes<sizeof(Drawn)>(purpose)}; }

 private:
  Entropy entropy_;
  std::uint64_t drawn_ = 0;
};

}  // namespace swarm
