#include "engine/wire/peer_protocol.hpp"

namespace swarm::wire {
namespace {

using Decoded = tl::expected<PeerMessage, Reject>;

constexpr std::array<std::uint8_t, 3> magic{'T', 'S', 'P'};
constexpr std::size_t head_size = 12;         // magic, kind, token
constexpr std::uint32_t most_blocks = 65536;  // in a chunk: a block's number has 16 bits

enum class Kind : std::uint8_t {
  hello = 1,
  welcome,
  ask,
  have,
  bits,
  request,
  block,
  ask_info,
  info,
  refuse,
  ready,
  bye,
  reset,
};

tl::unexpected<Reject> refused(Reject reason) {
  return tl::unexpected<Reject>(reason);
}

// For messages of a fixed size: refuses a datagram that is too long or too short.
template <class Message>
Decoded whole(const Reader& in, const Message& message) {
  if (!in.done()) return refused(Reject::bad_length);
  return message;
}

// Makes the message inside the result, so that a message with a long list is not copied.
template <class Message>
Decoded in_place(Token token) {
  Decoded decoded(tl::in_place, std::in_place_type<Message>);
  std::get<Message>(*decoded).token = token;
  return decoded;
}

Decoded decode_hello(Token token, Reader& in) {
  peer::Hello hello{token, {in.array<20>()}, {}, {}};
  in.read(hello.nonce);
  in.read(hello.grant);
  return whole(in, hello);
}

Decoded decode_welcome(Token token, Reader& in) {
  peer::Welcome welcome{token, {}, {}};
  in.read(welcome.nonce);
  in.read(welcome.grant);
  return whole(in, welcome);
}

Decoded decode_ask(Token token, Reader& in) {
  const peer::Ask ask{token, in.u32()};
  return whole(in, ask);
}

Decoded decode_have(Token token, Reader& in) {
  Decoded decoded = in_place<peer::Have>(token);
  auto& have = std::get<peer::Have>(*decoded);
  have.count = in.u32();
  if (!in.ok() || in.left() % 4 != 0) return refused(Reject::bad_length);
  if (in.left() > 4 * most_chunks) return refused(Reject::too_long);
  while (in.left() > 0) have.chunks.push_back(in.u32());
  return decoded;
}

Decoded decode_bits(Token token, Reader& in) {
  peer::Bits bits{token, in.u32(), in.u32(), {}};
  if (!in.ok()) return refused(Reject::bad_length);
  if (in.left() > most_bits) return refused(Reject::too_long);
  bits.bits = in.take(in.left());
  const std::uint64_t end = std::uint64_t{bits.first} + 8 * bits.bits.size();
  if (bits.first % 8 != 0 || end > std::uint64_t{1} << 32) return refused(Reject::bad_value);
  return bits;
}

Decoded decode_request(Token token, Reader& in) {
  if (in.left() == 0 || in.left() % 8 != 0) return refused(Reject::bad_length);
  if (in.left() > 8 * most_ranges) return refused(Reject::too_long);
  Decoded decoded = in_place<peer::Request>(token);
  auto& ranges = std::get<peer::Request>(*decoded).ranges;
  while (in.left() > 0) {
    const peer::Range range{in.u32(), in.u16(), in.u16()};
    if (range.count == 0 || std::uint32_t{range.first} + range.count > most_blocks)
      return refused(Reject::bad_value);
    ranges.push_back(range);
  }
  return decoded;
}

Decoded decode_block(Token token, Reader& in) {
  peer::Block block{token, in.u32(), in.u16(), {}};
  if (!in.ok() || in.left() == 0) return refused(Reject::bad_length);
  if (in.left() > block_size) return refused(Reject::too_long);
  block.bytes = in.take(in.left());
  return block;
}

Decoded decode_ask_info(Token token, Reader& in) {
  if (in.left() % 2 != 0) return refused(Reject::bad_length);
  if (in.left() > 2 * most_pieces) return refused(Reject::too_long);
  Decoded decoded = in_place<peer::AskInfo>(token);
  auto& pieces = std::get<peer::AskInfo>(*decoded).pieces;
  while (in.left() > 0) pieces.push_back(in.u16());
  return decoded;
}

Decoded decode_info(Token token, Reader& in) {
  peer::Info info{token, in.u32(), in.u16(), {}};
  if (!in.ok() || in.left() == 0) return refused(Reject::bad_length);
  if (in.left() > block_size) return refused(Reject::too_long);
  info.bytes = in.take(in.left());
  const std::uint64_t offset = std::uint64_t{info.piece} * block_size;
  const bool is_last = offset + info.bytes.size() == info.size;
  const bool is_full = info.bytes.size() == block_size && offset + block_size < info.size;
  if (!is_last && !is_full) return refused(Reject::bad_value);
  return info;
}

Decoded decode_refuse(Token token, Reader& in) {
  const auto reason = in.u8();
  const peer::Refuse refuse{token, static_cast<peer::Refusal>(reason), in.u32()};
  if (!in.done()) return refused(Reject::bad_length);
  if (reason < static_cast<std::uint8_t>(peer::Refusal::unknown_content) ||
      reason > static_cast<std::uint8_t>(peer::Refusal::banned))
    return refused(Reject::bad_value);
  return refuse;
}

// Appends a message: its head (magic, kind, token) and its body.
class Encoder {
 public:
  explicit Encoder(std::vector<std::uint8_t>& bytes) : out_(bytes) {}

  void operator()(const peer::Hello& hello) {
    head(Kind::hello, hello.token);
    out_.bytes(hello.content.bytes);
    out_.id(hello.nonce);
    out_.id(hello.grant);
  }
  void operator()(const peer::Welcome& welcome) {
    head(Kind::welcome, welcome.token);
    out_.id(welcome.nonce);
    out_.id(welcome.grant);
  }
  void operator()(const peer::Ask& ask) {
    head(Kind::ask, ask.token);
    out_.u32(ask.first);
  }
  void operator()(const peer::Have& have) {
    head(Kind::have, have.token);
    out_.u32(have.count);
    for (const auto chunk : have.chunks) out_.u32(chunk);
  }
  void operator()(const peer::Bits& bits) {
    head(Kind::bits, bits.token);
    out_.u32(bits.count);
    out_.u32(bits.first);
    out_.bytes(bits.bits);
  }
  void operator()(const peer::Request& request) {
    head(Kind::request, request.token);
    for (const auto& range : request.ranges) {
      out_.u32(range.chunk);
      out_.u16(range.first);
      out_.u16(range.count);
    }
  }
  void operator()(const peer::Block& block) {
    std::array<std::uint8_t, block_header> header;
    encode_block_header(block.token, block.chunk, block.block, header);
    out_.bytes(header);
    out_.bytes(block.bytes);
  }
  void operator()(const peer::AskInfo& ask) {
    head(Kind::ask_info, ask.token);
    for (const auto piece : ask.pieces) out_.u16(piece);
  }
  void operator()(const peer::Info& info) {
    head(Kind::info, info.token);
    out_.u32(info.size);
    out_.u16(info.piece);
    out_.bytes(info.bytes);
  }
  void operator()(const peer::Refuse& refuse) {
    head(Kind::refuse, refuse.token);
    out_.u8(static_cast<std::uint8_t>(refuse.reason));
    out_.u32(refuse.chunk);
  }
  void operator()(const peer::Ready& ready) { head(Kind::ready, ready.token); }
  void operator()(const peer::Bye& bye) { head(Kind::bye, bye.token); }
  void operator()(const peer::Reset& reset) { head(Kind::reset, reset.token); }

 private:
  void head(Kind kind, Token token) {
    out_.bytes(magic);
    out_.u8(static_cast<std::uint8_t>(kind));
    out_.id(token);
  }

  Writer out_;
};

}  // namespace

bool is_peer_protocol(Bytes datagram) {
  return datagram.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), datagram.begin());
}

Decoded decode_peer(Bytes datagram) {
  if (!is_peer_protocol(datagram)) return refused(Reject::bad_magic);
  if (datagram.size() < head_size) return refused(Reject::too_short);
  Reader in(datagram.subspan(magic.size()));
  const auto kind = static_cast<Kind>(in.u8());
  Token token;
  in.read(token);
  switch (kind) {
    case Kind::hello:
      return decode_hello(token, in);
    case Kind::welcome:
      return decode_welcome(token, in);
    case Kind::ask:
      return decode_ask(token, in);
    case Kind::have:
      return decode_have(token, in);
    case Kind::bits:
      return decode_bits(token, in);
    case Kind::request:
      return decode_request(token, in);
    case Kind::block:
      return decode_block(token, in);
    case Kind::ask_info:
      return decode_ask_info(token, in);
    case Kind::info:
      return decode_info(token, in);
    case Kind::refuse:
      return decode_refuse(token, in);
    case Kind::ready:
      return whole(in, peer::Ready{token});
    case Kind::bye:
      return whole(in, peer::Bye{token});
    case Kind::reset:
      return whole(in, peer::Reset{token});
  }
  return refused(Reject::unknown_action);
}

void encode(const PeerMessage& message, std::vector<std::uint8_t>& out) {
  std::visit(Encoder(out), message);
}

void encode_block_header(Token token, std::uint32_t chunk, std::uint16_t block,
                         std::array<std::uint8_t, block_header>& out) {
  auto* at = std::copy(magic.begin(), magic.end(), out.data());
  const auto put = [&at](auto number) {
    for (std::size_t i = sizeof(number); i-- > 0;)
      *at++ = static_cast<std::uint8_t>(number >> (8 * i));
  };
  put(static_cast<std::uint8_t>(Kind::block));
  put(token.value);
  put(chunk);
  put(block);
}

}  // namespace swarm::wire
