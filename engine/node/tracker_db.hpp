// DB Manager, tracker schema (seed section 3, figure 2): the port between the tracker's state
// machine and its disk. The tracker never calls it. It hands *writes* to its host
// (engine/node/outbox.hpp). The host groups many writes into one transaction, on a thread that does
// not serve the network, and then reports `persisted`. A tracker has two files: one with the log
// and the tables (TrackerDb), one with identity and ballot (BallotDb). So a vote never queues
// behind a batch of rows.
#pragma once

#include <stdexcept>
#include <string>

#include "engine/node/operation.hpp"

namespace swarm::db {

// A failed write or sync is fatal: the process ends, restarts and replays. The text is one clear
// sentence.
struct DbError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The files do not hold this member's state: they are damaged, partly lost, or from another time or
// member. No restart helps. The text ends with the remedy.
struct Damaged : DbError {
  using DbError::DbError;
};

struct PeerRow {  // PEER-INFO(id, host, port)
  PeerRowId id;
  Endpoint address;
  friend auto operator<=>(const PeerRow&, const PeerRow&) = default;
};
struct ContentRow {  // CONTENTS(sha1, peer_id); another table has its state
  InfoHash info_hash;
  PeerRowId peer;
  PeerState state{};
  friend auto operator<=>(const ContentRow&, const ContentRow&) = default;
};
struct CompletedRow {  // how many peers have completed a content that has peers now
  InfoHash info_hash;
  bool v6{};  // counts IPv6 peers; otherwise IPv4 peers
  std::uint32_t count{};
  friend auto operator<=>(const CompletedRow&, const CompletedRow&) = default;
};

// Row changes, in the order in which the log made them.
struct PutPeer {
  PeerRow row;
};
struct DropPeer {  // earlier changes have dropped its CONTENTS rows
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

// The point of the log up to which the tables are applied. Always written in the same transaction
// as the rows.
struct Applied {
  LogIndex index;
  Term term;
  SwarmTime stamp;
  PeerRowId next_peer{1};  // the id that the next new peer gets
  // A block is applied in parts. Zero: the tables have all of block `index` and nothing of the next
  // block. Otherwise they also have the first position - 1 operations of the next block, and maybe
  // a part of the operation after these. That operation is then an EXPIRE, and applying it again
  // does the rest. Always zero in a snapshot.
  std::uint32_t position{};
  friend auto operator<=>(const Applied&, const Applied&) = default;
};

// The whole replicated state at `applied` (R19), except the rows. It never includes identity,
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

// A snapshot that this member pulls, as the master has offered it.
struct PulledSnapshot {
  std::uint64_t id{};  // random; the sender's id for these bytes
  LogIndex index;
  Term term;
  std::uint64_t size{};  // bytes; zero: no pull is under way
  std::uint64_t hash{};  // of the bytes
  friend auto operator<=>(const PulledSnapshot&, const PulledSnapshot&) = default;
};
struct PulledChunk {
  std::uint32_t number{};
  std::vector<std::uint8_t> bytes;
};

// A part of a snapshot that is not in force yet. Many transactions put such parts into staged
// tables, which have the same form as the tables in force. The fields are carried out in the order
// in which they are declared.
struct Staging {
  // Begins the pull of this snapshot. The chunks of an earlier pull become leftovers.
  std::optional<PulledSnapshot> pull;
  std::size_t clear = 0;            // delete at most so many leftover rows
  std::vector<PulledChunk> chunks;  // of the present pull
  std::vector<RowChange> rows;      // for staged tables: PutPeer, PutContent, PutCompleted
};

// One ticket for the TrackerDb. The fields are carried out in the order in which they are declared.
struct TrackerWrite {
  Staging staging;
  // Ends the pull: the staged tables become the tables, with this head as META, and the log becomes
  // empty. This only renames tables, so it takes no longer for large tables than for small ones.
  // The former tables and log, and the chunks, become leftovers, which later writes delete.
  std::optional<SnapshotHead> install;
  std::optional<LogIndex> truncate_from;  // drop the log entries from this index on
  std::vector<BlockPtr> append;           // contiguous
  std::vector<RowChange> rows;
  std::optional<Applied> applied;  // where `rows` leave the tables
  // The digest of all rows at `applied`, or after `install`. load() checks the rows against it.
  std::optional<std::uint64_t> digest;
  // Drops the log entries below `index`. `config` is the CONFIG in force just before `index`.
  struct DropBefore {
    LogIndex index;
    Term previous_term;  // of index - 1
    LogIndex config_index;
    Config config;
  };
  std::optional<DropBefore> drop_before;
  // Large objects. Freeing them takes long, so the thread of the database frees them with this
  // write.
  std::vector<std::shared_ptr<const void>> discarded;

  // The number of rows that a transaction writes for it.
  std::size_t rows_written() const {
    return staging.clear + staging.chunks.size() + staging.rows.size() + append.size() +
           rows.size();
  }
};

// A group of writes is carried out in one transaction and has at most so many rows. So the size of
// a transaction depends neither on the size of the tables nor on the number of writes that wait.
// Each write alone is below the limit.
inline constexpr std::size_t most_rows_per_transaction = 4096;

// What a tracker finds in its files when it starts.
struct TrackerImage {
  Snapshot tables;            // with the CONFIG in force just before the log's first entry
  LogIndex log_begin{1};      // index of the first entry kept
  Term previous_term{};       // of log_begin - 1
  std::vector<BlockPtr> log;  // contiguous from log_begin
  PulledSnapshot pull;        // the pull that was under way, and its chunks so far
  std::vector<PulledChunk> chunks;
  std::size_t left_over = 0;  // leftover rows, for Staging::clear
};

class TrackerDb {
 public:
  virtual ~TrackerDb() = default;
  virtual TrackerImage load() = 0;  // throws Damaged
  // Writes the whole group in one transaction, which is durable when the call returns. Throws
  // DbError. After that nobody knows what the file holds of the group, and the process must end.
  virtual void write(std::span<const TrackerWrite* const> group) = 0;
};

// R1, R4, R10, R21.
struct Genesis {  // the founding of a swarm; a store binds itself to one founding for ever
  ClusterId cluster;
  std::vector<Member> members;  // the N voters of the founding
  Secret secret{};              // the first key of the connection ids
  ReadyPolicy ready{};
  friend auto operator<=>(const Genesis&, const Genesis&) = default;
};
// The fault that other members have proved of this store (R28 to R31). A store with a fault never
// takes part again.
enum class Unfit : std::uint8_t { no, fell_back, contradicted, wrong_tables, two_processes };
struct Ballot {
  StoreId store;      // identity of this disk; written once
  ClusterId cluster;  // zero while the store is fresh
  MemberId member;    // zero until it is a member
  Term term;
  MemberId vote;       // the candidate that has its vote in `term`; zero: none
  BootId vote_boot;    // of that candidate's process
  Duration promise{};  // the longest promise that it ever gave
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
