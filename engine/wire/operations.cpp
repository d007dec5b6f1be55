#include "engine/wire/operations.hpp"

#include <type_traits>

#include "engine/assert.hpp"
#include "engine/bytes.hpp"

namespace swarm::wire {
namespace {

// First byte of each operation; the order is that of the variant.
enum class Kind : std::uint8_t { register_ = 1, remove = 2, expire = 3, noop = 4, config = 5 };

constexpr std::size_t endpoint_size = 6;
constexpr std::size_t member_size = 4 + 8 + 1 + 1 + endpoint_size;
constexpr std::size_t config_head_size = 1 + 4 + 2 * std::tuple_size_v<Secret> + 1;

struct Size {
  std::size_t operator()(const Register&) const { return 20 + endpoint_size + 1; }
  std::size_t operator()(const Remove&) const { return 20 + endpoint_size; }
  std::size_t operator()(const Expire& e) const { return 1 + endpoint_size * e.peers.size(); }
  std::size_t operator()(const Noop&) const { return 0; }
  std::size_t operator()(const Config& c) const {
    return config_head_size + member_size * c.members.size();
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
    kind(Kind::register_);
    out_.bytes(op.info_hash.bytes);
    out_.endpoint(op.peer);
    out_.u8(static_cast<std::uint8_t>(op.state));
  }
  void operator()(const Remove& op) {
    SWARM_ASSERT(op.peer.port != 0, "a removed peer has a port");
    kind(Kind::remove);
    out_.bytes(op.info_hash.bytes);
    out_.endpoint(op.peer);
  }
  void operator()(const Expire& op) {
    SWARM_ASSERT(!op.peers.empty() && op.peers.size() <= Expire::most,
                 "an EXPIRE names between one and Expire::most peers");
    kind(Kind::expire);
    out_.u8(static_cast<std::uint8_t>(op.peers.size()));
    for (const auto& peer : op.peers) {
      SWARM_ASSERT(peer.port != 0, "an expired peer has a port");
      out_.endpoint(peer);
    }
  }
  void operator()(const Noop&) { kind(Kind::noop); }
  void operator()(const Config& op) {
    SWARM_ASSERT(op.members.size() <= Config::most, "a CONFIG has at most Config::most members");
    SWARM_ASSERT(ordered(op.members), "the members of a CONFIG are ordered by id");
    kind(Kind::config);
    out_.u8(static_cast<std::uint8_t>(op.ready));
    out_.id(op.next_id);
    out_.bytes(op.current_secret);
    out_.bytes(op.previous_secret);
    out_.u8(static_cast<std::uint8_t>(op.members.size()));
    for (const auto& member : op.members) encode_member(member);
  }

 private:
  void kind(Kind kind) { out_.u8(static_cast<std::uint8_t>(kind)); }
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
      case Kind::register_: {
        const InfoHash content{in_.array<20>()};
        const Endpoint peer = peer_address();
        return Register{content, peer, one_of_two<PeerState>()};
      }
      case Kind::remove: {
        const InfoHash content{in_.array<20>()};
        return Remove{content, peer_address()};
      }
      case Kind::expire:
        return expire();
      case Kind::noop:
        return Noop{};
      case Kind::config:
        return config();
    }
    good_ = false;
    return Noop{};
  }

 private:
  void require(bool condition) { good_ = good_ && condition; }

  Endpoint peer_address() {
    const Endpoint peer = in_.endpoint();
    require(peer.port != 0);
    return peer;
  }
  template <class T>
  T one_of_two() {
    const std::uint8_t value = in_.u8();
    require(value <= 1);
    return static_cast<T>(value & 1);
  }
  Expire expire() {
    Expire op;
    const std::size_t n = in_.u8();
    require(n >= 1 && n <= Expire::most);
    for (std::size_t i = 0; good() && i < n; ++i) op.peers.push_back(peer_address());
    return op;
  }
  Config config() {
    Config op;
    op.ready = one_of_two<ReadyPolicy>();
    in_.read(op.next_id);
    op.current_secret = in_.array<16>();
    op.previous_secret = in_.array<16>();
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

}  // namespace swarm::wire
