// Makes datagrams that a tracker must drop or answer with an error: noise, and messages of every
// type that are cut, lengthened, flipped in a few bits, filled with nonsense or made with a wrong
// secret. No datagram is valid. A datagram made with the right secret always has a wrong MAC or
// length. A datagram with a valid connection id always has another error.
#pragma once

#include <string_view>
#include <vector>

#include "engine/node/operation.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::bench {

enum class Garbage {
  noise,       // 0 to 2,000 random bytes
  cut,         // the beginning of a message
  lengthened,  // a message with random bytes after it
  flipped,     // a message with 1 to 8 of its bits changed
  nonsense,    // a message whose fields have senseless values
  // For the cluster: a message made with another secret. For peers: a connection id that no tracker
  // gave.
  stranger,
  count
};
std::string_view garbage_name(Garbage kind);

class GarbageMaker {
 public:
  GarbageMaker(std::uint64_t seed, const Secret& secret, ClusterId cluster);

  // `good` is the connection id that the tracker gave to the sender's address; 0: it gave none.
  struct Piece {
    Garbage kind{};
    Bytes bytes;  // valid until the next call
  };
  Piece for_cluster();
  Piece for_peers(ConnectionId good);

 private:
  std::vector<std::uint8_t> noise(std::uint64_t most);
  std::vector<std::uint8_t> cluster_message(const Secret& key);
  std::vector<std::uint8_t> stranger_of_cluster();
  std::vector<std::uint8_t> peers_message(ConnectionId id);
  std::vector<std::uint8_t> peers_nonsense(ConnectionId good);
  std::vector<std::uint8_t> bep15_message();
  void cut();
  void lengthen(std::uint64_t most);
  void flip();
  Piece done(Garbage kind) { return {kind, bytes_}; }

  test::Words random_;
  Secret secret_;
  ClusterId cluster_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace swarm::bench
