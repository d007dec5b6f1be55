#include "engine/wire/relay_protocol.hpp"

#include "engine/base/bytes.hpp"

namespace swarm::wire {
namespace {

void put(Writer& out, const RelayFragment& fragment) {
  out.u64(fragment.id);
  out.u8(fragment.number);
  out.u8(fragment.count);
}

RelayFragment fragment_of(Reader& in) {
  RelayFragment fragment;
  fragment.id = in.u64();
  fragment.number = in.u8();
  fragment.count = in.u8();
  return fragment;
}

bool is_fragment(const RelayFragment& is, Bytes bytes) {
  return is.number < is.count && is.count <= most_relay_fragments &&
         bytes.size() <= relay_fragment_size;
}

}  // namespace

void encode(const Relay& m, std::vector<std::uint8_t>& bytes) {
  bytes.clear();
  Writer out(bytes);
  put(out, m.is);
  out.endpoint6(m.client);
  out.u8(m.http);
  out.u32(m.age_us);
  out.bytes(m.bytes);
}

void encode(const RelayReply& m, std::vector<std::uint8_t>& bytes) {
  bytes.clear();
  Writer out(bytes);
  put(out, m.is);
  out.u32(m.answer);
  out.u32(m.lease_us);
  out.bytes(m.bytes);
}

tl::expected<Relay, Reject> decode_relay(Bytes content) {
  Reader in(content);
  Relay m;
  m.is = fragment_of(in);
  m.client = in.endpoint6();
  m.http = in.u8();
  m.age_us = in.u32();
  m.bytes = in.take(in.left());
  if (!in.done()) return tl::unexpected(Reject::bad_length);
  if (!is_fragment(m.is, m.bytes) || m.http > 1) return tl::unexpected(Reject::bad_value);
  return m;
}

tl::expected<RelayReply, Reject> decode_relay_reply(Bytes content) {
  Reader in(content);
  RelayReply m;
  m.is = fragment_of(in);
  m.answer = in.u32();
  m.lease_us = in.u32();
  m.bytes = in.take(in.left());
  if (!in.done()) return tl::unexpected(Reject::bad_length);
  if (!is_fragment(m.is, m.bytes)) return tl::unexpected(Reject::bad_value);
  return m;
}

}  // namespace swarm::wire
