#include "engine/wire/cluster_protocol.hpp"

#include <gtest/gtest.h>

#include "engine/wire/operations.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"
#include "tests/engine/wire/resealed.hpp"

namespace swarm::test {
namespace {

using namespace wire;

const Secret secret{1, 2, 3};
const Seal key(secret, Cipher::siphash);  // which leaves the bytes readable
const Header header{ClusterId{1}, MemberId{2}, MemberId{3}, BootId{4}, StoreId{5}, Term{6}};

std::vector<std::uint8_t> bytes_of(const Body& body, const Header& h = header) {
  std::vector<std::uint8_t> out;
  encode(h, body, key, {}, out);
  return out;
}
auto read(Bytes datagram) {
  std::vector<std::uint8_t> unused;
  return decode(datagram, key, unused);
}
// With a right length and tag again, after bytes were changed.
std::vector<std::uint8_t> sealed(std::vector<std::uint8_t> bytes) {
  bytes.resize(bytes.size() - tag_size);
  test::seal_whole(bytes, key);
  return bytes;
}
std::optional<Reject> refusal(const std::vector<std::uint8_t>& bytes, const Seal& k = key) {
  std::vector<std::uint8_t> unused;
  const auto message = decode(bytes, k, unused);
  if (message) return std::nullopt;
  return message.error();
}

const std::vector<std::uint8_t> operations = encoded(Noop{});
const std::vector<std::uint8_t> chunk(chunk_size, 7);

MasterState master_state() {
  MasterState s{1, LogIndex{2}, LogIndex{3}, Term{4}, LogIndex{5}, 6, 7, 8, {}};
  s.successors.add(MemberId{9});
  s.successors.add(MemberId{10});
  return s;
}
db::Genesis genesis() {
  db::Genesis g;
  g.cluster = ClusterId{12};
  g.members = {voter(1), voter(2), voter(3)};
  g.secret.fill(5);
  g.ready = ReadyPolicy::in_sync;
  return g;
}

std::vector<Body> samples() {
  const Acknowledgement ack{1, 2, LogIndex{3}, LogIndex{4}, LogIndex{5}, 6, 7};
  Status status{1, MemberId{2}, LogIndex{3}, LogIndex{4}, LogIndex{5}, LogIndex{6}, {}, 8, 9, 10};
  status.hears.add(MemberId{7});
  return {KeepAlive{master_state()},
          KeepAliveAck{ack},
          status,
          PreVote{Term{1}, LogIndex{2}, Term{3}},
          PreVoteReply{Term{1}, 1, 2},
          Vote{LogIndex{1}, Term{2}, 2, MemberId{3}, BootId{4}, StoreId{5}, 6},
          VoteReply{1, BootId{2}, 3, 4},
          Prepare{master_state(), LogIndex{1}, Term{3}, Term{2}, 4, operations},
          Ready{ack},
          BlockMessage{LogIndex{1}, Term{3}, Term{2}, 4, operations},
          Fetch{LogIndex{1}, 2},
          HandOver{LogIndex{1}, LogIndex{2}, 3},
          Dead{MemberId{1}, BootId{2}, StoreId{3}},
          Hello{3, address_of(1)},
          GenesisOffer{genesis()},
          GenesisAck{ClusterId{1}},
          Join{address_of(1)},
          JoinReply{1, ClusterId{2}, MemberId{3}, StoreId{4}},
          SnapshotMeta{1, LogIndex{2}, Term{3}, 4, 5},
          SnapshotGet{1, 2, 3},
          SnapshotData{1, 2, chunk},
          Order{1, MemberId{2}},
          ServiceRequest{chunk},
          ServiceReply{chunk},
          Hearing{1, 1},
          Witness{2, LogIndex{3}, 4, 5},
          Unverified{},
          Open{1, {}},
          Challenge{2, 3, Nonce16{4}, Nonce16{5}},
          Prove{6, 7, Nonce16{8}, Nonce16{9}}};
}

TEST(ClusterProtocol, EveryMessageHasASample) {
  const auto all = samples();
  ASSERT_EQ(all.size(), std::variant_size_v<Body>);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].index(), i);
}

TEST(ClusterProtocol, EncodeDecodeEncodeGivesTheSameBytes) {
  for (const auto& body : samples()) {
    const auto bytes = bytes_of(body);
    ASSERT_LE(bytes.size(), max_datagram);
    const auto message = read(bytes);
    ASSERT_TRUE(message) << body.index();
    EXPECT_EQ(message->body.index(), body.index());
    EXPECT_EQ(bytes_of(message->body, message->header), bytes) << body.index();
  }
}

TEST(ClusterProtocol, TheHeaderComesBack) {
  const auto message = read(bytes_of(Fetch{}));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->header.cluster, ClusterId{1});
  EXPECT_EQ(message->header.from, MemberId{2});
  EXPECT_EQ(message->header.to, MemberId{3});
  EXPECT_EQ(message->header.boot, BootId{4});
  EXPECT_EQ(message->header.store, StoreId{5});
  EXPECT_EQ(message->header.term, Term{6});
}

TEST(ClusterProtocol, ValuesComeBackInTheirPlaces) {
  const auto prepared = read(bytes_of(samples()[7]));
  ASSERT_TRUE(prepared);
  const auto& m = std::get<Prepare>(prepared->body);
  EXPECT_EQ(m.state.time_sent, 1u);
  EXPECT_EQ(m.state.commit, LogIndex{2});
  EXPECT_EQ(m.state.quorum_age_us, 6u);
  EXPECT_EQ(m.state.swarm_time_us, 8u);
  ASSERT_EQ(m.state.successors.count, 2);
  EXPECT_EQ(m.state.successors.ids[1], MemberId{10});
  EXPECT_EQ(m.term, Term{3});
  EXPECT_EQ(m.previous_term, Term{2});
  EXPECT_EQ(m.stamp_us, 4u);
  const auto offered = read(bytes_of(GenesisOffer{genesis()}));
  ASSERT_TRUE(offered);
  EXPECT_EQ(std::get<GenesisOffer>(offered->body).genesis, genesis());
}

TEST(ClusterProtocol, TheLayoutOfTheHeaderIsThatOfTheGrammar) {
  Nonce24 nonce;
  nonce.fill(9);
  std::vector<std::uint8_t> bytes;
  encode(header, GenesisAck{ClusterId{0x0102030405060708}}, key, nonce, bytes);
  const std::vector<std::uint8_t> head{'T', 'S', 'W', 'M', 2, 16, 0, 96,  //
                                       9,   9,   9,   9,   9, 9,  9, 9,   // nonce
                                       9,   9,   9,   9,   9, 9,  9, 9,   //
                                       9,   9,   9,   9,   9, 9,  9, 9,   //
                                       0,   0,   0,   0,   0, 0,  0, 1,   // cluster
                                       0,   0,   0,   2,   0, 0,  0, 3,   // from, to
                                       0,   0,   0,   0,   0, 0,  0, 4,   // boot
                                       0,   0,   0,   0,   0, 0,  0, 5,   // store
                                       0,   0,   0,   0,   0, 0,  0, 6,   // term
                                       1,   2,   3,   4,   5, 6,  7, 8};
  ASSERT_EQ(bytes.size(), head.size() + tag_size);
  EXPECT_TRUE(std::equal(head.begin(), head.end(), bytes.begin()));
}

TEST(ClusterProtocol, AFullBlockFitsOneDatagramWithAllSuccessors) {
  const std::vector<std::uint8_t> full(Block::most, 4);  // NOOPs
  auto state = master_state();
  while (state.successors.count < MasterState::most_successors) state.successors.add(MemberId{1});
  Prepare prepare{state, LogIndex{1}, Term{1}, Term{1}, 0, full};
  EXPECT_LE(bytes_of(prepare).size(), max_datagram);
  EXPECT_TRUE(read(bytes_of(prepare)));
  prepare.state.successors.add(MemberId{1});
  prepare.operations = operations;
  EXPECT_EQ(read(bytes_of(prepare)).error(), Reject::bad_value);
}

// ---- Rejects

TEST(ClusterProtocolRejects, WhatIsTooShort) {
  const auto bytes = bytes_of(Fetch{});
  for (std::size_t size = 0; size < header_size + tag_size; ++size)
    EXPECT_EQ(refusal({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}),
              Reject::too_short);
}

TEST(ClusterProtocolRejects, WhatIsTooLong) {
  EXPECT_EQ(refusal(std::vector<std::uint8_t>(max_datagram + 1)), Reject::too_long);
}

TEST(ClusterProtocolRejects, AnotherMagic) {
  for (std::size_t i = 0; i < 4; ++i) {
    auto bytes = bytes_of(Fetch{});
    ++bytes[i];
    EXPECT_EQ(refusal(sealed(bytes)), Reject::bad_magic);
  }
}

TEST(ClusterProtocolRejects, AnotherVersion) {
  auto bytes = bytes_of(Fetch{});
  ++bytes[4];
  EXPECT_EQ(refusal(sealed(bytes)), Reject::bad_version);
}

TEST(ClusterProtocolRejects, AnUnknownType) {
  for (const int type : {0, static_cast<int>(std::variant_size_v<Body>) + 1, 255}) {
    auto bytes = bytes_of(Fetch{});
    bytes[5] = static_cast<std::uint8_t>(type);
    EXPECT_EQ(refusal(sealed(bytes)), Reject::unknown_action);
  }
}

TEST(ClusterProtocolRejects, ALengthThatIsNotThatOfTheDatagram) {
  auto bytes = bytes_of(Fetch{});
  ++bytes[7];
  EXPECT_EQ(refusal(bytes), Reject::bad_length);
  bytes = bytes_of(Fetch{});
  bytes.push_back(0);
  EXPECT_EQ(refusal(bytes), Reject::bad_length);
}

TEST(ClusterProtocolRejects, ABodyThatIsShorterOrLongerThanItsFields) {
  auto bytes = bytes_of(Fetch{});
  bytes.pop_back();
  EXPECT_EQ(refusal(sealed(bytes)), Reject::bad_length);
  bytes = bytes_of(Fetch{});
  bytes.push_back(0);
  EXPECT_EQ(refusal(sealed(bytes)), Reject::bad_length);
}

TEST(ClusterProtocolRejects, EveryFlippedBit) {
  for (const auto& body : samples()) {
    const auto good = bytes_of(body);
    for (std::size_t i = 8; i < std::min<std::size_t>(good.size(), 300); ++i) {
      auto bytes = good;
      bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (1u << (i % 8)));
      ASSERT_EQ(refusal(bytes), Reject::bad_mac) << body.index() << ' ' << i;
    }
  }
}

TEST(ClusterProtocolRejects, AnotherSecret) {
  EXPECT_EQ(refusal(bytes_of(Fetch{}), Seal(Secret{}, Cipher::siphash)), Reject::bad_mac);
}

TEST(ClusterProtocolRejects, ValuesThatNobodyCanMean) {
  const std::vector<std::uint8_t> long_operations(Block::most + 1, 4);
  const std::vector<std::uint8_t> long_chunk(chunk_size + 1);
  auto learners = genesis();
  for (auto& m : learners.members) m.standing = Standing::learner;
  auto gap = genesis();
  gap.members[2].id = MemberId{4};
  const std::uint64_t huge = UINT64_MAX;
  const std::vector<Body> bodies{
      Status{6, {}, {}, {}, {}, {}, {}, 0, 0, 0},
      Status{0, {}, {}, {}, {}, {}, {}, 0, 0, huge},  // more than a Duration holds
      Order{2, {}},
      Witness{11, LogIndex{1}, 0, 0},
      Witness{0, LogIndex{huge}, 0, 0},
      Hearing{1, 2},
      Hearing{~std::uint64_t{0}, 0},
      Vote{{}, {}, 3, {}, {}, {}, 0},
      JoinReply{3, {}, {}, {}},
      BlockMessage{LogIndex{0}, Term{1}, Term{1}, 0, operations},
      BlockMessage{LogIndex{huge}, Term{1}, Term{1}, 0, operations},
      BlockMessage{LogIndex{1}, Term{1}, Term{2}, 0, operations},  // terms go back
      BlockMessage{LogIndex{1}, Term{7}, Term{2}, 0, operations},  // later than the sender's
      BlockMessage{LogIndex{1}, Term{1}, Term{1}, huge, operations},
      BlockMessage{LogIndex{1}, Term{1}, Term{1}, 0, long_operations},
      Prepare{master_state(), LogIndex{0}, Term{1}, Term{1}, 0, operations},
      SnapshotData{1, 2, long_chunk},
      GenesisOffer{learners},
      GenesisOffer{gap},
      GenesisOffer{db::Genesis{}}};
  for (std::size_t i = 0; i < bodies.size(); ++i)
    EXPECT_EQ(refusal(bytes_of(bodies[i])), Reject::bad_value) << i;
}

TEST(ClusterProtocolRejects, ATermThatCannotBeRaised) {
  auto late = header;
  late.term = Term{UINT64_MAX};
  EXPECT_EQ(refusal(bytes_of(Fetch{}, late)), Reject::bad_value);
}

TEST(ClusterProtocolRejects, AFoundingWhoseSecretWasRotated) {
  auto bytes = bytes_of(GenesisOffer{genesis()});
  const auto kind = header_size + 8;  // after the cluster
  ASSERT_EQ(bytes.at(kind), 5);
  bytes[kind] = 9;
  const auto secrets_end = bytes.begin() + static_cast<std::ptrdiff_t>(kind + 38);
  bytes.insert(secrets_end, {0, 0, 0, 0, 0, 0, 0, 1});
  EXPECT_EQ(refusal(sealed(bytes)), Reject::bad_value);
}

TEST(ClusterProtocolRejects, AListOfTooMany) {
  auto bytes = bytes_of(Status{});
  auto at = bytes.end() - static_cast<std::ptrdiff_t>(tag_size);
  at -= 4 + 4 + 8;               // peers, contents, uptime
  *(at - 1) = Config::most + 1;  // how many it hears
  bytes.insert(at, 4 * (Config::most + 1), 0);
  EXPECT_FALSE(read(sealed(bytes)));
}

TEST(ClusterProtocolRejects, EveryTruncation) {
  for (const auto& body : samples()) {
    const auto good = bytes_of(body);
    for (std::size_t size = header_size + tag_size; size < good.size(); ++size) {
      // A list of bytes may end anywhere; all other messages are as long as their fields.
      const auto message =
          read(sealed({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
      const bool open_end = std::holds_alternative<Prepare>(body) ||
                            std::holds_alternative<BlockMessage>(body) ||
                            std::holds_alternative<SnapshotData>(body) ||
                            std::holds_alternative<ServiceRequest>(body) ||
                            std::holds_alternative<ServiceReply>(body);
      if (!open_end) {
        ASSERT_FALSE(message) << body.index() << ' ' << size;
      }
    }
  }
}

// ---- Snapshots

db::Snapshot snapshot() {
  db::Snapshot s;
  s.applied = {LogIndex{9}, Term{3}, SwarmTime{4}, PeerRowId{8}};
  s.config_index = LogIndex{2};
  s.config = voters(3);
  s.peers = {{PeerRowId{2}, {1, 1}}, {PeerRowId{7}, {1, 2}}};
  s.contents = {{content(1), PeerRowId{2}, PeerState::seeder},
                {content(1), PeerRowId{7}, PeerState::leecher},
                {content(2), PeerRowId{2}, PeerState::leecher}};
  return s;
}

// With what the version before does not know.
db::Snapshot snapshot6() {
  auto s = snapshot();
  s.peers.insert(s.peers.begin() + 1, {PeerRowId{3}, {Ip::v6({0x20, 1, 0xd, 0xb8}), 1}});
  s.contents.push_back({content(2), PeerRowId{3}, PeerState::seeder});
  s.completed = {{content(1), false, 7}, {content(2), true, 1}};
  s.config.secret_since = SwarmTime{5};
  return s;
}

TEST(SnapshotBytes, OfBothAddressFamiliesAndOfWhoCompletedComeBack) {
  const auto expected = snapshot6();
  const auto bytes = encode_snapshot(expected);
  const auto s = decode_snapshot(bytes);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->config, expected.config);
  EXPECT_EQ(s->peers, expected.peers);
  EXPECT_EQ(s->contents, expected.contents);
  EXPECT_EQ(s->completed, expected.completed);
  EXPECT_EQ(encode_snapshot(*s), bytes);
}

TEST(SnapshotBytes, HaveAnEndOnlyForWhatTheVersionBeforeDoesNotKnow) {
  const auto old = encode_snapshot(snapshot());
  EXPECT_EQ(old.size(), 8 * 5 + 4 + (39 + 3 * 20) + 8 + 2 * 14 + 8 + 3 * 29);
  auto with_completed = snapshot();
  with_completed.completed = {{content(1), false, 7}};
  const auto bytes = encode_snapshot(with_completed);
  EXPECT_EQ(bytes.size(), old.size() + 8 + 8 + 25);
  EXPECT_TRUE(std::equal(old.begin(), old.end(), bytes.begin())) << "then come the lists";
  auto empty_end = old;
  empty_end.resize(old.size() + 16);
  EXPECT_FALSE(decode_snapshot(empty_end));
}

TEST(SnapshotBytes, ComeBack) {
  const auto bytes = encode_snapshot(snapshot());
  const auto s = decode_snapshot(bytes);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->applied, snapshot().applied);
  EXPECT_EQ(s->config_index, snapshot().config_index);
  EXPECT_EQ(s->config, snapshot().config);
  EXPECT_EQ(s->peers, snapshot().peers);
  EXPECT_EQ(s->contents, snapshot().contents);
  EXPECT_EQ(encode_snapshot(*s), bytes);
}

TEST(SnapshotBytes, OfAnyOtherLengthAreRefused) {
  auto bytes = encode_snapshot(snapshot());
  const auto without_end = [&] {
    auto s = snapshot6();
    s.completed.clear();
    std::erase_if(s.peers, [](const auto& p) { return !p.address.ip.is_v4(); });
    return encode_snapshot(s).size();
  }();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_snapshot(Bytes(bytes).first(size))) << size;
  bytes.push_back(0);
  EXPECT_FALSE(decode_snapshot(bytes));
  bytes = encode_snapshot(snapshot6());
  for (std::size_t size = without_end; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_snapshot(Bytes(bytes).first(size))) << size;
  bytes.push_back(0);
  EXPECT_FALSE(decode_snapshot(bytes));
}

TEST(SnapshotBytes, OfTablesThatCannotBeAreRefused) {
  const auto refused = [](auto change) {
    auto s = snapshot6();
    change(s);
    return !decode_snapshot(encode_snapshot(s));
  };
  using S = db::Snapshot;
  EXPECT_FALSE(refused([](S&) {}));
  EXPECT_TRUE(refused([](S& s) { std::swap(s.peers[0], s.peers[2]); }));
  EXPECT_TRUE(refused([](S& s) { s.peers[1].address = s.peers[0].address; }));
  EXPECT_TRUE(refused([](S& s) { s.peers[1].address.port = 0; }));
  EXPECT_TRUE(refused([](S& s) { s.peers[2].address = s.peers[0].address; }));
  EXPECT_TRUE(refused([](S& s) { s.completed[0].count = 0; }));
  EXPECT_TRUE(refused([](S& s) { s.completed[0].v6 = true; })) << "it has no such peers";
  EXPECT_TRUE(refused([](S& s) { s.completed[1].info_hash = content(3); }));
  EXPECT_TRUE(refused([](S& s) { s.completed[1] = s.completed[0]; }));
  EXPECT_TRUE(refused([](S& s) { std::swap(s.completed[0], s.completed[1]); }));
  EXPECT_TRUE(refused([](S& s) { s.applied.next_peer = PeerRowId{7}; }));
  EXPECT_TRUE(refused([](S& s) { s.contents[2].peer = PeerRowId{3}; }));
  EXPECT_TRUE(refused([](S& s) { s.contents[1] = s.contents[0]; }));
  EXPECT_TRUE(refused([](S& s) { std::swap(s.contents[0], s.contents[2]); }));
  EXPECT_TRUE(refused([](S& s) { s.config_index = LogIndex{10}; }));
  EXPECT_TRUE(refused([](S& s) { s.config.members.clear(); }));
  EXPECT_TRUE(refused([](S& s) { s.config.next_id = MemberId{3}; }));
}

// ---- The previous version

std::vector<std::uint8_t> previous_bytes_of(const Body& body) {
  std::vector<std::uint8_t> out;
  encode_previous(header, body, secret, out);
  return out;
}

TEST(PreviousProtocol, TheLayoutIsThatOfVersion1) {
  const auto bytes = previous_bytes_of(GenesisAck{ClusterId{0x0102030405060708}});
  const std::vector<std::uint8_t> head{'T', 'S', 'W', 'M', 1, 16, 0, 72,  //
                                       0,   0,   0,   0,   0, 0,  0, 1,   // cluster
                                       0,   0,   0,   2,   0, 0,  0, 3,   // from, to
                                       0,   0,   0,   0,   0, 0,  0, 4,   // boot
                                       0,   0,   0,   0,   0, 0,  0, 5,   // store
                                       0,   0,   0,   0,   0, 0,  0, 6,   // term
                                       1,   2,   3,   4,   5, 6,  7, 8};
  ASSERT_EQ(bytes.size(), head.size() + 16);
  EXPECT_TRUE(std::equal(head.begin(), head.end(), bytes.begin()));
}

TEST(PreviousProtocol, EveryMessageIsReadAsItWasWritten) {
  for (const auto& body : samples()) {
    const auto bytes = previous_bytes_of(body);
    const auto message = decode_previous(bytes, secret);
    ASSERT_TRUE(message) << body.index();
    EXPECT_EQ(message->body.index(), body.index());
    EXPECT_EQ(previous_bytes_of(message->body), bytes);
  }
}

TEST(PreviousProtocol, EachVersionRefusesTheOther) {
  EXPECT_EQ(refusal(previous_bytes_of(GenesisOffer{genesis()})), Reject::bad_version);
  EXPECT_EQ(decode_previous(bytes_of(Fetch{}), secret).error(), Reject::bad_version);
}

TEST(PreviousProtocol, ItsMacIsChecked) {
  auto bytes = previous_bytes_of(Fetch{});
  bytes.back() = static_cast<std::uint8_t>(bytes.back() ^ 1);
  EXPECT_EQ(decode_previous(bytes, secret).error(), Reject::bad_mac);
  EXPECT_EQ(decode_previous(previous_bytes_of(Fetch{}), Secret{}).error(), Reject::bad_mac);
}

}  // namespace
}  // namespace swarm::test
