// Tracker to tracker: keep-alive (KA), master election (ME), database synchronisation (DS).
//
//   datagram := magic 4 "TSWM"  version 1  type 1  length 2  cluster 8  from 4  to 4  boot 8
//               store 8  term 8  body  mac 16
//
// Integers are big-endian. A datagram has at most 1,200 bytes. `length` is the length of the whole
// datagram. `to` 0 means all members. The MAC is SipHash-2-4-128 of all bytes before it, keyed with
// the swarm's secret. The body of a message is the sequence of its fields below, in the order of
// their declaration. A list begins with its count. docs/PROTOCOL.md repeats the grammar, with the
// rules (R-numbers) for each message.
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
  Term term;      // of the sender
};

struct MemberList {
  std::array<MemberId, Config::most> ids{};
  std::uint8_t count{};
  void add(MemberId id) {
    if (count < ids.size()) ids[count++] = id;
  }
  std::span<const MemberId> view() const { return std::span(ids).first(count); }
};

// What a master states in every KA and every PREPARE; filled in anew at each sending.
struct MasterState {
  std::uint64_t time_sent{};  // ns on the master's clock; the slave echoes it
  LogIndex commit, last;
  Term last_term;
  LogIndex config_index;
  std::uint32_t quorum_age_us{};         // since a majority last acknowledged a sending (R7)
  std::uint32_t oldest_unanswered_us{};  // age of the oldest request without an answer (R18)
  std::uint64_t swarm_time_us{};         // R14
  MemberList successors;                 // by rank; at most most_successors
  // So few that a PREPARE with a full block fits one datagram, however many members there are.
  static constexpr std::size_t most_successors = 5;
};

struct KeepAlive {
  MasterState state;
};

// Which blocks the sender has: the contents of KA_ACK and READY.
struct Acknowledgement {
  std::uint64_t echo{};        // time_sent of the last KA or PREPARE received
  std::uint32_t promise_us{};  // R1: so long after that receipt it votes for no other
  LogIndex received;           // all blocks up to it are here and verified in this term (R12)
  LogIndex durable;            // and up to this one they are also synced: the value of READY
  LogIndex applied;
  std::uint32_t sync_age_us{};  // how long a sync of the disk takes (R9)
  std::uint64_t ahead{};        // bit i: block received + 2 + i is here too
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
  MemberList hears;                   // the members that the sender hears
  std::uint32_t peers{}, contents{};  // in its tables in memory
  std::uint64_t uptime_ms{};          // of its process
};

// Sent with STATUS if its contents have changed: how many datagrams of peers to the group the
// sender has heard (R27).
struct Hearing {
  std::uint64_t heard{};  // since its process started
  std::uint8_t deaf{};    // 1: it hears no datagrams to the group, while others do
};

struct PreVote {
  Term next;
  LogIndex last;  // the last durable block
  Term last_term;
};
struct PreVoteReply {
  Term next;
  std::uint8_t granted{};
  std::uint32_t rest_us{};  // how long the promise that forbids it runs; 0: the log forbids it
};

enum class VoteFlag : std::uint8_t { none = 0, handed_over = 1, certificate = 2 };
struct Vote {
  LogIndex last;  // the last durable block
  Term last_term;
  std::uint8_t flag{};  // VoteFlag
  MemberId former;      // the former master, which handed over or died
  BootId former_boot;
  StoreId former_store;
  std::uint64_t time_sent{};
};
struct VoteReply {
  std::uint8_t granted{};
  BootId candidate_boot;  // the vote is for this process of the candidate only
  std::uint64_t echo{};   // time_sent of the VOTE
  std::uint32_t promise_us{};
};

struct Prepare {
  MasterState state;
  LogIndex index;
  Term term, previous_term;
  std::uint64_t stamp_us{};
  Bytes operations;  // a view of the rest of the datagram
};
struct BlockMessage {  // BLOCK, the answer to FETCH; renews no promise and moves no commit index
  LogIndex index;
  Term term, previous_term;
  std::uint64_t stamp_us{};
  Bytes operations;
};
struct Fetch {
  LogIndex first;
  std::uint64_t wanted{};  // bit i: block first + i
};

struct HandOver {
  LogIndex last, commit;
  std::uint32_t oldest_unanswered_us{};  // all older requests were answered (R18)
};
// Death certificate of a process, sent by its supervisor. The header names the dead process, too.
struct Dead {
  MemberId member;
  BootId boot;
  StoreId store;
};

struct Hello {             // from a fresh store
  std::uint32_t expect{};  // how many stores found the swarm; 0: it wants to join a swarm
  Endpoint cluster;
};
struct GenesisOffer {
  db::Genesis genesis;
};
struct GenesisAck {
  ClusterId bound;  // the sender's store is bound to this swarm for ever
};
struct Join {
  Endpoint cluster;
};
enum class JoinStatus : std::uint8_t { welcome = 0, swarm_exists = 1, removed = 2 };
struct JoinReply {
  std::uint8_t status{};
  ClusterId cluster;
  MemberId member;
  StoreId store;  // the store that asked to join
};

// An operator's order. A member that is not the master passes it on to the master that it follows.
struct Order {
  enum class What : std::uint8_t { remove = 0, hand_over = 1 };
  std::uint8_t what{};
  MemberId member;  // remove: the member to remove
};

// Messages of the service, which the consensus carries without reading them. A request goes from a
// member to the master that it follows. The member accepts a reply from that master only. Trackers
// use these messages for RELAY and RELAY_REPLY (engine/wire/relay_protocol.hpp).
struct ServiceRequest {
  Bytes content;  // the rest of the datagram
};
struct ServiceReply {
  Bytes content;  // the rest of the datagram
};

// Contradictions between the disks and tables of two members (R28 to R31).
struct Witness {
  enum class What : std::uint8_t {
    tables,         // after block `index`, my tables have the digest `value`
    recall,         // your store had all blocks up to `index` on disk before your process began
    ask_recall,     // repeat that recall, with this nonce
    recalled,       // the recall again, with the nonce of the question
    ask_tables,     // send me the digest of your tables, with this nonce
    ask_term,       // my block `index` is committed and of term `value`: which term has yours?
    term,           // my block `index` is of term `value` (0: I have none), with the nonce
    ask_alive,      // which process is there? With a nonce
    alive,          // this process is there, with the nonce of the question
    two_alive,      // another process of your store lives, of boot `value`; the nonce if you asked
    ask_two_alive,  // repeat that two_alive, with this nonce
  };
  std::uint8_t what{};
  LogIndex index;
  std::uint64_t value{};
  std::uint64_t nonce{};  // of a question, and of its answer
  What is() const { return static_cast<What>(what); }
};

// "A datagram of yours did not verify here" (R32). It is the smallest datagram of this protocol, so
// it is never larger than the datagram that it answers. A receiver that can verify it ignores it.
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
  std::uint32_t first{};   // a chunk
  std::uint64_t wanted{};  // bit i: chunk first + i
};
inline constexpr std::size_t chunk_size = 1024;
struct SnapshotData {
  std::uint64_t id{};
  std::uint32_t chunk{};
  Bytes bytes;  // the rest of the datagram
};

// The type byte of a message is its position in this list, from 1.
using Body = std::variant<KeepAlive, KeepAliveAck, Status, PreVote, PreVoteReply, Vote, VoteReply,
                          Prepare, Ready, BlockMessage, Fetch, HandOver, Dead, Hello, GenesisOffer,
                          GenesisAck, Join, JoinReply, SnapshotMeta, SnapshotGet, SnapshotData,
                          Order, ServiceRequest, ServiceReply, Hearing, Witness, Unverified>;

// True if the type byte is that of M. Nothing is verified: anybody can write such a byte.
template <class M>
bool claims_to_be(Bytes datagram) {
  constexpr std::size_t type_at = 5;  // after magic and version
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

// A snapshot as one string of bytes, and back. Decoding gives nothing if any byte is wrong.
//   index 8 term 8 stamp 8 next_peer 8 config_index 8  size 4 CONFIG operation
//   n 8 n x (id 8 ip 4 port 2)  n 8 n x (info_hash 20 peer 8 state 1)
//   [n 8 n x (id 8 ip 16 port 2)  n 8 n x (info_hash 20 family 1 count 4)]
// The part in brackets has the IPv6 peers and the completed downloads (family 4 or 6). It is left
// out if both lists are empty. A member of the previous version can read a snapshot without it, and
// refuses one with it.
std::vector<std::uint8_t> encode_snapshot(const db::Snapshot& snapshot);
std::optional<db::Snapshot> decode_snapshot(Bytes bytes);
std::uint64_t hash_bytes(Bytes bytes);

}  // namespace swarm::wire
