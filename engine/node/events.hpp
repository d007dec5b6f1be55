// Events for observers, as typed values. The engine never logs: observe/ turns events into text and
// JSON.
#pragma once

#include <cstdint>
#include <variant>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

enum class Role : std::uint8_t { stranger, learner, slave, candidate, master, removed };

// Why an election began, and why a mastership ended.
enum class Cause : std::uint8_t {
  silence,      // the promise to the master ran out
  certificate,  // a DEAD certificate named the master's process
  handed_over,
  higher_term,
  no_quorum,  // the master has not heard from a quorum for one promise (R8)
  stopping,
};

// Why a node dropped a datagram. It counts each drop. It answers only if the protocol says so.
enum class Reject : std::uint8_t {
  too_short,
  too_long,
  bad_magic,
  bad_version,
  bad_mac,
  bad_length,
  bad_value,
  other_cluster,
  not_for_me,
  not_a_member,
  old_term,
  unknown_action,
  unknown_connection,
  unexpected,
  no_room,  // too many requests wait, or too many come from unverified sources (R23)
  too_old,
  unknown_session,  // of no session that lives, or not verified by its key
  repeated,         // a copy of a datagram that has been received
  count,
};

// The ways in which clients speak to a tracker (docs/PROTOCOL.md).
enum class Dialect : std::uint8_t {
  seed,   // the seed's own protocol (engine/wire/seed_protocol.hpp)
  bep15,  // unmodified BitTorrent clients over UDP (engine/wire/bep15.hpp)
  http,   // unmodified BitTorrent clients over TCP
  count,
};

namespace event {
struct RoleChanged {
  Role role;
  Term term;
};
struct TermAdopted {
  Term term;
};
struct MasterSuspected {  // the Cluster Fault Tolerance System tells the election
  MemberId master;
  Term term;
  Cause cause;
};
struct ElectionStarted {
  Term term;  // the term of this election
  Cause cause;
};
struct ElectionWon {
  Term term;
  Cause cause;
};
struct Serving {  // R5: the master begins to answer; its NOOP is applied and its lease holds
  Term term;
  LogIndex index;
};
struct SteppedDown {
  Term term;
  Cause cause;
};
struct Committed {  // the commit index has risen to block `index`, which is of term `term`
  LogIndex index;
  Term term;
};
struct BlockApplied {  // the tables in memory now have this block
  LogIndex index;
  Term term;
  std::uint64_t log_digest;    // digest of this block; equal at every member
  std::uint64_t table_digest;  // digest of all rows; equal at every member
};
struct LogTruncated {  // the log has lost the blocks from `from` on
  LogIndex from;
};
struct ConfigChanged {
  LogIndex index;
  std::uint32_t voters;
  std::uint32_t members;
};
struct SnapshotSent {
  MemberId to;
  LogIndex index;
};
struct SnapshotInstalled {
  LogIndex index;
};
struct PeerExpired {  // the master proposes to remove a peer that has been silent too long
  Endpoint peer;
};
struct ContentExpired {  // the master proposes to remove one content of a peer that has more
  InfoHash info_hash;
  Endpoint peer;
};
struct HandOver {
  MemberId to;
  Term term;
};
// R9: the master gave up a hand-over: within four promises, not all was committed and answered, or
// no slave had every block durable and could succeed.
struct HandOverGivenUp {
  Term term;
};
// R27: this member is deaf. It hears no datagrams of peers to the group, but other members do.
struct GroupUnheard {
  std::uint32_t witnesses;  // members that hear these datagrams
};
struct GroupHeard {};  // this member is no longer deaf
struct DeafHandOver {  // this master hands over because it is deaf
  Term term;
};
struct ClockWentBack {
  Duration by;
};
struct DiskSlow {  // a sync has been in progress for this time
  Duration pending;
};
struct Founded {  // R21: this store has become a member of `cluster`
  ClusterId cluster;
  MemberId member;
};
struct Refused {  // this instance may not take part
  enum class Why : std::uint8_t {
    too_many_candidates,
    swarm_exists,
    removed,
    fell_back,     // R28: the disk has a shorter log than before
    contradicted,  // R29: a committed block on this disk differs from the swarm's
    wrong_tables,  // R30: the tables differ from those of a majority
    two_processes  // R31: another process uses a copy of this data directory
  } why;
};
struct DisksDiffer {  // R28 to R31: a member's claim contradicts the state of this member
  enum class What : std::uint8_t { fell_back, logs, tables, two_processes } what;
  MemberId member;
  LogIndex here, there;  // block at this member, and as `member` claims; zero: unknown
};
struct Rejected {
  Reject reason;
};
struct KeptAnswered {  // R18: the new master has answered requests that it kept in the election
  std::uint32_t requests;
};
// Events of a tracker about its clients:
struct Answered {  // the tracker has sent an answer to a client
  Term term;
  Endpoint peer;
  std::uint8_t action;
  Dialect dialect{};
};
struct Relayed {  // R25: this slave sent a client the master's answer to its relayed request
  Term term;
  Endpoint peer;
  Duration waited;
};
struct NotStored {  // a limit forbids to store this registration; the client is still answered
  InfoHash info_hash;
  Endpoint peer;
};
// Events of a peer:
struct PeerRegistered {  // an answer to a registration arrived
  InfoHash info_hash;
  TransactionId transaction;
  Time first_sent;
  std::uint32_t sendings;  // how often the peer has sent the request
};
struct PeerStopping {  // the peer stops this content; the tracker may now remove the registration
  InfoHash info_hash;
};
struct PeerError {     // the tracker answered with an error
  std::uint64_t text;  // eight characters, as on the wire
};
// Events of a peer that exchanges contents (engine/peer/peer.hpp):
struct ContentOpened {  // the store has reported that it has `had` of the `chunks`
  InfoHash content;
  std::uint32_t had, chunks;
};
struct InfoFetched {  // another peer sent the info dictionary, and its hash is right
  InfoHash content;
};
struct ChunkStored {  // the chunk is verified and in the files
  InfoHash content;
  std::uint32_t chunk;
};
struct ChunkLost {  // the bytes in the files do not, or no longer, have the chunk's hash
  InfoHash content;
  std::uint32_t chunk;
};
struct ContentComplete {  // the peer has every chunk, maybe already when it opened the content
  InfoHash content;
};
struct ContentFailed {  // the store cannot go on, or the fetched info dictionary is invalid
  InfoHash content;
};
struct PeerDropped {  // a session with a peer ended
  InfoHash content;
  Endpoint peer;
  enum class Why : std::uint8_t { left, silent, restarted, poison, refused, not_needed } why;
};
}  // namespace event

using Event =
    std::variant<event::RoleChanged, event::TermAdopted, event::MasterSuspected,
                 event::ElectionStarted, event::ElectionWon, event::Serving, event::SteppedDown,
                 event::Committed, event::BlockApplied, event::LogTruncated, event::ConfigChanged,
                 event::SnapshotSent, event::SnapshotInstalled, event::PeerExpired,
                 event::ContentExpired, event::HandOver, event::HandOverGivenUp,
                 event::GroupUnheard, event::GroupHeard, event::DeafHandOver, event::ClockWentBack,
                 event::DiskSlow, event::Founded, event::Refused, event::Rejected,
                 event::KeptAnswered, event::Answered, event::Relayed, event::NotStored,
                 event::PeerRegistered, event::PeerStopping, event::PeerError, event::ContentOpened,
                 event::InfoFetched, event::ChunkStored, event::ChunkLost, event::ContentComplete,
                 event::ContentFailed, event::PeerDropped, event::DisksDiffer>;

}  // namespace swarm
