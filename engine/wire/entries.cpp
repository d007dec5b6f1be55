#include "engine/wire/entries.hpp"

#include <tuple>

#include "engine/base/assert.hpp"

namespace swarm::wire {
namespace {

constexpr std::size_t endpoint_size = 6;
constexpr std::size_t member_size = 4 + 8 + 1 + 1 + endpoint_size;
constexpr std::size_t config_head_size = 1 + 1 + 4 + 2 * std::tuple_size_v<Secret> + 1;

bool rotated(const Config& config) {
  return config.secret_since != SwarmTime{};
}

bool ordered(const std::vector<Member>& members) {
  MemberId last;  // zero, which is no member's id
  for (const auto& member : members) {
    if (member.id <= last) return false;
    last = member.id;
  }
  return true;
}

void put_kind(Writer& out, EntryKind kind) {
  out.u8(static_cast<std::uint8_t>(kind));
}

void put_member(Writer& out, const Member& member) {
  out.id(member.id);
  out.id(member.store);
  out.u8(static_cast<std::uint8_t>(member.standing));
  out.u8(member.in_sync ? 1 : 0);
  out.endpoint(member.cluster);
}

// Returns nothing if the value is neither 0 nor 1.
template <class T>
std::optional<T> one_of_two(Reader& in) {
  const std::uint8_t value = in.u8();
  if (value > 1) return std::nullopt;
  return static_cast<T>(value);
}

std::optional<Member> read_member(Reader& in) {
  Member m;
  in.read(m.id);
  in.read(m.store);
  const auto standing = one_of_two<Standing>(in);
  const auto in_sync = one_of_two<bool>(in);
  m.cluster = in.endpoint();
  if (!standing || !in_sync) return std::nullopt;
  m.standing = *standing;
  m.in_sync = *in_sync;
  return m;
}

}  // namespace

void encode(const Noop&, std::vector<std::uint8_t>& out) {
  out.push_back(static_cast<std::uint8_t>(EntryKind::noop));
}

std::size_t encoded_size(const Config& config) {
  return config_head_size + (rotated(config) ? sizeof config.secret_since.us : 0) +
         member_size * config.members.size();
}

void encode(const Config& config, std::vector<std::uint8_t>& to) {
  SWARM_ASSERT(config.members.size() <= Config::most, "a CONFIG has at most Config::most members");
  SWARM_ASSERT(ordered(config.members), "the members of a CONFIG are ordered by id");
  Writer out(to);
  put_kind(out, rotated(config) ? EntryKind::rotated_config : EntryKind::config);
  out.u8(static_cast<std::uint8_t>(config.ready));
  out.id(config.next_id);
  out.bytes(config.current_secret);
  out.bytes(config.previous_secret);
  if (rotated(config)) out.u64(config.secret_since.us);
  out.u8(static_cast<std::uint8_t>(config.members.size()));
  for (const auto& member : config.members) put_member(out, member);
}

bool begins_with_config(Bytes operations) {
  if (operations.empty()) return false;
  const auto kind = static_cast<EntryKind>(operations.front());
  return kind == EntryKind::config || kind == EntryKind::rotated_config;
}

std::optional<Config> decode_config(Bytes operations) {
  if (!begins_with_config(operations) || operations.size() > Block::most) return std::nullopt;
  Reader in(operations);
  const auto kind = static_cast<EntryKind>(in.u8());
  auto config = read_config(in, kind == EntryKind::rotated_config);
  if (!in.ok() || in.left() != 0) return std::nullopt;
  return config;
}

std::optional<Config> read_config(Reader& in, bool rotated) {
  Config config;
  const auto ready = one_of_two<ReadyPolicy>(in);
  in.read(config.next_id);
  config.current_secret = in.array<16>();
  config.previous_secret = in.array<16>();
  if (rotated) config.secret_since.us = in.u64();
  const std::size_t n = in.u8();
  bool good = ready && n <= Config::most && (!rotated || config.secret_since != SwarmTime{});
  for (std::size_t i = 0; good && in.ok() && i < n; ++i) {
    const auto member = read_member(in);
    good = member.has_value();
    config.members.push_back(member.value_or(Member{}));
  }
  if (!good || !in.ok() || !ordered(config.members)) return std::nullopt;
  config.ready = *ready;
  return config;
}

}  // namespace swarm::wire
