#include "tests/bench/garbage_maker.hpp"

#include <array>
#include <utility>

#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/operations.hpp"
#include "engine/wire/relay_protocol.hpp"
#include "tests/bench/client_dialect.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::bench {
namespace {

constexpr std::size_t connection_size = 8;  // at the begin of each request
constexpr std::size_t shortest_bep15_announce = 98;

// Values for the members of messages.
class Filler {
 public:
  explicit Filler(test::Words& random) : random_(random) {}

  // Small, huge or in between.
  template <std::unsigned_integral T>
  void fill(T& value) {
    const auto bits = random_.below(8 * sizeof(T) + 1);
    value = static_cast<T>(bits == 0 ? 0 : random_.next() >> (64 - bits));
  }
  template <class Tag, class Rep>
  void fill(Strong<Tag, Rep>& id) {
    std::make_unsigned_t<Rep> value{};
    fill(value);
    id.value = static_cast<Rep>(value);
  }
  template <std::size_t N>
  void fill(std::array<std::uint8_t, N>& bytes) {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
  }
  void fill(Endpoint& endpoint) {
    std::uint32_t ip{};
    fill(ip);
    endpoint.ip = ip;
    fill(endpoint.port);
  }
  void fill(wire::MemberList& list, std::uint64_t most) {
    for (auto n = random_.below(most + 1); n > 0; --n) {
      MemberId id;
      fill(id);
      list.add(id);
    }
  }
  template <class... T>
  void all(T&... values) {
    (fill(values), ...);
  }
  // Operations of a block: sometimes decodable.
  Bytes operations() {
    bytes_.clear();
    if (random_.below(2) == 0) {
      bytes_.resize(random_.below(900));
      for (auto& byte : bytes_) byte = static_cast<std::uint8_t>(random_.next());
    } else {
      Register operation{};
      all(operation.info_hash.bytes, operation.peer);
      operation.peer.port |= 1;  // zero is no port
      wire::encode(operation, bytes_);
    }
    return bytes_;
  }
  // The content of a message of the service, which has the bytes of operations().
  Bytes encoded(auto message) {
    message.bytes = operations();
    wire::encode(message, content_);
    return content_;
  }
  test::Words& random() { return random_; }

 private:
  test::Words& random_;
  std::vector<std::uint8_t> bytes_, content_;
};

void fill(Filler& f, wire::MasterState& state) {
  f.all(state.time_sent, state.commit, state.last, state.last_term, state.config_index,
        state.quorum_age_us, state.oldest_unanswered_us, state.swarm_time_us);
  f.fill(state.successors, wire::MasterState::most_successors);
}
void fill(Filler& f, wire::Acknowledgement& ack) {
  f.all(ack.echo, ack.promise_us, ack.received, ack.durable, ack.applied, ack.sync_age_us,
        ack.ahead);
}
void fill(Filler& f, wire::KeepAlive& m) {
  fill(f, m.state);
}
void fill(Filler& f, wire::KeepAliveAck& m) {
  fill(f, m.ack);
}
void fill(Filler& f, wire::Ready& m) {
  fill(f, m.ack);
}
void fill(Filler& f, wire::Status& m) {
  f.all(m.role, m.master, m.last, m.durable, m.applied, m.commit);
  f.fill(m.hears, Config::most);
}
void fill(Filler& f, wire::PreVote& m) {
  f.all(m.next, m.last, m.last_term);
}
void fill(Filler& f, wire::PreVoteReply& m) {
  f.all(m.next, m.granted, m.rest_us);
}
void fill(Filler& f, wire::Vote& m) {
  f.all(m.last, m.last_term, m.flag, m.former, m.former_boot, m.former_store, m.time_sent);
}
void fill(Filler& f, wire::VoteReply& m) {
  f.all(m.granted, m.candidate_boot, m.echo, m.promise_us);
}
void fill(Filler& f, wire::Prepare& m) {
  fill(f, m.state);
  f.all(m.index, m.term, m.previous_term, m.stamp_us);
  m.operations = f.operations();
}
void fill(Filler& f, wire::BlockMessage& m) {
  f.all(m.index, m.term, m.previous_term, m.stamp_us);
  m.operations = f.operations();
}
void fill(Filler& f, wire::Fetch& m) {
  f.all(m.first, m.wanted);
}
void fill(Filler& f, wire::HandOver& m) {
  f.all(m.last, m.commit, m.oldest_unanswered_us);
}
void fill(Filler& f, wire::Dead& m) {
  f.all(m.member, m.boot, m.store);
}
void fill(Filler& f, wire::Hello& m) {
  f.all(m.expect, m.cluster);
}
void fill(Filler& f, wire::GenesisOffer& m) {
  f.all(m.genesis.cluster, m.genesis.secret);
  for (auto n = f.random().below(4); n > 0; --n) {
    Member member;
    f.all(member.store, member.cluster);
    member.id = {static_cast<std::uint32_t>(m.genesis.members.size() + 1)};
    m.genesis.members.push_back(member);
  }
}
void fill(Filler& f, wire::GenesisAck& m) {
  f.fill(m.bound);
}
void fill(Filler& f, wire::Join& m) {
  f.fill(m.cluster);
}
void fill(Filler& f, wire::JoinReply& m) {
  f.all(m.status, m.cluster, m.member, m.store);
}
void fill(Filler& f, wire::Order& m) {
  f.all(m.what, m.member);
}
void fill(Filler& f, wire::ServiceRequest& m) {
  wire::Relay relay;
  f.all(relay.is.id, relay.is.number, relay.is.count, relay.client, relay.http, relay.age_us);
  m.content = f.encoded(relay);
}
void fill(Filler& f, wire::ServiceReply& m) {
  wire::RelayReply reply;
  f.all(reply.is.id, reply.is.number, reply.is.count, reply.answer, reply.lease_us);
  m.content = f.encoded(reply);
}
void fill(Filler& f, wire::SnapshotMeta& m) {
  f.all(m.id, m.index, m.term, m.size, m.hash);
}
void fill(Filler& f, wire::SnapshotGet& m) {
  f.all(m.id, m.first, m.wanted);
}
void fill(Filler& f, wire::SnapshotData& m) {
  f.all(m.id, m.chunk);
  m.bytes = f.operations();
}

void fill(Filler& f, wire::Hearing& m) {
  f.all(m.heard);
  m.deaf = static_cast<std::uint8_t>(f.random().below(2));
}
void fill(Filler& f, wire::Witness& m) {
  f.all(m.index, m.value, m.nonce);
  m.what = static_cast<std::uint8_t>(f.random().below(11));
}
void fill(Filler&, wire::Unverified&) {}
void fill(Filler&, wire::Open&) {}
void fill(Filler&, wire::Challenge&) {}
void fill(Filler&, wire::Prove&) {}

template <std::size_t... I>
wire::Body make_body(Filler& filler, std::size_t type, std::index_sequence<I...>) {
  wire::Body body;
  const auto make = [&]<std::size_t N>() {
    if (N == type) fill(filler, body.emplace<N>());
  };
  (make.template operator()<I>(), ...);
  return body;
}

// Any type, each as likely as the others.
wire::Body make_body(Filler& filler) {
  constexpr std::size_t types = std::variant_size_v<wire::Body>;
  return make_body(filler, filler.random().below(types), std::make_index_sequence<types>());
}

std::vector<std::uint8_t> copy_of(const wire::Datagram& datagram) {
  const Bytes bytes = datagram.bytes();
  return {bytes.begin(), bytes.end()};
}

wire::AnnounceRequest make_announce(Filler& f, ConnectionId id) {
  wire::AnnounceRequest request;
  f.all(request.transaction, request.info_hash.bytes, request.peer_id.bytes, request.key,
        request.num_want);
  request.connection = id;
  request.event = static_cast<wire::AnnounceEvent>(f.random().below(4));
  request.port = static_cast<std::uint16_t>(1 + f.random().below(65535));
  return request;
}

wire::ScrapeRequest make_scrape(Filler& f, ConnectionId id) {
  wire::ScrapeRequest request{id, {}, {}};
  f.fill(request.transaction);
  for (auto n = f.random().below(wire::most_hashes) + 1; n > 0; --n) {
    InfoHash hash;
    f.fill(hash.bytes);
    request.contents.push_back(hash);
  }
  return request;
}

wire::Response make_response(Filler& f) {
  TransactionId transaction;
  f.fill(transaction);
  switch (f.random().below(4)) {
    case 0:
      return wire::ConnectResponse{transaction, {f.random().next()}};
    case 1: {
      wire::AnnounceResponse response{transaction, 300, {}};
      for (auto n = f.random().below(wire::most_peers + 1); n > 0; --n)
        response.peers.push_back({static_cast<std::uint32_t>(f.random().next()), 6881});
      return response;
    }
    case 2:
      return wire::ScrapeResponse{transaction};
    default:
      return wire::ErrorResponse{transaction, f.random().next()};
  }
}

}  // namespace

std::string_view garbage_name(Garbage kind) {
  switch (kind) {
    case Garbage::noise:
      return "noise";
    case Garbage::cut:
      return "cut";
    case Garbage::lengthened:
      return "lengthened";
    case Garbage::flipped:
      return "flipped";
    case Garbage::nonsense:
      return "nonsense";
    case Garbage::stranger:
      return "stranger";
    case Garbage::count:
      break;
  }
  return "?";
}

GarbageMaker::GarbageMaker(std::uint64_t seed, const Secret& secret, ClusterId cluster)
    : random_(seed), secret_(secret), cluster_(cluster) {}

GarbageMaker::Piece GarbageMaker::for_cluster() {
  const auto kind = static_cast<Garbage>(random_.below(static_cast<std::uint64_t>(Garbage::count)));
  switch (kind) {
    case Garbage::cut:
      bytes_ = cluster_message(secret_);
      cut();
      break;
    case Garbage::lengthened:
      bytes_ = cluster_message(secret_);
      lengthen(2000);
      break;
    case Garbage::flipped:
      bytes_ = cluster_message(secret_);
      flip();
      break;
    case Garbage::nonsense: {  // a head, then noise
      bytes_ = cluster_message(secret_);
      const auto tail = noise(1200);
      bytes_.resize(std::min<std::size_t>(bytes_.size(), 8));
      bytes_.insert(bytes_.end(), tail.begin(), tail.end());
      break;
    }
    case Garbage::stranger:
      bytes_ = stranger_of_cluster();
      break;
    default:
      bytes_ = noise(2000);
  }
  return done(kind);
}

GarbageMaker::Piece GarbageMaker::for_peers(ConnectionId good) {
  const auto kind = static_cast<Garbage>(random_.below(static_cast<std::uint64_t>(Garbage::count)));
  const ConnectionId bad{random_.next()};
  switch (kind) {
    case Garbage::cut:
      bytes_ = peers_message(good);
      cut();  // a scrape tells how many hashes it has: a shorter one is none
      break;
    case Garbage::lengthened:
      bytes_ = peers_message(good);
      // Not so long that it is an announce of BEP 15.
      lengthen(bytes_.size() < shortest_bep15_announce ? shortest_bep15_announce - 1 : 2000);
      break;
    case Garbage::flipped:
      bytes_ = peers_message(bad);
      flip();
      break;
    case Garbage::nonsense:
      bytes_ = peers_nonsense(good);
      break;
    case Garbage::stranger:
      bytes_ = random_.below(2) == 0 ? bep15_message() : peers_message(bad);
      break;
    default:
      bytes_ = noise(2000);
  }
  return done(kind);
}

std::vector<std::uint8_t> GarbageMaker::noise(std::uint64_t most) {
  std::vector<std::uint8_t> bytes(random_.below(most + 1));
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_.next());
  return bytes;
}

std::vector<std::uint8_t> GarbageMaker::cluster_message(const Secret& key) {
  Filler filler(random_);
  const wire::Body body = make_body(filler);
  wire::Header header;
  filler.all(header.boot, header.store, header.term);
  header.cluster = random_.below(4) == 0 ? ClusterId{random_.next()} : cluster_;
  header.from = {static_cast<std::uint32_t>(random_.below(5))};
  header.to = {static_cast<std::uint32_t>(random_.below(5))};
  std::vector<std::uint8_t> bytes;
  const wire::Seal seal(key, wire::Cipher::xchacha20_poly1305);
  wire::Nonce24 nonce{};
  for (auto& byte : nonce) byte = static_cast<std::uint8_t>(random_.below(256));
  wire::encode(header, body, seal, nonce, bytes);
  return bytes;
}

// The secret of somebody else, or this one but for a bit.
std::vector<std::uint8_t> GarbageMaker::stranger_of_cluster() {
  Secret other = secret_;
  Filler filler(random_);
  if (random_.below(2) == 0)
    filler.fill(other);
  else
    other[random_.below(other.size())] ^= static_cast<std::uint8_t>(1U << random_.below(8));
  return cluster_message(other);
}

std::vector<std::uint8_t> GarbageMaker::peers_message(ConnectionId id) {
  Filler filler(random_);
  switch (random_.below(5)) {
    case 0:
      return copy_of(wire::encode(make_response(filler)));
    case 1:
      return copy_of(wire::encode(make_scrape(filler, id)));
    case 2:
      return copy_of(wire::encode(wire::ConnectRequest{{static_cast<std::uint32_t>(id.value)}}));
    default:
      return copy_of(wire::encode(make_announce(filler, id)));
  }
}

std::vector<std::uint8_t> GarbageMaker::peers_nonsense(ConnectionId good) {
  Filler filler(random_);
  auto announce = make_announce(filler, good);
  switch (random_.below(4)) {
    case 0:
      announce.ip = 0x0a000000U | static_cast<std::uint32_t>(random_.below(1 << 24));
      return copy_of(wire::encode(announce));
    case 1:
      announce.event = static_cast<wire::AnnounceEvent>(4 + random_.below(1 << 20));
      return copy_of(wire::encode(announce));
    case 2: {  // a scrape that claims more hashes than it has
      auto bytes = copy_of(wire::encode(make_scrape(filler, good)));
      bytes[16] ^= static_cast<std::uint8_t>(1 + random_.below(255));
      return bytes;
    }
    default: {  // an action that there is not
      auto bytes = copy_of(wire::encode(announce));
      bytes[connection_size] = static_cast<std::uint8_t>(1 + random_.below(255));
      return bytes;
    }
  }
}

std::vector<std::uint8_t> GarbageMaker::bep15_message() {
  Filler filler(random_);
  const auto announce = make_announce(filler, {random_.next()});
  bytes_ = copy_of(random_.below(4) == 0 ? connect_request(Dialect::bep15, announce.transaction)
                                         : announce_request(Dialect::bep15, announce));
  if (random_.below(2) == 0) lengthen(400);
  return bytes_;
}

// At least a byte less.
void GarbageMaker::cut() {
  bytes_.resize(random_.below(bytes_.size()));
}

// At least a byte more.
void GarbageMaker::lengthen(std::uint64_t most) {
  const std::uint64_t room = most > bytes_.size() ? most - bytes_.size() : 1;
  for (auto more = random_.below(room) + 1; more > 0; --more)
    bytes_.push_back(static_cast<std::uint8_t>(random_.next()));
}

// One to eight bits next to each other, so that none is flipped back.
void GarbageMaker::flip() {
  const auto first = random_.below(8 * bytes_.size());
  const auto end = std::min<std::uint64_t>(first + 1 + random_.below(8), 8 * bytes_.size());
  for (auto bit = first; bit < end; ++bit)
    bytes_[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
}

}  // namespace swarm::bench
