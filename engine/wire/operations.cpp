#include "engine/wire/operations.hpp"

#include <type_traits>

#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"

namespace swarm::wire {
namespace {

// First byte of each operation.
enum class Kind : std::uint8_t {
  register_ = 1,
  remove = 2,
  expire = 3,
  noop = 4,
  config = 5,
  register6 = 6,
  remove6 = 7,
  expire6 = 8,
  rotated_config = 9,
};

constexpr std::uint8_t completed_state = 2;  // of a REGISTER; the others are those of PeerState

constexpr std::size_t endpoint_size = 6;
constexpr std::size_t endpoint6_size = 18;
constexpr std::size_t member_size = 4 + 8 + 1 + 1 + endpoint_size;
constexpr std::size_t config_head_size = 1 + 4 + 2 * std::tuple_size_v<Secret> + 1;

std::size_t size_of(const Endpoint& peer) {
  return peer.ip.is_v4() ? endpoint_size : endpoint6_size;
}
bool rotated(const Config& config) {
  return config.secret_since != SwarmTime{};
}

struct Size {
  std::size_t operator()(const Register& r) const { return 20 + size_of(r.peer) + 1; }
  std::size_t operator()(const Remove& r) const { return 20 + size_of(r.peer); }
  std::size_t operator()(const Expire& e) const {
    std::size_t size = 1;
    for (const auto& peer : e.peers) size += size_of(peer);
    return size;
  }
  std::size_t operator()(const Noop&) const { return 0; }
  std::size_t operator()(const Config& c) const {
    return config_head_size + (rotated(c) ? sizeof c.secret_since.us : 0) +
           member_size * c.members.size();
  }
};

bool ordered(const std::vector<Member>& members) {
  MemberId last;  // zero is nobody's
  for (const auto& member : members) {
    if (member.id <= last) return false;
    last = member.id;
  }
  return true;
}

class Encoder {
 public:
  explicit Encoder(std::vector<std::uint8_t>& out) : out_(out) {}

  void operator()(const Register& op) {
    SWARM_ASSERT(op.peer.port != 0, "a registered peer has a port");
    SWARM_ASSERT(!op.completed || op.state == PeerState::seeder,
                 "who has completed a content is a seeder");
    kind(Kind::register_, Kind::register6, op.peer);
    out_.bytes(op.info_hash.bytes);
    address(op.peer);
    out_.u8(op.completed ? completed_state : static_cast<std::uint8_t>(op.state));
  }
  void operator()(const Remove& op) {
    SWARM_ASSERT(op.peer.port != 0, "a removed peer has a port");
    kind(Kind::remove, Kind::remove6, op.peer);
    out_.bytes(op.info_hash.bytes);
    address(op.peer);
  }
  void operator()(const Expire& op) {
    SWARM_ASSERT(!op.peers.empty() && op.peers.size() <= Expire::most,
                 "an EXPIRE names between one and Expire::most peers");
    const Endpoint& first = op.peers.front();
    SWARM_ASSERT(first.ip.is_v4() || op.peers.size() <= Expire::most6,
                 "an EXPIRE names at most Expire::most6 peers of IPv6");
    for (const auto& peer : op.peers) {
      SWARM_ASSERT(peer.port != 0, "an expired peer has a port");
      SWARM_ASSERT(peer.ip.is_v4() == first.ip.is_v4(),
                   "the peers of an EXPIRE are of one address family");
    }
    kind(Kind::expire, Kind::expire6, first);
    out_.u8(static_cast<std::uint8_t>(op.peers.size()));
    for (const auto& peer : op.peers) address(peer);
  }
  void operator()(const Noop&) { kind(Kind::noop); }
  void operator()(const Config& op) {
    SWARM_ASSERT(op.members.size() <= Config::most, "a CONFIG has at most Config::most members");
    SWARM_ASSERT(ordered(op.members), "the members of a CONFIG are ordered by id");
    kind(rotated(op) ? Kind::rotated_config : Kind::config);
    out_.u8(static_cast<std::uint8_t>(op.ready));
    out_.id(op.next_id);
    out_.bytes(op.current_secret);
    out_.bytes(op.previous_secret);
    if (rotated(op)) out_.u64(op.secret_since.us);
    out_.u8(static_cast<std::uint8_t>(op.members.size()));
    for (const auto& member : op.members) encode_member(member);
  }

 private:
  void kind(Kind kind) { out_.u8(static_cast<std::uint8_t>(kind)); }
  void kind(Kind v4, Kind v6, const Endpoint& peer) { kind(peer.ip.is_v4() ? v4 : v6); }
  void address(const Endpoint& peer) {
    if (peer.ip.is_v4())
      out_.endpoint(peer);
    else
      out_.endpoint6(peer);
  }
  void encode_member(const Member& member) {
    out_.id(member.id);
    out_.id(member.store);
    out_.u8(static_cast<std::uint8_t>(member.standing));
    out_.u8(member.in_sync ? 1 : 0);
    out_.endpoint(member.cluster);
  }
  Writer out_;
};

// Reads on after a wrong value, like Reader does after the end; good() is asked once.
class Decoder {
 public:
  explicit Decoder(Bytes bytes) : in_(bytes) {}

  bool good() const { return good_ && in_.ok(); }
  bool at_end() const { return in_.left() == 0; }

  Operation operation() {
    switch (static_cast<Kind>(in_.u8())) {
      case Kind::register_:
        return register_(false);
      case Kind::register6:
        return register_(true);
      case Kind::remove:
        return remove(false);
      case Kind::remove6:
        return remove(true);
      case Kind::expire:
        return expire(false);
      case Kind::expire6:
        return expire(true);
      case Kind::noop:
        return Noop{};
      case Kind::config:
        return config(false);
      case Kind::rotated_config:
        return config(true);
    }
    good_ = false;
    return Noop{};
  }

 private:
  void require(bool condition) { good_ = good_ && condition; }

  Endpoint address(bool v6) {
    const Endpoint peer = v6 ? in_.endpoint6() : in_.endpoint();
    require(peer.port != 0 && peer.ip.is_v4() != v6);
    return peer;
  }
  template <class T>
  T one_of_two() {
    const std::uint8_t value = in_.u8();
    require(value <= 1);
    return static_cast<T>(value & 1);
  }
  Register register_(bool v6) {
    Register op;
    op.info_hash.bytes = in_.array<20>();
    op.peer = address(v6);
    const std::uint8_t state = in_.u8();
    require(state <= completed_state);
    op.completed = state == completed_state;
    op.state = state == 0 ? PeerState::leecher : PeerState::seeder;
    return op;
  }
  Remove remove(bool v6) {
    const InfoHash content{in_.array<20>()};
    return {content, address(v6)};
  }
  Expire expire(bool v6) {
    Expire op;
    const std::size_t n = in_.u8();
    require(n >= 1 && n <= (v6 ? Expire::most6 : Expire::most));
    for (std::size_t i = 0; good() && i < n; ++i) op.peers.push_back(address(v6));
    return op;
  }
  Config config(bool rotated) {
    Config op;
    op.ready = one_of_two<ReadyPolicy>();
    in_.read(op.next_id);
    op.current_secret = in_.array<16>();
    op.previous_secret = in_.array<16>();
    if (rotated) {
      op.secret_since.us = in_.u64();
      require(op.secret_since != SwarmTime{});
    }
    const std::size_t n = in_.u8();
    require(n <= Config::most);
    for (std::size_t i = 0; good() && i < n; ++i) op.members.push_back(member());
    require(ordered(op.members));
    return op;
  }
  Member member() {
    Member m;
    in_.read(m.id);
    in_.read(m.store);
    m.standing = one_of_two<Standing>();
    m.in_sync = one_of_two<bool>();
    m.cluster = in_.endpoint();
    return m;
  }

  Reader in_;
  bool good_ = true;
};

}  // namespace

std::size_t encoded_size(const Operation& operation) {
  return 1 + std::visit(Size{}, operation);
}

void encode(const Operation& operation, std::vector<std::uint8_t>& out) {
  std::visit(Encoder(out), operation);
}

std::optional<std::vector<Operation>> decode_operations(Bytes bytes) {
  if (bytes.size() > Block::most) return std::nullopt;
  std::vector<Operation> operations;
  Decoder decoder(bytes);
  while (decoder.good() && !decoder.at_end()) operations.push_back(decoder.operation());
  if (!decoder.good()) return std::nullopt;
  return operations;
}

bool begins_with_config(Bytes operations) {
  if (operations.empty()) return false;
  const auto kind = static_cast<Kind>(operations.front());
  return kind == Kind::config || kind == Kind::rotated_config;
}

}  // namespace swarm::wire
