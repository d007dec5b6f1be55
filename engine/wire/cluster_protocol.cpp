#include "engine/wire/cluster_protocol.hpp"

#include <sodium.h>

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

#include "engine/bytes.hpp"
#include "engine/wire/operations.hpp"

namespace swarm::wire {
namespace {

constexpr std::uint32_t magic = 0x5453574d;  // "TSWM"

// Each message lists its fields once; Encode and Decode walk the list.
struct Encode {
  Writer out;
  template <class... F>
  void operator()(const F&... f) {
    (put(f), ...);
  }
  template <std::unsigned_integral T>
  void put(T v) {
    out.number(v);
  }
  template <class Tag, class Rep>
  void put(const Strong<Tag, Rep>& v) {
    out.id(v);
  }
  void put(const Endpoint& e) { out.endpoint(e); }
  void put(const Ip& ip) { out.bytes(ip.bytes()); }
  void put(const RelayPart& p) { (*this)(p.id, p.part, p.parts); }
  void put(const Bytes& b) { out.bytes(b); }
  void put(const MemberList& list) {
    out.u8(list.count);
    for (const auto id : list.view()) out.id(id);
  }
  void put(const db::Genesis& g) {
    out.id(g.cluster);
    Config config;
    config.members = g.members;
    config.ready = g.ready;
    config.current_secret = g.secret;
    config.next_id = MemberId{static_cast<std::uint32_t>(g.members.size()) + 1};
    std::vector<std::uint8_t> bytes;
    wire::encode(Operation(config), bytes);
    out.bytes(bytes);
  }
};

struct Decode {
  Reader in;
  bool valid = true;
  template <class... F>
  void operator()(F&... f) {
    (get(f), ...);
  }
  template <std::unsigned_integral T>
  void get(T& v) {
    v = in.number<T>();
  }
  template <class Tag, class Rep>
  void get(Strong<Tag, Rep>& v) {
    in.read(v);
  }
  void get(Endpoint& e) { e = in.endpoint(); }
  void get(Ip& ip) { ip = Ip::v6(in.array<16>()); }
  void get(RelayPart& p) { (*this)(p.id, p.part, p.parts); }
  void get(Bytes& b) { b = in.take(in.left()); }
  void get(MemberList& list) {
    const std::size_t n = in.u8();
    valid &= n <= Config::most;
    for (std::size_t i = 0; i < n && valid && in.ok(); ++i) {
      MemberId id;
      in.read(id);
      list.add(id);
    }
  }
  // Voters 1 to N.
  static bool founders(const Config& config) {
    std::uint32_t id = 0;
    for (const auto& m : config.members)
      if (m.id.value != ++id || m.standing != Standing::voter) return false;
    return config.sound() && config.next_id.value == id + 1 && config.previous_secret == Secret{} &&
           config.secret_since == SwarmTime{};
  }
  void get(db::Genesis& g) {
    in.read(g.cluster);
    const auto operations = decode_operations(in.take(in.left()));
    const auto* config =
        operations && operations->size() == 1 ? std::get_if<Config>(&operations->front()) : nullptr;
    valid &= config != nullptr && founders(*config);
    if (!config) return;
    g.members = config->members;
    g.ready = config->ready;
    g.secret = config->current_secret;
  }
};

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
template <one_of<Relay> M>
void fields(auto& io, M& m) {
  io(m.is, m.client.ip, m.client.port, m.http, m.age_us, m.bytes);
}
template <one_of<RelayReply> M>
void fields(auto& io, M& m) {
  io(m.is, m.answer, m.lease_us, m.bytes);
}

// Values beyond what the fields' widths allow.
constexpr std::uint64_t largest = INT64_MAX;  // that a database can hold, and that can be added to
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
    constexpr std::uint64_t longest_ms = 1ULL << 43;  // of a Duration in nanoseconds
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
    return m.what <= static_cast<std::uint8_t>(Witness::What::term) && m.index.value <= largest;
  }
  bool operator()(const SnapshotData& m) const { return m.bytes.size() <= chunk_size; }
  bool operator()(const Relay& m) const { return is_part(m.is, m.bytes) && m.http <= 1; }
  bool operator()(const RelayReply& m) const { return is_part(m.is, m.bytes); }
  static bool is_part(const RelayPart& p, Bytes bytes) {
    return p.part < p.parts && p.parts <= most_relay_parts && bytes.size() <= relay_part;
  }
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

std::array<std::uint8_t, mac_size> mac(Bytes bytes, const Secret& key) {
  static_assert(crypto_shorthash_siphashx24_BYTES == mac_size);
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<Secret>);
  std::array<std::uint8_t, mac_size> out{};
  crypto_shorthash_siphashx24(out.data(), bytes.data(), bytes.size(), key.data());
  return out;
}

}  // namespace

void encode(const Header& header, const Body& body, const Secret& key,
            std::vector<std::uint8_t>& out) {
  out.clear();
  Encode io{Writer(out)};
  io(magic, protocol_version, static_cast<std::uint8_t>(body.index() + 1), std::uint16_t{0},
     header.cluster, header.from, header.to, header.boot, header.store, header.term);
  std::visit([&io](const auto& m) { fields(io, m); }, body);
  const auto size = out.size() + mac_size;
  out[6] = static_cast<std::uint8_t>(size >> 8);
  out[7] = static_cast<std::uint8_t>(size);
  const auto code = mac(out, key);
  out.insert(out.end(), code.begin(), code.end());
}

tl::expected<Message, Reject> decode(Bytes datagram, const Secret& key) {
  if (datagram.size() < header_size + mac_size) return tl::unexpected(Reject::too_short);
  if (datagram.size() > max_datagram) return tl::unexpected(Reject::too_long);
  Decode io{Reader(datagram.first(datagram.size() - mac_size))};
  std::uint32_t m{};
  std::uint8_t version{}, type{};
  std::uint16_t length{};
  Message message;
  auto& h = message.header;
  io(m, version, type, length, h.cluster, h.from, h.to, h.boot, h.store, h.term);
  if (m != magic) return tl::unexpected(Reject::bad_magic);
  if (version != protocol_version) return tl::unexpected(Reject::bad_version);
  if (length != datagram.size()) return tl::unexpected(Reject::bad_length);
  const auto code = mac(datagram.first(datagram.size() - mac_size), key);
  if (sodium_memcmp(code.data(), datagram.last(mac_size).data(), mac_size) != 0)
    return tl::unexpected(Reject::bad_mac);
  if (!decode_body(std::size_t{type} - 1, io, message.body))
    return tl::unexpected(Reject::unknown_action);
  if (!io.in.done()) return tl::unexpected(Reject::bad_length);
  if (!io.valid || !in_range(message)) return tl::unexpected(Reject::bad_value);
  return message;
}

namespace {

// Sizes of the rows of a snapshot.
constexpr std::size_t peer_size = 8 + 4 + 2;
constexpr std::size_t peer6_size = 8 + 16 + 2;
constexpr std::size_t content_size = 20 + 8 + 1;
constexpr std::size_t completed_size = 20 + 1 + 4;

}  // namespace

std::vector<std::uint8_t> encode_snapshot(const db::Snapshot& s) {
  std::vector<std::uint8_t> config, out;
  encode(Operation(s.config), config);
  const auto v4 = static_cast<std::size_t>(
      std::ranges::count_if(s.peers, [](const db::PeerRow& p) { return p.address.ip.is_v4(); }));
  const std::size_t v6 = s.peers.size() - v4;
  out.reserve(80 + config.size() + peer_size * v4 + peer6_size * v6 +
              content_size * s.contents.size() + completed_size * s.completed.size());
  Encode io{Writer(out)};
  io(s.applied.index, s.applied.term, s.applied.stamp.us, s.applied.next_peer, s.config_index,
     static_cast<std::uint32_t>(config.size()), Bytes(config));
  io(std::uint64_t{v4});
  for (const auto& p : s.peers)
    if (p.address.ip.is_v4()) io(p.id, p.address);
  io(std::uint64_t{s.contents.size()});
  for (const auto& c : s.contents)
    io(Bytes(c.info_hash.bytes), c.peer, static_cast<std::uint8_t>(c.state));
  if (v6 == 0 && s.completed.empty()) return out;
  io(std::uint64_t{v6});
  for (const auto& p : s.peers)
    if (!p.address.ip.is_v4()) {
      io(p.id);
      io.out.endpoint6(p.address);
    }
  io(std::uint64_t{s.completed.size()});
  for (const auto& c : s.completed)
    io(Bytes(c.info_hash.bytes), static_cast<std::uint8_t>(c.v6 ? 6 : 4), c.count);
  return out;
}

namespace {

// The rows are in canonical order, and none is there twice.
template <class Row, class Key>
bool ascending(const std::vector<Row>& rows, Key key) {
  const auto not_below = [&](const Row& a, const Row& b) { return key(a) >= key(b); };
  return std::ranges::adjacent_find(rows, not_below) == rows.end();
}

const db::PeerRow* find(const std::vector<db::PeerRow>& peers, PeerRowId id) {
  const auto at = std::ranges::lower_bound(peers, id, {}, &db::PeerRow::id);
  return at != peers.end() && at->id == id ? &*at : nullptr;
}

bool consistent(const std::vector<db::PeerRow>& peers, PeerRowId next) {
  if (!ascending(peers, [](const db::PeerRow& p) { return p.id; })) return false;
  if (!peers.empty() && (peers.front().id <= PeerRowId{} || peers.back().id >= next)) return false;
  std::vector<Endpoint> addresses;
  for (const auto& p : peers) addresses.push_back(p.address);
  std::ranges::sort(addresses);
  return std::ranges::adjacent_find(addresses) == addresses.end() &&
         std::ranges::none_of(addresses, [](const Endpoint& e) { return e.port == 0; });
}

// Is there a peer of this family in the content?
bool has_peers(const db::Snapshot& s, const db::CompletedRow& row) {
  auto c = std::ranges::lower_bound(s.contents, row.info_hash, {}, &db::ContentRow::info_hash);
  for (; c != s.contents.end() && c->info_hash == row.info_hash; ++c)
    if (find(s.peers, c->peer)->address.ip.is_v4() != row.v6) return true;
  return false;
}

// In canonical order, each address once, every registration of a peer that is there.
bool consistent(const db::Snapshot& s) {
  if (s.config_index > s.applied.index || s.applied.index.value > largest || !s.config.sound() ||
      s.applied.term.value > largest || s.applied.stamp.us > largest)
    return false;
  const auto content_key = [](const db::ContentRow& c) { return std::tie(c.info_hash, c.peer); };
  const auto completed_key = [](const db::CompletedRow& c) { return std::tie(c.info_hash, c.v6); };
  return consistent(s.peers, s.applied.next_peer) && ascending(s.contents, content_key) &&
         std::ranges::all_of(s.contents, [&](const auto& c) { return find(s.peers, c.peer); }) &&
         ascending(s.completed, completed_key) &&
         std::ranges::all_of(s.completed, [&](const auto& c) { return has_peers(s, c); });
}

// The rows of a snapshot, each list after its size.
class SnapshotRows {
 public:
  explicit SnapshotRows(Decode& io) : io_(io) {}

  bool read(db::Snapshot& s) {
    if (!list(s.peers, peer_size, [&](db::PeerRow& p) { io_(p.id, p.address); }) ||
        !list(s.contents, content_size, [&](db::ContentRow& c) { read(c); }))
      return false;
    return io_.in.left() == 0 || read_end(s);
  }

 private:
  // False, and nothing taken, when the bytes cannot be enough.
  template <class Row, class Read>
  bool list(std::vector<Row>& rows, std::size_t size, Read read) {
    std::uint64_t n{};
    io_(n);
    if (n > io_.in.left() / size) return false;
    rows.resize(n);
    for (auto& row : rows) read(row);
    return true;
  }
  void read(db::ContentRow& c) {
    c.info_hash.bytes = io_.in.array<20>();
    io_(c.peer);
    c.state = static_cast<PeerState>(io_.in.u8());
    require(c.state <= PeerState::seeder);
  }
  bool read_end(db::Snapshot& s) {
    std::vector<db::PeerRow> v6;
    if (!list(v6, peer6_size, [&](db::PeerRow& p) { read6(p); }) ||
        !list(s.completed, completed_size, [&](db::CompletedRow& c) { read(c); }))
      return false;
    require(!v6.empty() || !s.completed.empty());
    const auto middle = s.peers.insert(s.peers.end(), v6.begin(), v6.end());
    std::ranges::inplace_merge(s.peers, middle, {}, &db::PeerRow::id);
    return true;
  }
  void read6(db::PeerRow& p) {
    io_(p.id);
    p.address = io_.in.endpoint6();
    require(!p.address.ip.is_v4());
  }
  void read(db::CompletedRow& c) {
    c.info_hash.bytes = io_.in.array<20>();
    const auto family = io_.in.u8();
    io_(c.count);
    require((family == 4 || family == 6) && c.count > 0);
    c.v6 = family == 6;
  }
  void require(bool condition) { io_.valid = io_.valid && condition; }

  Decode& io_;
};

}  // namespace

std::optional<db::Snapshot> decode_snapshot(Bytes bytes) {
  db::Snapshot s;
  Decode io{Reader(bytes)};
  std::uint32_t config_size{};
  io(s.applied.index, s.applied.term, s.applied.stamp.us, s.applied.next_peer, s.config_index,
     config_size);
  const auto operations = decode_operations(io.in.take(config_size));
  if (!operations || operations->size() != 1) return std::nullopt;
  const auto* config = std::get_if<Config>(&operations->front());
  if (!config) return std::nullopt;
  s.config = *config;
  if (!SnapshotRows(io).read(s) || !io.valid || !io.in.done() || !consistent(s))
    return std::nullopt;
  return s;
}

std::uint64_t hash_bytes(Bytes bytes) {
  static constexpr Secret key{};  // not against forgery (each chunk has a MAC): against mistakes
  const auto code = mac(bytes, key);
  return Reader(code).u64();
}

}  // namespace swarm::wire
