// Peer <-> peer: contents travel in datagrams, and a peer that wants a block requests it. Datagrams
// arrive on the port that a peer announces. A tracker's answers arrive there too, but their first
// byte is 0 instead of "T".
//
//   datagram := "TSP" 3  kind 1  token 8  body
//
//   hello     (1) := info_hash 20  nonce 8  grant 8        token: 0, or the receiver's grant
//   welcome   (2) := nonce 8  grant 8                      token: the hello's grant
//   ask       (3) := first 4                               which chunks from `first` do you have?
//   have      (4) := count 4  n x chunk 4                  n <= 340; count: all chunks it has
//   bits      (5) := count 4  first 4  bytes               chunk `first` is the highest bit of the
//                                                          first byte; at most 1,376 bytes
//   request   (6) := n x (chunk 4  first 2  count 2)       blocks, 1 <= n <= 128
//   block     (7) := chunk 4  block 2  bytes               1,408 bytes, fewer in the last block
//   ask_info  (8) := n x piece 2                            pieces of the info dictionary, n <= 64
//   info      (9) := size 4  piece 2  bytes                 size: of the whole dictionary
//   refuse   (10) := reason 1  chunk 4                     chunk: for not_had; otherwise 0
//   ready    (11) :=                                       an upload slot is free for you
//   bye      (12) :=                                       forget this session
//   reset    (13) :=                                       token: that of the datagram that it
//                                                          answers; no session here has this token
//
// Integers are big-endian. A peer grants a token to one address, for one content. The token is
// valid until the granting process ends. The holder puts the token into every datagram to the peer
// that granted it. This proves that the holder receives datagrams at its address. A reset, or a
// hello without a token, needs no such proof. Every other datagram must carry a token that the
// receiver has granted. A hello without a token changes nothing: the receiver answers it with a
// welcome (28 bytes; the hello has 48) or a refuse (17 bytes). The receiver answers an unknown
// token with a reset (12 bytes). So the answer to a datagram without a valid token is never larger
// than that datagram.
#pragma once

#include <tl/expected.hpp>
#include <variant>

#include "engine/base/bytes.hpp"
#include "engine/base/types.hpp"
#include "engine/node/events.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm::wire {

using Token = Strong<struct TokenTag, std::uint64_t>;  // zero: none
using Nonce = Strong<struct NonceTag, std::uint64_t>;  // drawn at each start of a peer's process

// Bytes of a block. Its datagram of 1,426 bytes fits the MTU of Ethernet.
inline constexpr std::uint32_t block_size = 1408;
inline constexpr std::size_t most_bits = 1376;   // bytes in a `bits`, for 11,008 chunks
inline constexpr std::size_t most_chunks = 340;  // in a `have`
inline constexpr std::size_t most_ranges = 128;  // in a `request`
inline constexpr std::size_t most_pieces = 64;   // in an `ask_info`; a piece has block_size bytes

namespace peer {
struct Hello {
  Token token;  // zero: the receiver has not granted one yet
  InfoHash content;
  Nonce nonce;
  Token grant;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct Welcome {
  Token token;
  Nonce nonce;
  Token grant;
  friend bool operator==(const Welcome&, const Welcome&) = default;
};
struct Ask {
  Token token;
  std::uint32_t first{};
  friend bool operator==(const Ask&, const Ask&) = default;
};
struct Have {
  Token token;
  std::uint32_t count{};
  UpTo<std::uint32_t, most_chunks> chunks;
  friend bool operator==(const Have&, const Have&) = default;
};
struct Bits {
  Token token;
  std::uint32_t count{};
  std::uint32_t first{};  // a multiple of 8
  Bytes bits;             // a view of the datagram
};
struct Range {  // blocks first .. first + count - 1 of a chunk
  std::uint32_t chunk;
  std::uint16_t first;
  std::uint16_t count;  // at least 1; first + count <= 65,536
  friend bool operator==(const Range&, const Range&) = default;
};
struct Request {
  Token token;
  UpTo<Range, most_ranges> ranges;
  friend bool operator==(const Request&, const Request&) = default;
};
struct Block {
  Token token;
  std::uint32_t chunk{};
  std::uint16_t block{};
  Bytes bytes;  // a view of the datagram; 1 to block_size bytes
};
struct AskInfo {
  Token token;
  UpTo<std::uint16_t, most_pieces> pieces;
  friend bool operator==(const AskInfo&, const AskInfo&) = default;
};
struct Info {
  Token token;
  std::uint32_t size{};
  std::uint16_t piece{};
  Bytes bytes;  // a view of the datagram; block_size bytes, or fewer in the last piece
};
enum class Refusal : std::uint8_t {
  unknown_content = 1,
  full = 2,     // no room for another session
  busy = 3,     // no upload slot is free: wait for `ready`, or ask again after some seconds
  not_had = 4,  // the sender does not have this chunk, or has lost it
  no_info = 5,  // the sender does not have the info dictionary yet
  banned = 6,   // the refused peer has sent wrong bytes
};
struct Refuse {
  Token token;
  Refusal reason{};
  std::uint32_t chunk{};
  friend bool operator==(const Refuse&, const Refuse&) = default;
};
struct Ready {
  Token token;
  friend bool operator==(const Ready&, const Ready&) = default;
};
struct Bye {
  Token token;
  friend bool operator==(const Bye&, const Bye&) = default;
};
struct Reset {
  Token token;
  friend bool operator==(const Reset&, const Reset&) = default;
};
}  // namespace peer

using PeerMessage = std::variant<peer::Hello, peer::Welcome, peer::Ask, peer::Have, peer::Bits,
                                 peer::Request, peer::Block, peer::AskInfo, peer::Info,
                                 peer::Refuse, peer::Ready, peer::Bye, peer::Reset>;

// True if the datagram is of this protocol. Otherwise it is a tracker's answer, or noise.
bool is_peer_protocol(Bytes datagram);
// Views in the result point into `datagram`.
tl::expected<PeerMessage, Reject> decode_peer(Bytes datagram);

// Appends the message to `out` and does not clear it first. The caller clears and reuses `out`, so
// that no datagram needs an allocation.
void encode(const PeerMessage& message, std::vector<std::uint8_t>& out);

// Encodes the head of a block message, that is, the 18 bytes before the block's bytes. It takes no
// PeerMessage, because this is the most frequent message.
inline constexpr std::size_t block_header = 18;
void encode_block_header(Token token, std::uint32_t chunk, std::uint16_t block,
                         std::array<std::uint8_t, block_header>& out);

}  // namespace swarm::wire
