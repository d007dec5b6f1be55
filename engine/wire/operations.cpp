#include "engine/wire/operations.hpp"

#include <type_traits>

#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/wire/entries.hpp"

namespace swarm::wire {
namespace {

// The first byte of each operation.
enum class Kind : std::uint8_t {
  register_ = 1,
  remove = 2,
  expire = 3,
  noop = static_cast<std::uint8_t>(EntryKind::noop),
  config = static_cast<std::uint8_t>(EntryKind::config),
  register6 = 6,
  remove6 = 7,
  expire6 = 8,
  rotated_config = static_cast<std::uint8_t>(EntryKind::rotated_config),
};

constexpr std::uint8_t completed_state = 2;  // of REGISTER, besides the values of PeerState

constexpr std::size_t endpoint_size = 6;
constexpr std::size_t endpoint6_size = 18;

std::size_t size_of(const Endpoint& peer) {
  return peer.ip.is_v4() ? endpoint_size : endpoint6_size;
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
  std::size_t operator()(const Config& c) const { return encoded_size(c) - 1; }
};

class Encoder {
 public:
  explicit Encoder(std::vector<std::uint8_t>& out) : bytes_(out), out_(out) {}

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
  template <class Entry>  // NOOP, CONFIG
  void operator()(const Entry& op) {
    encode(op, bytes_);
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
  std::vector<std::uint8_t>& bytes_;
  Writer out_;
};

// After a wrong value it reads on, as a Reader does past the end. So one call of good() is enough.
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
    auto op = read_config(in_, rotated);
    require(op.has_value());
    return std::move(op).value_or(Config{});
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
