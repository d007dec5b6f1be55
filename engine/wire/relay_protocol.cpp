#include "engine/wire/relay_protocol.hpp"

#include "engine/base/bytes.hpp"

namespace swarm::wire {
namespace {

void put(Writer& out, const RelayPart& part) {
  out.u64(part.id);
  out.u8(part.part);
  out.u8(part.parts);
}

RelayPart part_of(Reader& in) {
  RelayPart part;
  part.id = in.u64();
  part.part = in.u8();
  part.parts = in.u8();
  return part;
}

bool is_part(const RelayPart& is, Bytes bytes) {
  return is.part < is.parts && is.parts <= most_relay_parts && bytes.size() <= relay_part;
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
  m.is = part_of(in);
  m.client = in.endpoint6();
  m.http = in.u8();
  m.age_us = in.u32();
  m.bytes = in.take(in.left());
  if (!in.done()) return tl::unexpected(Reject::bad_length);
  if (!is_part(m.is, m.bytes) || m.http > 1) return tl::unexpected(Reject::bad_value);
  return m;
}

tl::expected<RelayReply, Reject> decode_relay_reply(Bytes content) {
  Reader in(content);
  RelayReply m;
  m.is = part_of(in);
  m.answer = in.u32();
  m.lease_us = in.u32();
  m.bytes = in.take(in.left());
  if (!in.done()) return tl::unexpected(Reject::bad_length);
  if (!is_part(m.is, m.bytes)) return tl::unexpected(Reject::bad_value);
  return m;
}

}  // namespace swarm::wire
