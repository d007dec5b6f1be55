// DB Manager, tracker schema (seed section 3, figure 2): the port between the tracker's state
// machine and its disk. The tracker never calls this port. It hands *writes* to its host
// (engine/node/outbox.hpp). The host makes many writes in one transaction, on a thread that does
// not serve the network, and then calls persisted(). A tracker has two files. One has the log and
// the tables (TrackerDb), the other has identity and ballot (BallotDb). So a vote never queues
// behind a batch of rows.
#pragma once

#include <stdexcept>
#include <string>

#include "engine/node/operation.hpp"

namespace swarm::db {

// A failed write or sync is fatal: the process ends. After a restart it replays the log. `what()`
// is one clear sentence.
struct DbError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The files do not hold this member's state: they are damaged, partly lost, or from another time or
// member. No restart helps. `what()` ends with the remedy.
struct Damaged : DbError {
  using DbError::DbError;
};

struct PeerRow {  // PEER-INFO(id, host, port)
  PeerRowId id;
  Endpoint address;
  friend auto operator<=>(const PeerRow&, const PeerRow&) = default;
};
struct ContentRow {  // CONTENTS(sha1, peer_id); the table SEEDERS has its state
  InfoHash info_hash;
  PeerRowId peer;
  PeerState state{};
  friend auto operator<=>(const ContentRow&, const ContentRow&) = default;
};
// How many peers of one address family have completed a content. Only a content that has peers of
// this family now has such a row.
struct CompletedRow {
  InfoHash info_hash;
  bool v6{};  // true: IPv6; false: IPv4
  std::uint32_t count{};
  friend auto operator<=>(const CompletedRow&, const CompletedRow&) = default;
};

// The changes of rows. A write lists them in the order in which the log made them.
struct PutPeer {
  PeerRow row;
};
struct DropPeer {  // changes before it must drop the peer's CONTENTS rows
  PeerRowId id;
};
struct PutContent {  // inserts the row, or changes its state
  ContentRow row;
};
struct DropContent {
  InfoHash info_hash;
  PeerRowId peer;
};
struct PutCompleted {  // inserts the row or changes its count; a count of zero deletes the row
  CompletedRow row;
};
using RowChange = std::variant<PutPeer, DropPeer, PutContent, DropContent, PutCompleted>;

// The point of the log that the tables have reached. Always written in the same transaction as the
// rows.
struct Applied {
  LogIndex index;
  Term term;
  SwarmTime stamp;
  PeerRowId next_peer{1};  // the id that the next new peer gets
  // A block may be applied in parts. If `position` is zero, the tables have all of block `index`
  // and nothing of the next block. Otherwise they also have the first position - 1 operations of
  // the next block. If operation number `position` of that block is an EXPIRE, they may also have a
  // part of it; a member then applies the whole EXPIRE again. In a snapshot, `position` is always
  // zero.
  std::uint32_t position{};
  friend auto operator<=>(const Applied&, const Applied&) = default;
};

// The whole replicated state at `applied` (R19), except the rows. It never includes identity,
// ballot or log.
struct SnapshotHead {
  Applied applied;
  LogIndex config_index;  // index of the CONFIG in force at `applied`
  Config config;
};
struct Snapshot : SnapshotHead {
  std::vector<PeerRow> peers;           // ordered by id
  std::vector<ContentRow> contents;     // ordered by (info_hash, peer)
  std::vector<CompletedRow> completed;  // ordered by (info_hash, v6); no count is zero
};

// A snapshot that this member pulls, as its master has described it in SNAPSHOT_META.
struct PulledSnapshot {
  std::uint64_t id{};  // random; the master's id for these bytes, while its process lives
  LogIndex index;
  Term term;
  std::uint64_t size{};  // bytes; zero: no pull is under way
  std::uint64_t hash{};  // the hash of these bytes
  friend auto operator<=>(const PulledSnapshot&, const PulledSnapshot&) = default;
};
struct PulledChunk {
  std::uint32_t number{};
  std::vector<std::uint8_t> bytes;
};

// A part of a snapshot that is not in force yet. Many transactions put the snapshot's rows into
// staged tables, which have the same form as the tables in force. Leftovers are staged rows and
// chunks that no longer belong to a pull. The database carries out the fields in the order of their
// declaration.
struct Staging {
  // Begins the pull of this snapshot. The chunks of an earlier pull become leftovers.
  std::optional<PulledSnapshot> pull;
  std::size_t clear = 0;            // the most leftover rows to delete
  std::vector<PulledChunk> chunks;  // chunks of the present pull
  std::vector<RowChange> rows;      // for the staged tables; no drops
};

// One write, with one ticket, to the TrackerDb. The database carries out the fields in the order of
// their declaration.
struct TrackerWrite {
  Staging staging;
  // Ends the pull: the staged tables become the tables in force, with this head as META, and the
  // log becomes empty. This only renames tables, so it takes no longer for large tables than for
  // small ones. The former tables, the former log and the chunks become leftovers, which later
  // writes delete.
  std::optional<SnapshotHead> install;
  std::optional<LogIndex> truncate_from;  // drop the blocks from this index on
  std::vector<BlockPtr> append;           // contiguous blocks
  std::vector<RowChange> rows;
  std::optional<Applied> applied;  // the point that the tables reach with `rows`
  // The digest of all rows at `applied`, or after `install`. load() checks the rows against it.
  std::optional<std::uint64_t> digest;
  // Drops the blocks below `index`. `config` is the CONFIG in force just before `index`.
  struct DropBefore {
    LogIndex index;
    Term previous_term;  // term of block index - 1
    LogIndex config_index;
    Config config;
  };
  std::optional<DropBefore> drop_before;
  // Large objects that the tracker no longer needs. Freeing them takes long, so the database's
  // thread frees them together with this write.
  std::vector<std::shared_ptr<const void>> discarded;

  // The number of rows that a transaction writes for this write.
  std::size_t rows_written() const {
    return staging.clear + staging.chunks.size() + staging.rows.size() + append.size() +
           rows.size();
  }
};

// The most rows in one transaction, which carries out a group of writes. So the size of a
// transaction depends neither on the size of the tables nor on the number of writes that wait. Each
// single write has fewer rows than that.
inline constexpr std::size_t most_rows_per_transaction = 4096;

// What a tracker finds in its files when it starts.
struct TrackerImage {
  Snapshot tables;            // with the CONFIG in force just before the log's first block
  LogIndex log_begin{1};      // index of the log's first block
  Term previous_term{};       // term of block log_begin - 1
  std::vector<BlockPtr> log;  // contiguous from log_begin
  PulledSnapshot pull;        // the unfinished pull; `chunks` are its chunks so far
  std::vector<PulledChunk> chunks;
  std::size_t left_over = 0;  // number of leftover rows, for Staging::clear
};

class TrackerDb {
 public:
  virtual ~TrackerDb() = default;
  virtual TrackerImage load() = 0;  // throws Damaged
  // Writes the whole group in one transaction, which is durable when the call returns. Throws
  // DbError if that fails. Then nobody knows whether the file has the group, and the process must
  // end.
  virtual void write(std::span<const TrackerWrite* const> group) = 0;
};

// Identity and ballot: rules R1, R4, R10 and R21.
struct Genesis {  // the founding of a swarm; a store is bound to one founding for ever
  ClusterId cluster;
  std::vector<Member> members;  // the N voters of the founding
  Secret secret{};              // the first key of the connection ids
  ReadyPolicy ready{};
  friend auto operator<=>(const Genesis&, const Genesis&) = default;
};
// The fault of this store that was proved by contradictions with other members (R28 to R31). A
// store with a fault never takes part again.
enum class Unfit : std::uint8_t { no, fell_back, contradicted, wrong_tables, two_processes };
struct Ballot {
  StoreId store;      // the identity of this disk; written once
  ClusterId cluster;  // zero while the store is fresh
  MemberId member;    // zero until this store is a member
  Term term;
  MemberId vote;       // the candidate that got this store's vote in `term`; zero: none
  BootId vote_boot;    // the process of that candidate
  Duration promise{};  // the longest promise that this store ever gave
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
