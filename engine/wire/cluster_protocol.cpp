#include "engine/wire/cluster_protocol.hpp"

#include <sodium.h>

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

#include "engine/wire/field_io.hpp"

namespace swarm::wire {
namespace {

constexpr std::uint32_t magic = 0x5453574d;  // "TSWM"

void fields(auto& io, auto& m) requires requires {
  m.time_sent, m.quorum_age_us;
}
{
  io(m.time_sent, m.commit, m.last, m.last_term, m.config_index, m.quorum_age_us,
     m.oldest_unanswered_us, m.swarm_time_us, m.successors);
}
template <class M, class... T>
concept one_of = (std::same_as<std::remove_const_t<M>, T> || ...);

template <one_of<KeepAlive> M>
void fields(auto& io, M& m) {
  fields(io, m.state);
}
template <one_of<KeepAliveAck, Ready> M>
void fields(auto& io, M& m) {
  io(m.ack.echo, m.ack.promise_us, m.ack.received, m.ack.durable, m.ack.applied, m.ack.sync_age_us,
     m.ack.ahead);
}
template <one_of<Status> M>
void fields(auto& io, M& m) {
  io(m.role, m.master, m.last, m.durable, m.applied, m.commit, m.hears, m.peers, m.contents,
     m.uptime_ms);
}
template <one_of<Hearing> M>
void fields(auto& io, M& m) {
  io(m.heard, m.deaf);
}
template <one_of<PreVote> M>
void fields(auto& io, M& m) {
  io(m.next, m.last, m.last_term);
}
template <one_of<PreVoteReply> M>
void fields(auto& io, M& m) {
  io(m.next, m.granted, m.rest_us);
}
template <one_of<Vote> M>
void fields(auto& io, M& m) {
  io(m.last, m.last_term, m.flag, m.former, m.former_boot, m.former_store, m.time_sent);
}
template <one_of<VoteReply> M>
void fields(auto& io, M& m) {
  io(m.granted, m.candidate_boot, m.echo, m.promise_us);
}
template <one_of<Prepare> M>
void fields(auto& io, M& m) {
  fields(io, m.state);
  io(m.index, m.term, m.previous_term, m.stamp_us, m.operations);
}
template <one_of<BlockMessage> M>
void fields(auto& io, M& m) {
  io(m.index, m.term, m.previous_term, m.stamp_us, m.operations);
}
template <one_of<Fetch> M>
void fields(auto& io, M& m) {
  io(m.first, m.wanted);
}
template <one_of<HandOver> M>
void fields(auto& io, M& m) {
  io(m.last, m.commit, m.oldest_unanswered_us);
}
template <one_of<Dead> M>
void fields(auto& io, M& m) {
  io(m.member, m.boot, m.store);
  if (!io.previous) io(m.proof);
}
template <one_of<Hello> M>
void fields(auto& io, M& m) {
  io(m.expect, m.cluster);
}
template <one_of<GenesisOffer> M>
void fields(auto& io, M& m) {
  io(m.genesis);
}
template <one_of<GenesisAck> M>
void fields(auto& io, M& m) {
  io(m.bound);
}
template <one_of<Join> M>
void fields(auto& io, M& m) {
  io(m.cluster);
}
template <one_of<JoinReply> M>
void fields(auto& io, M& m) {
  io(m.status, m.cluster, m.member, m.store);
}
template <one_of<SnapshotMeta> M>
void fields(auto& io, M& m) {
  io(m.id, m.index, m.term, m.size, m.hash);
}
template <one_of<SnapshotGet> M>
void fields(auto& io, M& m) {
  io(m.id, m.first, m.wanted);
}
template <one_of<SnapshotData> M>
void fields(auto& io, M& m) {
  io(m.id, m.chunk, m.bytes);
}
template <one_of<Order> M>
void fields(auto& io, M& m) {
  io(m.what, m.member);
}
template <one_of<Witness> M>
void fields(auto& io, M& m) {
  io(m.what, m.index, m.value, m.nonce);
}
template <one_of<Unverified> M>
void fields(auto& io, M&) {
  io();
}
template <one_of<Open> M>
void fields(auto& io, M& m) {
  io(m.nonce, m.padding);
}
template <one_of<Challenge> M>
void fields(auto& io, M& m) {
  io(m.echo, m.time, m.nonce, m.death);
}
template <one_of<Prove> M>
void fields(auto& io, M& m) {
  io(m.nonce, m.time, m.challenge, m.death);
}
template <one_of<ServiceRequest, ServiceReply> M>
void fields(auto& io, M& m) {
  io(m.content);
}

// These checks refuse values that fit the widths of the fields but are out of range.
constexpr std::uint64_t largest = INT64_MAX;  // a database can hold it, and sums do not overflow
bool is_block(const auto& m, const Header& header) {
  return m.index.value > 0 && m.index.value <= largest && m.stamp_us <= largest &&
         m.previous_term <= m.term && m.term <= header.term && m.operations.size() <= Block::most;
}
struct InRange {
  const Header& header;
  bool operator()(const MasterState& s) const {
    return s.swarm_time_us <= largest && s.successors.count <= MasterState::most_successors;
  }
  bool operator()(const KeepAlive& m) const { return (*this)(m.state); }
  bool operator()(const Status& m) const {
    constexpr std::uint64_t longest_ms = 1ULL << 43;  // so that it fits a Duration, in ns
    return m.role <= static_cast<std::uint8_t>(Role::removed) && m.uptime_ms <= longest_ms;
  }
  bool operator()(const Hearing& m) const { return m.heard <= largest && m.deaf <= 1; }
  bool operator()(const Vote& m) const {
    return m.flag <= static_cast<std::uint8_t>(VoteFlag::certificate);
  }
  bool operator()(const Prepare& m) const { return (*this)(m.state) && is_block(m, header); }
  bool operator()(const BlockMessage& m) const { return is_block(m, header); }
  bool operator()(const JoinReply& m) const {
    return m.status <= static_cast<std::uint8_t>(JoinStatus::removed);
  }
  bool operator()(const Order& m) const {
    return m.what <= static_cast<std::uint8_t>(Order::What::hand_over);
  }
  bool operator()(const Witness& m) const {
    return m.what <= static_cast<std::uint8_t>(Witness::What::ask_two_alive) &&
           m.index.value <= largest;
  }
  bool operator()(const SnapshotData& m) const { return m.bytes.size() <= chunk_size; }
  bool operator()(const auto&) const { return true; }
};
bool in_range(const Message& message) {
  return message.header.term.value <= largest && std::visit(InRange{message.header}, message.body);
}

template <std::size_t I = 0>
bool decode_body(std::size_t type, Decode& io, Body& body) {
  if constexpr (I < std::variant_size_v<Body>) {
    if (type != I) return decode_body<I + 1>(type, io, body);
    fields(io, body.emplace<I>());
    return true;
  } else {
    return false;
  }
}

using Mac = std::array<std::uint8_t, crypto_shorthash_siphashx24_BYTES>;
constexpr std::uint8_t previous_version = 1;
constexpr std::size_t previous_least = clear_size + (header_size - sealed_from) + sizeof(Mac);

Mac mac(Bytes bytes, const Secret& key) {
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<Secret>);
  Mac out{};
  crypto_shorthash_siphashx24(out.data(), bytes.data(), bytes.size(), key.data());
  return out;
}

Seal::Purpose purpose_of(std::uint8_t type) {
  static const std::size_t dead = Body(Dead{}).index() + 1;
  return type == dead ? Seal::Purpose::death : Seal::Purpose::member;
}

void encode_clear(Encode& io, std::uint8_t version, const Body& body) {
  io(magic, version, static_cast<std::uint8_t>(body.index() + 1), std::uint16_t{0});
}
void encode_rest(Encode& io, const Header& header, const Body& body) {
  io(header.cluster, header.from, header.to, header.boot, header.store, header.term);
  std::visit([&io](const auto& m) { fields(io, m); }, body);
}
void write_length(std::vector<std::uint8_t>& out, std::size_t size) {
  out[6] = static_cast<std::uint8_t>(size >> 8);
  out[7] = static_cast<std::uint8_t>(size);
}

// Checks the bytes that come before everything else. Returns the type, which nobody has verified.
tl::expected<std::uint8_t, Reject> decode_clear(Bytes datagram, std::uint8_t version,
                                                std::size_t least) {
  if (datagram.size() < clear_size) return tl::unexpected(Reject::too_short);
  if (datagram.size() > max_datagram) return tl::unexpected(Reject::too_long);
  Decode io{Reader(datagram)};
  std::uint32_t m{};
  std::uint8_t its_version{}, type{};
  std::uint16_t length{};
  io(m, its_version, type, length);
  if (m != magic) return tl::unexpected(Reject::bad_magic);
  if (its_version != version) return tl::unexpected(Reject::bad_version);
  if (datagram.size() < least) return tl::unexpected(Reject::too_short);
  if (length != datagram.size()) return tl::unexpected(Reject::bad_length);
  return type;
}

// Decode the header and the body, which have been verified.
tl::expected<Message, Reject> decode_after_header(std::uint8_t type, Decode io, Message message) {
  if (!decode_body(std::size_t{type} - 1, io, message.body))
    return tl::unexpected(Reject::unknown_action);
  if (!io.in.done()) return tl::unexpected(Reject::bad_length);
  if (!io.valid || !in_range(message)) return tl::unexpected(Reject::bad_value);
  return message;
}
tl::expected<Message, Reject> decode_rest(std::uint8_t type, Bytes bytes, bool previous = false) {
  Decode io{Reader(bytes)};
  io.previous = previous;
  Message message;
  auto& h = message.header;
  io(h.cluster, h.from, h.to, h.boot, h.store, h.term);
  return decode_after_header(type, io, message);
}
tl::expected<Message, Reject> decode_rest_in_session(std::uint8_t type, Bytes bytes, BootId boot,
                                                     StoreId store) {
  Decode io{Reader(bytes)};
  Message message;
  auto& h = message.header;
  io(h.cluster, h.from, h.to, h.term);
  h.boot = boot;
  h.store = store;
  return decode_after_header(type, io, message);
}

}  // namespace

void encode(const Header& header, const Body& body, const Seal& seal, const Nonce24& nonce,
            std::vector<std::uint8_t>& out) {
  out.clear();
  Encode io{Writer(out)};
  encode_clear(io, protocol_version, body);
  io(Bytes(nonce));
  encode_rest(io, header, body);
  write_length(out, out.size() + tag_size);
  seal.close(purpose_of(out[5]), out, sealed_from);
}

tl::expected<Message, Reject> decode(Bytes datagram, const Seal& seal,
                                     std::vector<std::uint8_t>& plain) {
  const auto type = decode_clear(datagram, protocol_version, header_size + tag_size);
  if (!type) return tl::unexpected(type.error());
  const auto rest = seal.open(purpose_of(*type), datagram, sealed_from, plain);
  if (!rest) return tl::unexpected(Reject::bad_mac);
  return decode_rest(*type, *rest);
}

bool is_outside_sessions(Bytes datagram) {
  static const std::size_t first = Body(Unverified{}).index() + 1;  // all later ones are, too
  return claims_to_be<Dead>(datagram) || (datagram.size() > type_at && datagram[type_at] >= first);
}

void encode_unsealed(const Header& header, const Body& body, std::vector<std::uint8_t>& out) {
  out.clear();
  Encode io{Writer(out)};
  encode_clear(io, protocol_version, body);
  io(std::uint64_t{0}, Nonce24{});  // seal_in_session() fills them in
  io(header.cluster, header.from, header.to, header.term);
  std::visit([&io](const auto& m) { fields(io, m); }, body);
  write_length(out, out.size() + tag_size);
}

void seal_in_session(std::vector<std::uint8_t>& datagram, std::uint64_t session,
                     const Nonce24& nonce, const SealingKey& key) {
  auto at = datagram.begin() + clear_size;
  for (int shift = 56; shift >= 0; shift -= 8) *at++ = static_cast<std::uint8_t>(session >> shift);
  std::copy(nonce.begin(), nonce.end(), at);
  key.close(datagram, sealed_in_session_from);
}

tl::expected<InSession, Reject> read_session(Bytes datagram) {
  const auto type = decode_clear(datagram, protocol_version, session_header_size + tag_size);
  if (!type) return tl::unexpected(type.error());
  Reader in(datagram.subspan(clear_size));
  InSession said;
  said.session = in.u64();
  in.take(Seal::nonce_size - sizeof said.number);
  said.number = in.u64();
  return said;
}

tl::expected<Message, Reject> decode_in_session(Bytes datagram, const SealingKey& key, BootId boot,
                                                StoreId store, std::vector<std::uint8_t>& plain) {
  const auto rest = key.open(datagram, sealed_in_session_from, plain);
  if (!rest) return tl::unexpected(Reject::bad_mac);
  return decode_rest_in_session(datagram[type_at], *rest, boot, store);
}

tl::expected<Message, Reject> decode_readable(Bytes datagram) {
  const bool outside = is_outside_sessions(datagram);
  const std::size_t least = (outside ? header_size : session_header_size) + tag_size;
  const auto type = decode_clear(datagram, protocol_version, least);
  if (!type) return tl::unexpected(type.error());
  const Bytes open = datagram.first(datagram.size() - tag_size);
  if (outside) return decode_rest(*type, open.subspan(sealed_from));
  return decode_rest_in_session(*type, open.subspan(sealed_in_session_from), {}, {});
}

void encode_previous(const Header& header, const Body& body, const Secret& secret,
                     std::vector<std::uint8_t>& out) {
  out.clear();
  Encode io{Writer(out)};
  io.previous = true;
  encode_clear(io, previous_version, body);
  encode_rest(io, header, body);
  sign_previous(out, secret);
}

void sign_previous(std::vector<std::uint8_t>& datagram, const Secret& secret) {
  write_length(datagram, datagram.size() + sizeof(Mac));
  const auto code = mac(datagram, secret);
  datagram.insert(datagram.end(), code.begin(), code.end());
}

tl::expected<Message, Reject> decode_previous(Bytes datagram, const Secret& secret) {
  const auto type = decode_clear(datagram, previous_version, previous_least);
  if (!type) return tl::unexpected(type.error());
  const Bytes signed_bytes = datagram.first(datagram.size() - sizeof(Mac));
  const auto code = mac(signed_bytes, secret);
  if (sodium_memcmp(code.data(), datagram.last(sizeof(Mac)).data(), sizeof(Mac)) != 0)
    return tl::unexpected(Reject::bad_mac);
  return decode_rest(*type, signed_bytes.subspan(clear_size), true);
}

std::uint64_t hash_bytes(Bytes bytes) {
  static constexpr Secret key{};  // against mistakes only; each chunk is sealed against forgery
  const auto code = mac(bytes, key);
  return Reader(code).u64();
}

}  // namespace swarm::wire
