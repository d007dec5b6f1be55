// The events that an observer may want to know, as typed values. The engine never logs: observe/
// turns events into text and JSON.
#pragma once

#include <cstdint>
#include <variant>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

enum class Role : std::uint8_t { stranger, learner, slave, candidate, master, removed };

// Why an election began, and why a mastership ended.
enum class Cause : std::uint8_t {
  silence,      // the promise ran out
  certificate,  // DEAD of the master's process
  handed_over,
  higher_term,
  no_quorum,  // R8
  stopping,
};

// Why a datagram was dropped. Counted, never answered unless the protocol says so.
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
  no_room,  // as many requests wait, or strangers ask, as may
  too_old,
  count,
};

// The ways in which clients speak to a tracker (docs/PROTOCOL.md).
enum class Dialect : std::uint8_t {
  seed,   // the seed's own protocol (engine/wire/seed_protocol.hpp)
  bep15,  // unmodified BitTorrent clients over UDP (engine/wire/bep15.hpp)
  http,   // and over TCP
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
struct MasterSuspected {  // detection: the Cluster Fault Tolerance System notifies the election
  MemberId master;
  Term term;
  Cause cause;
};
struct ElectionStarted {
  Term term;  // that is asked for
  Cause cause;
};
struct ElectionWon {
  Term term;
  Cause cause;
};
struct Serving {  // the NOOP is applied and the lease holds: peers are answered from here (R5)
  Term term;
  LogIndex index;
};
struct SteppedDown {
  Term term;
  Cause cause;
};
struct Committed {  // the block, and the term that it is of
  LogIndex index;
  Term term;
};
struct BlockApplied {  // to the in-memory index
  LogIndex index;
  Term term;
  std::uint64_t log_digest;    // of this block of the log: equal at every member
  std::uint64_t table_digest;  // of all rows
};
struct LogTruncated {
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
struct PeerExpired {  // at the master, when it decides so
  Endpoint peer;
};
struct ContentExpired {  // the same, of one content of a peer that is heard for others
  InfoHash info_hash;
  Endpoint peer;
};
struct HandOver {
  MemberId to;
  Term term;
};
struct HandOverGivenUp {  // R9: for four promises no other voter had everything durable
  Term term;
};
struct GroupUnheard {       // other members hear what peers send to the group, this one does not
  std::uint32_t witnesses;  // members that hear it
};
struct GroupHeard {};  // again
struct DeafHandOver {  // a master hands over because it is deaf
  Term term;
};
struct ClockWentBack {
  Duration by;
};
struct DiskSlow {  // a sync is pending for this long
  Duration pending;
};
struct Founded {  // R21: bound to, or member of, this swarm
  ClusterId cluster;
  MemberId member;
};
struct Refused {  // this instance may not take part, and says why
  enum class Why : std::uint8_t {
    too_many_candidates,
    swarm_exists,
    removed,
    fell_back,     // R28: the disk has less than it had
    contradicted,  // R29: a committed block here differs from the swarm's
    wrong_tables,  // R30: the tables differ from those of a majority
    two_processes  // R31: another process uses a copy of its data directory
  } why;
};
struct DisksDiffer {  // R28 to R31: a member's claim does not fit the state here
  enum class What : std::uint8_t { fell_back, logs, tables, two_processes } what;
  MemberId member;
  LogIndex here, there;  // zero: not known
};
struct Rejected {
  Reject reason;
};
struct KeptAnswered {  // R18: requests of the election, answered by the new master
  std::uint32_t requests;
};
// Events of a tracker about its clients:
struct Answered {  // a datagram for a peer went out
  Term term;
  Endpoint peer;
  std::uint8_t action;
  Dialect dialect{};
};
struct Relayed {  // R25: the master's answer to a request that was asked here went out
  Term term;
  Endpoint peer;
  Duration waited;
};
struct NotStored {  // a registration was answered and, because of a cap, not stored
  InfoHash info_hash;
  Endpoint peer;
};
// Events of a peer:
struct PeerRegistered {  // an answer to a registration arrived
  InfoHash info_hash;
  TransactionId transaction;
  Time first_sent;
  std::uint32_t sendings;  // 1: the first one was answered
};
struct PeerStopping {  // from here on the registration may go
  InfoHash info_hash;
};
struct PeerError {     // an error reply
  std::uint64_t text;  // eight characters, as on the wire
};
// Events of a peer that exchanges contents (engine/peer/peer.hpp):
struct ContentOpened {  // its store has said what is there
  InfoHash content;
  std::uint32_t had, chunks;
};
struct InfoFetched {  // the info dictionary came from another peer and has this hash
  InfoHash content;
};
struct ChunkStored {  // verified, on disk, in CHUNK
  InfoHash content;
  std::uint32_t chunk;
};
struct ChunkLost {  // the bytes in the files are not the chunk, or not any more
  InfoHash content;
  std::uint32_t chunk;
};
struct ContentComplete {  // each chunk of it; also right after it was opened so
  InfoHash content;
};
struct ContentFailed {  // its store cannot go on, or what was fetched as its info is none
  InfoHash content;
};
struct PeerDropped {  // a session of a content ended
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
