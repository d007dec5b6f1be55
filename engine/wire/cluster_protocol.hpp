// Tracker to tracker: keep-alive (KA), master election (ME), database synchronisation (DS).
//
//   datagram := magic 4 "TSWM"  version 1  type 1  length 2  cluster 8  from 4  to 4  boot 8
//               store 8  term 8  body  mac 16
//
// Big-endian, at most 1,200 bytes; `length` is that of the whole datagram; `to` 0 means all. The
// MAC is SipHash-2-4-128 of all that is before it, keyed with the swarm's secret. The body of each
// message is the sequence of its members below, in their order; lists begin with their count.
// docs/PROTOCOL.md repeats the grammar with the rules (R-numbers) that go with each message.
#pragma once

#include <tl/expected.hpp>

#include "engine/node/events.hpp"
#include "engine/node/operation.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::wire {

inline constexpr std::size_t max_datagram = 1200;
inline constexpr std::size_t header_size = 4 + 1 + 1 + 2 + 8 + 4 + 4 + 8 + 8 + 8;
inline constexpr std::size_t mac_size = 16;
inline constexpr std::uint8_t protocol_version = 1;

struct Header {
  ClusterId cluster;
  MemberId from, to;
  BootId boot;    // of the sender's process
  StoreId store;  // of the sender's disk
  Term term;      // the sender's
};

struct MemberList {
  std::array<MemberId, Config::most> ids{};
  std::uint8_t count{};
  void add(MemberId id) {
    if (count < ids.size()) ids[count++] = id;
  }
  std::span<const MemberId> view() const { return std::span(ids).first(count); }
};

// What a master tells with every KA and every PREPARE; fresh at each sending.
struct MasterState {
  std::uint64_t time_sent{};  // ns on the master's clock; echoed
  LogIndex commit, last;
  Term last_term;
  LogIndex config_index;
  std::uint32_t quorum_age_us{};         // R7
  std::uint32_t oldest_unanswered_us{};  // R18
  std::uint64_t swarm_time_us{};         // R14
  MemberList successors;                 // by rank, at most most_successors
  // So that a PREPARE with a full block fits one datagram, whatever the number of members.
  static constexpr std::size_t most_successors = 5;
};

struct KeepAlive {
  MasterState state;
};

// KA_ACK, and READY: what the sender has.
struct Acknowledgement {
  std::uint64_t echo{};        // time_sent of the last KA or PREPARE
  std::uint32_t promise_us{};  // R1: no vote for another for so long, from its receipt
  LogIndex received;           // contiguous and verified in this term (R12)
  LogIndex durable;            // synced, contiguous and verified: READY's value
  LogIndex applied;
  std::uint32_t sync_age_us{};  // how long the disk takes: R9
  std::uint64_t ahead{};        // bit i: received + 2 + i is here too
};
struct KeepAliveAck {
  Acknowledgement ack;
};
struct Ready {
  Acknowledgement ack;
};

struct Status {
  std::uint8_t role{};
  MemberId master;
  LogIndex last, durable, applied, commit;
  MemberList hears;
  std::uint32_t peers{}, contents{};  // of its index
  std::uint64_t uptime_ms{};          // of its process
};

// With STATUS, when there is news: how much of the group's datagrams the sender has heard (R27).
struct Hearing {
  std::uint64_t heard{};  // since its process started
  std::uint8_t deaf{};    // 1: it hears nothing while others do
};

struct PreVote {
  Term next;
  LogIndex last;  // durable
  Term last_term;
};
struct PreVoteReply {
  Term next;
  std::uint8_t granted{};
  std::uint32_t rest_us{};  // of the promise that forbids it; 0: the log does
};

enum class VoteFlag : std::uint8_t { none = 0, handed_over = 1, certificate = 2 };
struct Vote {
  LogIndex last;  // durable
  Term last_term;
  std::uint8_t flag{};  // VoteFlag
  MemberId former;      // the master that handed over or died
  BootId former_boot;
  StoreId former_store;
  std::uint64_t time_sent{};
};
struct VoteReply {
  std::uint8_t granted{};
  BootId candidate_boot;  // void for another
  std::uint64_t echo{};   // time_sent of the VOTE
  std::uint32_t promise_us{};
};

struct Prepare {
  MasterState state;
  LogIndex index;
  Term term, previous_term;
  std::uint64_t stamp_us{};
  Bytes operations;  // a view into the datagram; the rest of it
};
struct BlockMessage {  // BLOCK: answer to FETCH; renews no promise, moves no commit
  LogIndex index;
  Term term, previous_term;
  std::uint64_t stamp_us{};
  Bytes operations;
};
struct Fetch {
  LogIndex first;
  std::uint64_t wanted{};  // bit i: first + i
};

struct HandOver {
  LogIndex last, commit;
  std::uint32_t oldest_unanswered_us{};  // all requests before were answered
};
struct Dead {  // death certificate, from the supervisor: the header names the dead process
  MemberId member;
  BootId boot;
  StoreId store;
};

struct Hello {             // from a fresh store
  std::uint32_t expect{};  // 0: wants to join
  Endpoint cluster;
};
struct GenesisOffer {
  db::Genesis genesis;
};
struct GenesisAck {  // bound to this one, for ever
  ClusterId bound;
};
struct Join {
  Endpoint cluster;
};
enum class JoinStatus : std::uint8_t { welcome = 0, swarm_exists = 1, removed = 2 };
struct JoinReply {
  std::uint8_t status{};
  ClusterId cluster;
  MemberId member;
  StoreId store;  // whom it is for
};

// An operator's, given at a member that is not the master: to the master that it follows.
struct Order {
  enum class What : std::uint8_t { remove = 0, hand_over = 1 };
  std::uint8_t what{};
  MemberId member;  // remove: whom
};

// Messages of the service that the consensus carries and does not read. A request goes from a
// member to the master that it follows; a reply is believed from that master alone. Trackers say
// RELAY and RELAY_REPLY so (engine/wire/relay_protocol.hpp).
struct ServiceRequest {
  Bytes content;  // the rest of the datagram
};
struct ServiceReply {
  Bytes content;  // the rest of the datagram
};

// What the disks and tables of two members say against each other (R28 to R31).
struct Witness {
  enum class What : std::uint8_t {
    tables,      // all rows at `index` have the digest `value`
    recall,      // your store had all up to `index` on its disk, before your process began
    ask_recall,  // say that again, with this nonce
    recalled,    // the same, with it
    ask_tables,  // say your tables, with this nonce
    ask_term,    // here `index` is committed, and of term `value`: what is it there?
    term,        // of term `value` (0: there is none), with the nonce
    ask_alive,   // who is there? With a nonce
    alive,       // this process, with it
    two_alive,  // another process of your store lives, of boot `value`; a nonce if it was asked for
    ask_two_alive,  // say that again, with this nonce
  };
  std::uint8_t what{};
  LogIndex index;
  std::uint64_t value{};
  std::uint64_t nonce{};  // of a question, and of its answer
  What is() const { return static_cast<What>(what); }
};

// "A datagram of yours did not verify here" (R32). The smallest there is, so that it is never
// larger than what it answers. Who can verify it learns nothing from it.
struct Unverified {};

struct SnapshotMeta {
  std::uint64_t id{};
  LogIndex index;
  Term term;
  std::uint64_t size{};
  std::uint64_t hash{};
};
struct SnapshotGet {
  std::uint64_t id{};
  std::uint32_t first{};   // chunk
  std::uint64_t wanted{};  // bit i: first + i
};
inline constexpr std::size_t chunk_size = 1024;
struct SnapshotData {
  std::uint64_t id{};
  std::uint32_t chunk{};
  Bytes bytes;  // the rest of the datagram
};

// The order is that of the type byte, from 1.
using Body = std::variant<KeepAlive, KeepAliveAck, Status, PreVote, PreVoteReply, Vote, VoteReply,
                          Prepare, Ready, BlockMessage, Fetch, HandOver, Dead, Hello, GenesisOffer,
                          GenesisAck, Join, JoinReply, SnapshotMeta, SnapshotGet, SnapshotData,
                          Order, ServiceRequest, ServiceReply, Hearing, Witness, Unverified>;

// By its type alone, which anybody can write: nothing is verified.
template <class M>
bool claims_to_be(Bytes datagram) {
  constexpr std::size_t type_at = 5;  // behind magic and version
  static const std::size_t type = Body(M{}).index() + 1;
  return datagram.size() > type_at && datagram[type_at] == type;
}

struct Message {
  Header header;
  Body body;
};

// Replaces the contents of `out`.
void encode(const Header& header, const Body& body, const Secret& key,
            std::vector<std::uint8_t>& out);
// Views in the result point into `datagram`.
tl::expected<Message, Reject> decode(Bytes datagram, const Secret& key);

// A snapshot as one string of bytes, and back (nothing when a byte is wrong):
//   index 8 term 8 stamp 8 next_peer 8 config_index 8  size 4 CONFIG operation
//   n 8 n x (id 8 ip 4 port 2)  n 8 n x (info_hash 20 peer 8 state 1)
//   [n 8 n x (id 8 ip 16 port 2)  n 8 n x (info_hash 20 family 1 count 4)]
// The end (IPv6 peers, and who completed; family 4 or 6) is left out when both of its lists are
// empty: a member of the version before can follow then, and refuses it otherwise.
std::vector<std::uint8_t> encode_snapshot(const db::Snapshot& snapshot);
std::optional<db::Snapshot> decode_snapshot(Bytes bytes);
std::uint64_t hash_bytes(Bytes bytes);

}  // namespace swarm::wire
