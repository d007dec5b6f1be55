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
  no_quorum,  // R8
  stopping,
};

// Why a datagram was dropped. Drops are counted. No answer goes out unless the protocol says so.
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
  no_room,  // too many requests wait, or too many strangers ask
  too_old,
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
struct MasterSuspected {  // detection: the Cluster Fault Tolerance System notifies the election
  MemberId master;
  Term term;
  Cause cause;
};
struct ElectionStarted {
  Term term;  // of this election
  Cause cause;
};
struct ElectionWon {
  Term term;
  Cause cause;
};
struct Serving {  // the master begins to answer: its NOOP is applied and its lease holds (R5)
  Term term;
  LogIndex index;
};
struct SteppedDown {
  Term term;
  Cause cause;
};
struct Committed {  // the highest committed block, and its term
  LogIndex index;
  Term term;
};
struct BlockApplied {  // to the tables in memory
  LogIndex index;
  Term term;
  std::uint64_t log_digest;    // of this block; equal at every member
  std::uint64_t table_digest;  // of all rows; equal at every member
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
struct PeerExpired {  // the master proposes to remove a peer that has been silent too long
  Endpoint peer;
};
struct ContentExpired {  // the same for one content of a peer that still announces others
  InfoHash info_hash;
  Endpoint peer;
};
struct HandOver {
  MemberId to;
  Term term;
};
struct HandOverGivenUp {  // R9: after four promises, requests were still open or no slave was ready
  Term term;
};
struct GroupUnheard {       // this member is deaf: others hear datagrams of peers to the group
  std::uint32_t witnesses;  // members that hear them
};
struct GroupHeard {};  // this member is no longer deaf
struct DeafHandOver {  // a master hands over because it is deaf
  Term term;
};
struct ClockWentBack {
  Duration by;
};
struct DiskSlow {  // a sync has been pending for this long
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
    fell_back,     // R28: the disk has less than it had before
    contradicted,  // R29: a committed block on this disk differs from the swarm's
    wrong_tables,  // R30: the tables differ from those of a majority
    two_processes  // R31: another process uses a copy of this data directory
  } why;
};
struct DisksDiffer {  // R28 to R31: a member's claim contradicts the state of this member
  enum class What : std::uint8_t { fell_back, logs, tables, two_processes } what;
  MemberId member;
  LogIndex here, there;  // zero: unknown
};
struct Rejected {
  Reject reason;
};
struct KeptAnswered {  // R18: the new master has answered requests kept during the election
  std::uint32_t requests;
};
// Events of a tracker about its clients:
struct Answered {  // an answer to a client went out
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
struct NotStored {  // a registration was answered, but a limit forbids to store it
  InfoHash info_hash;
  Endpoint peer;
};
// Events of a peer:
struct PeerRegistered {  // an answer to a registration arrived
  InfoHash info_hash;
  TransactionId transaction;
  Time first_sent;
  std::uint32_t sendings;  // of this request; 1: the first was answered
};
struct PeerStopping {  // from now on the tracker may remove the registration
  InfoHash info_hash;
};
struct PeerError {     // the tracker answered with an error
  std::uint64_t text;  // eight characters, as on the wire
};
// Events of a peer that exchanges contents (engine/peer/peer.hpp):
struct ContentOpened {  // the store has reported which chunks it has
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
struct ChunkLost {  // the bytes in the files are not, or no longer, the chunk
  InfoHash content;
  std::uint32_t chunk;
};
struct ContentComplete {  // it has every chunk; also sent if it was complete when opened
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
