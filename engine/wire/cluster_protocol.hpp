// Tracker to tracker: keep-alive (KA), master election (ME), database synchronisation (DS).
//
//   datagram := clear  session 8  nonce 24  encrypted(header body)  tag 16
//             | clear             nonce 24  encrypted(whole body)   tag 16
//   clear    := magic 4 "TSWM"  version 1  type 1  length 2
//   header   := cluster 8  from 4  to 4  term 8
//   whole    := cluster 8  from 4  to 4  boot 8  store 8  term 8
//
// The first form is that of a message in a session between two processes (engine/links). The second
// form is that of the few messages outside of sessions, which open a session, or tell of a death.
//
// Integers are big-endian. A datagram has at most 1,232 bytes. `length` is the length of the whole
// datagram. `to` 0 means all members. The tag authenticates all bytes (engine/wire/seal.hpp). The
// body of a message is the sequence of its fields below, in the order of their declaration. A list
// begins with its count. docs/PROTOCOL.md repeats the grammar, with the rules (R-numbers) for each
// message.
#pragma once

#include <tl/expected.hpp>

#include "engine/node/events.hpp"
#include "engine/node/operation.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/wire/seal.hpp"

namespace swarm::wire {

// With the headers of IPv6 and UDP, such a datagram fits the smallest MTU that IPv6 allows.
inline constexpr std::size_t max_datagram = 1232;
inline constexpr std::size_t clear_size = 4 + 1 + 1 + 2;
inline constexpr std::size_t type_at = 4 + 1;
inline constexpr std::size_t sealed_from = clear_size + Seal::nonce_size;
inline constexpr std::size_t header_size = sealed_from + 8 + 4 + 4 + 8 + 8 + 8;
inline constexpr std::size_t tag_size = Seal::tag_size;
inline constexpr std::size_t sealed_in_session_from = clear_size + 8 + Seal::nonce_size;
inline constexpr std::size_t session_header_size = sealed_in_session_from + 8 + 4 + 4 + 8;
inline constexpr std::uint8_t protocol_version = 2;

struct Header {
  ClusterId cluster;
  MemberId from, to;
  BootId boot;    // the sender's process
  StoreId store;  // the sender's disk
  Term term;      // the sender's term
};

struct MemberList {
  std::array<MemberId, Config::most> ids{};
  std::uint8_t count{};
  void add(MemberId id) {
    if (count < ids.size()) ids[count++] = id;
  }
  std::span<const MemberId> view() const { return std::span(ids).first(count); }
};

// What a master states in every KA and every PREPARE. The master fills it in for each sending.
struct MasterState {
  std::uint64_t time_sent{};  // ns on the master's clock; the slave echoes this number
  LogIndex commit, last;
  Term last_term;
  LogIndex config_index;
  std::uint32_t quorum_age_us{};         // age of the last message that a quorum acknowledged (R7)
  std::uint32_t oldest_unanswered_us{};  // age of the oldest request without an answer (R18)
  std::uint64_t swarm_time_us{};         // R14
  MemberList successors;                 // by rank; at most most_successors
  // With so few, a PREPARE with a full block fits one datagram, however many members there are.
  static constexpr std::size_t most_successors = 5;
};

struct KeepAlive {
  MasterState state;
};

// The body of KA_ACK and READY. It says which blocks the sender ("it" below) has.
struct Acknowledgement {
  std::uint64_t echo{};        // time_sent of the last KA or PREPARE received
  std::uint32_t promise_us{};  // R1: from that receipt on, it votes for no other for this time
  LogIndex received;           // it has all blocks up to this one, verified in this term (R12)
  LogIndex durable;            // its disk has all of these blocks up to this one: READY(durable)
  LogIndex applied;
  std::uint32_t sync_age_us{};  // how long its disk takes for a sync (R9)
  std::uint64_t ahead{};        // bit i: it also has block received + 2 + i
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
  std::uint32_t peers{}, contents{};  // rows in the sender's tables in memory
  std::uint64_t uptime_ms{};          // uptime of the sender's process
};

// Says how many datagrams of peers to the group the sender has heard (R27). It is sent with STATUS
// if its contents have changed, or if the sender is deaf.
struct Hearing {
  std::uint64_t heard{};  // since the sender's process started
  std::uint8_t deaf{};    // 1: the sender hears no datagrams to the group, while others do
};

struct PreVote {
  Term next;      // the term in which the sender wants to stand
  LogIndex last;  // the last durable block
  Term last_term;
};
struct PreVoteReply {
  Term next;
  std::uint8_t granted{};
  std::uint32_t rest_us{};  // if refused: the wait before asking again; 0: the log or term forbids
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
  std::uint32_t oldest_unanswered_us{};  // the master has answered all older requests (R18)
};
// The death certificate of a process. Its supervisor sends it. The header also names the dead
// process as the sender.
struct Dead {
  MemberId member;
  BootId boot;
  StoreId store;
  // Nobody but the dead process and its supervisor knew it. Links fills it in and checks it. It
  // does not exist in the previous version.
  std::array<std::uint8_t, 32> proof{};
};

struct Hello {             // sent by a fresh store
  std::uint32_t expect{};  // how many stores will found the swarm; 0: the sender wants to join
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

// Messages of the service. The consensus carries them without reading them. A request goes from a
// member to the master that it follows. The member accepts a reply from that master only. Trackers
// use these messages for RELAY and RELAY_REPLY (engine/wire/relay_protocol.hpp).
struct ServiceRequest {
  Bytes content;  // the rest of the datagram
};
struct ServiceReply {
  Bytes content;  // the rest of the datagram
};

// Reports and checks contradictions between the disks and tables of two members (R28 to R31).
// Below, "my" means the sender's, and "your" the receiver's.
struct Witness {
  enum class What : std::uint8_t {
    tables,         // after block `index`, my tables have the digest `value`
    recall,         // your store had all blocks up to `index` on disk before your process began
    ask_recall,     // repeat your recall, with this nonce
    recalled,       // the recall again, with the nonce of ask_recall
    ask_tables,     // send me the digest of your tables, with this nonce
    ask_term,       // my block `index` is committed, of term `value`; which term has your block?
    term,           // my block `index` has term `value` (0: I have none), with ask_term's nonce
    ask_alive,      // which process gets this message? answer with this nonce
    alive,          // the process in this header got ask_alive, which had this nonce
    two_alive,      // another process of your store lives, of boot `value`; a nonce if you asked
    ask_two_alive,  // repeat your two_alive, with this nonce
  };
  std::uint8_t what{};
  LogIndex index;
  std::uint64_t value{};
  std::uint64_t nonce{};  // of a question, and of its answer; otherwise 0
  What is() const { return static_cast<What>(what); }
};

// Says: "a datagram of yours did not verify here" (R32). UNVERIFIED is the smallest datagram of
// this protocol, so it is never larger than the datagram that it answers. A receiver that can
// verify an UNVERIFIED ignores it.
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
  std::uint32_t first{};   // number of a chunk
  std::uint64_t wanted{};  // bit i: chunk first + i
};
inline constexpr std::size_t chunk_size = 1024;
struct SnapshotData {
  std::uint64_t id{};
  std::uint32_t chunk{};
  Bytes bytes;  // the rest of the datagram
};

// The three messages that open a session between two processes (engine/links). OPEN is as long as
// the CHALLENGE that answers it, so whoever forges the source of an OPEN gains nothing.
using Nonce16 = std::array<std::uint8_t, 16>;
struct Open {
  std::uint64_t nonce{};  // drawn by the sender
  std::array<std::uint8_t, 8 + 16 + 16> padding{};
};
struct Challenge {
  std::uint64_t echo{};  // of the nonce of the OPEN (engine/links/handshake.hpp)
  std::uint64_t time{};  // ns on the sender's clock
  Nonce16 nonce{};       // only the sender can make it for this OPEN and this time
  Nonce16 death{};       // the hash of the proof in the sender's DEAD
};
struct Prove {
  std::uint64_t nonce{};  // of the sender's OPEN
  std::uint64_t time{};   // of the CHALLENGE
  Nonce16 challenge{};    // the nonce of the CHALLENGE
  Nonce16 death{};        // the hash of the proof in the sender's DEAD
};
inline constexpr std::size_t open_size = header_size + tag_size + 8 + 8 + 16 + 16;

// The type byte of a message is its position in this list, from 1.
using Body =
    std::variant<KeepAlive, KeepAliveAck, Status, PreVote, PreVoteReply, Vote, VoteReply, Prepare,
                 Ready, BlockMessage, Fetch, HandOver, Dead, Hello, GenesisOffer, GenesisAck, Join,
                 JoinReply, SnapshotMeta, SnapshotGet, SnapshotData, Order, ServiceRequest,
                 ServiceReply, Hearing, Witness, Unverified, Open, Challenge, Prove>;

// True if the type byte is that of M. This verifies nothing: anybody can write such a byte.
template <class M>
bool claims_to_be(Bytes datagram) {
  static const std::size_t type = Body(M{}).index() + 1;
  return datagram.size() > type_at && datagram[type_at] == type;
}

struct Message {
  Header header;
  Body body;
};

// Replaces the contents of `out`. The nonce must be new (engine/wire/seal.hpp).
void encode(const Header& header, const Body& body, const Seal& seal, const Nonce24& nonce,
            std::vector<std::uint8_t>& out);
// Views in the result point into `plain` or `datagram`.
tl::expected<Message, Reject> decode(Bytes datagram, const Seal& seal,
                                     std::vector<std::uint8_t>& plain);

// True if the type byte is that of a message outside of sessions. This verifies nothing.
bool is_outside_sessions(Bytes datagram);

// In a session: encode_unsealed() replaces the contents of `out`, and seal_in_session() completes
// it. Of the header, boot and store are not encoded: the session stands for them.
void encode_unsealed(const Header& header, const Body& body, std::vector<std::uint8_t>& out);
void seal_in_session(std::vector<std::uint8_t>& datagram, std::uint64_t session,
                     const Nonce24& nonce, const SealingKey& key);
// What a datagram says about its session, before anything is verified. `number` is the end of its
// nonce.
struct InSession {
  std::uint64_t session{}, number{};
};
tl::expected<InSession, Reject> read_session(Bytes datagram);
// `datagram` is one that read_session() accepted. Views in the result point into `plain` or
// `datagram`.
tl::expected<Message, Reject> decode_in_session(Bytes datagram, const SealingKey& key, BootId boot,
                                                StoreId store, std::vector<std::uint8_t>& plain);
// Decodes a datagram of Cipher::siphash in either form, without verifying it. Boot and store of one
// in a session are zero. For onlookers of a simulation.
tl::expected<Message, Reject> decode_readable(Bytes datagram);

// The previous version of the protocol, 0.1.0. Its datagrams are not encrypted:
//
//   datagram := magic 4 "TSWM"  version 1 (= 1)  type 1  length 2  header  body  mac 16
//
// It is spoken only during an upgrade, where the configuration allows it (previous_protocol). The
// MAC is SipHash-2-4-128 of all bytes before the MAC, keyed with the swarm's secret.
void encode_previous(const Header& header, const Body& body, const Secret& secret,
                     std::vector<std::uint8_t>& out);
// Sets the length of a datagram that lacks only its MAC, and appends the MAC.
void sign_previous(std::vector<std::uint8_t>& datagram, const Secret& secret);
// Views in the result point into `datagram`.
tl::expected<Message, Reject> decode_previous(Bytes datagram, const Secret& secret);

// Encode a snapshot as one string of bytes, and decode it. decode_snapshot() returns nothing if any
// byte is wrong.
//   index 8 term 8 stamp 8 next_peer 8 config_index 8  size 4 CONFIG operation
//   n 8 n x (id 8 ip 4 port 2)  n 8 n x (info_hash 20 peer 8 state 1)
//   [n 8 n x (id 8 ip 16 port 2)  n 8 n x (info_hash 20 family 1 count 4)]
// The part in brackets has the IPv6 peers and the completed downloads (family 4 or 6). The encoder
// leaves this part out if both lists are empty. A member of the previous version can read a
// snapshot without this part, and refuses a snapshot with it.
std::vector<std::uint8_t> encode_snapshot(const db::Snapshot& snapshot);
std::optional<db::Snapshot> decode_snapshot(Bytes bytes);
std::uint64_t hash_bytes(Bytes bytes);

}  // namespace swarm::wire
