// DB Manager, tracker schema (seed section 3, figure 2): the port between the tracker's state
// machine and its disk. The tracker never calls it: it hands *writes* to its host (see
// engine/node/outbox.hpp), the host groups many of them into one transaction, away from the
// network, and reports `persisted`. Two files, so that a vote never queues behind a batch: the log
// and the tables in one (TrackerDb), identity and ballot in another (BallotDb).
#pragma once

#include <stdexcept>
#include <string>

#include "engine/node/operation.hpp"

namespace swarm::db {

// A failed write or sync is fatal (exit, restart, replay). The text is one clear sentence.
struct DbError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The files are not this member's state: damaged, lost in part, or of another time or member. No
// restart helps. The text ends with the remedy.
struct Damaged : DbError {
  using DbError::DbError;
};

struct PeerRow {  // PEER-INFO(id, host, port)
  PeerRowId id;
  Endpoint address;
  friend auto operator<=>(const PeerRow&, const PeerRow&) = default;
};
struct ContentRow {  // CONTENTS(sha1, peer_id), and its state in a table beside it
  InfoHash info_hash;
  PeerRowId peer;
  PeerState state{};
  friend auto operator<=>(const ContentRow&, const ContentRow&) = default;
};
struct CompletedRow {  // of a swarm that has peers: how many have completed the content
  InfoHash info_hash;
  bool v6{};  // the swarm of its IPv6 peers
  std::uint32_t count{};
  friend auto operator<=>(const CompletedRow&, const CompletedRow&) = default;
};

// Row changes, in the order in which the log made them.
struct PutPeer {
  PeerRow row;
};
struct DropPeer {  // its CONTENTS rows were dropped before
  PeerRowId id;
};
struct PutContent {  // insert, or change of state
  ContentRow row;
};
struct DropContent {
  InfoHash info_hash;
  PeerRowId peer;
};
struct PutCompleted {  // insert, or change of count; a count of zero: the row goes
  CompletedRow row;
};
using RowChange = std::variant<PutPeer, DropPeer, PutContent, DropContent, PutCompleted>;

// Where the tables stand in the log; always written in the transaction of its rows.
struct Applied {
  LogIndex index;
  Term term;
  SwarmTime stamp;
  PeerRowId next_peer{1};  // the id that the next new peer gets
  // A block is applied in parts. Zero: the rows are those at the end of block `index`. Else they
  // have a part of the next block too: position - 1 whole operations, and maybe a part of the one
  // that follows, an EXPIRE, of which applying it again does the rest. Zero in a snapshot.
  std::uint32_t position{};
  friend auto operator<=>(const Applied&, const Applied&) = default;
};

// The whole replicated state at `applied` (R19), without its rows. It never includes identity,
// ballot or log.
struct SnapshotHead {
  Applied applied;
  LogIndex config_index;  // of the CONFIG entry in force at `applied`
  Config config;
};
struct Snapshot : SnapshotHead {
  std::vector<PeerRow> peers;           // ordered by id
  std::vector<ContentRow> contents;     // ordered by (info_hash, peer)
  std::vector<CompletedRow> completed;  // ordered by (info_hash, v6); none counts zero
};

// A snapshot that is pulled, as its sender has offered it.
struct PulledSnapshot {
  std::uint64_t id{};  // of its bytes, while its sender lives
  LogIndex index;
  Term term;
  std::uint64_t size{};  // bytes; zero: none is pulled
  std::uint64_t hash{};  // of the bytes
  friend auto operator<=>(const PulledSnapshot&, const PulledSnapshot&) = default;
};
struct PulledChunk {
  std::uint32_t number{};
  std::vector<std::uint8_t> bytes;
};

// The parts of a snapshot before it is in force. They go into tables of the same form beside the
// ones in force, over many transactions, in the order of these members.
struct Staging {
  // From here on this snapshot is pulled. Earlier chunks are left over.
  std::optional<PulledSnapshot> pull;
  std::size_t clear = 0;            // delete at most this many leftover rows
  std::vector<PulledChunk> chunks;  // of the snapshot that is pulled
  std::vector<RowChange> rows;      // of the coming tables: PutPeer, PutContent, PutCompleted
};

// One ticket for the TrackerDb; the parts are carried out in the order in which they stand here.
struct TrackerWrite {
  Staging staging;
  // The staged rows become the tables, with this META, and the whole log is dropped. The former
  // tables and log, and the chunks, are left over to be deleted later. So this only changes some
  // names, and takes as long for a large table as for a small one. The pull is over.
  std::optional<SnapshotHead> install;
  std::optional<LogIndex> truncate_from;  // drop log entries at or above
  std::vector<BlockPtr> append;           // contiguous
  std::vector<RowChange> rows;
  std::optional<Applied> applied;  // with rows
  // The digest of all rows at `applied`, or after `install`. load() checks the rows against it.
  std::optional<std::uint64_t> digest;
  // Log entries below are no longer needed; the CONFIG in force just before it goes with it.
  struct DropBefore {
    LogIndex index;
    Term previous_term;  // of index - 1
    LogIndex config_index;
    Config config;
  };
  std::optional<DropBefore> drop_before;
  // Large objects that are freed with this write, away from the network, because it takes long.
  std::vector<std::shared_ptr<const void>> discarded;

  // The number of rows that a transaction has to write for it.
  std::size_t rows_written() const {
    return staging.clear + staging.chunks.size() + staging.rows.size() + append.size() +
           rows.size();
  }
};

// A group of writes is carried out in one transaction, and has at most this many rows. So no
// transaction grows with the tables, or with the number of writes that wait. Each write is below
// the limit by itself.
inline constexpr std::size_t most_rows_per_transaction = 4096;

// The files of a tracker, as it finds them at its start.
struct TrackerImage {
  Snapshot tables;            // config = the one in force just before the log's first entry
  LogIndex log_begin{1};      // index of the first entry kept
  Term previous_term{};       // of log_begin - 1
  std::vector<BlockPtr> log;  // contiguous from log_begin
  PulledSnapshot pull;        // the snapshot that was being pulled, and its chunks so far
  std::vector<PulledChunk> chunks;
  std::size_t left_over = 0;  // leftover rows, for Staging::clear
};

class TrackerDb {
 public:
  virtual ~TrackerDb() = default;
  virtual TrackerImage load() = 0;  // throws Damaged
  // One transaction for the whole group; durable when it returns. Throws DbError; then nothing of
  // the group may be believed written, and the process must end.
  virtual void write(std::span<const TrackerWrite* const> group) = 0;
};

// R1, R4, R10, R21.
struct Genesis {  // the one founding that this store has bound itself to, ever
  ClusterId cluster;
  std::vector<Member> members;  // the N voters
  Secret secret{};              // first secret of the connection ids
  ReadyPolicy ready{};
  friend auto operator<=>(const Genesis&, const Genesis&) = default;
};
// The fault of a store that other members have proved (R28 to R31). Such a store never takes part
// again.
enum class Unfit : std::uint8_t { no, fell_back, contradicted, wrong_tables, two_processes };
struct Ballot {
  StoreId store;      // identity of this disk; written once
  ClusterId cluster;  // zero while the store is fresh
  MemberId member;    // zero until it is a member
  Term term;
  MemberId vote;  // of `term`; zero: none
  BootId vote_boot;
  Duration promise{};  // highest promise ever given
  std::optional<Genesis> genesis;
  Unfit unfit{};
  friend auto operator<=>(const Ballot&, const Ballot&) = default;
};

class BallotDb {
 public:
  virtual ~BallotDb() = default;
  virtual std::optional<Ballot> load() = 0;      // nothing: a fresh store
  virtual void write(const Ballot& ballot) = 0;  // durable when it returns; throws DbError
};

}  // namespace swarm::db
