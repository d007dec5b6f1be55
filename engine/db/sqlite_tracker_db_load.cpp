// What a tracker reads from its database at a start, and what it checks.
#include <fmt/format.h>

#include <limits>
#include <optional>
#include <utility>

#include "engine/db/sqlite_tracker_db_impl.hpp"
#include "engine/db/table_listing.hpp"
#include "engine/node/row_digest.hpp"

namespace swarm::db {

void SqliteTrackerDb::Impl::load_meta(TrackerImage& image) {
  bool found = false;
  meta_list.each([&](const auto& row) {
    found = true;
    Snapshot& tables = image.tables;
    tables.applied = {id_column<LogIndex>(row, 0),
                      id_column<Term>(row, 1),
                      {static_cast<std::uint64_t>(number_column(row, 2))},
                      id_column<PeerRowId>(row, 3),
                      static_cast<std::uint32_t>(number_column(row, 12))};
    image.log_begin = id_column<LogIndex>(row, 4);
    image.previous_term = id_column<Term>(row, 5);
    tables.config_index = id_column<LogIndex>(row, 6);
    tables.config.ready = file.one_of_two<ReadyPolicy>(row, 7);
    tables.config.next_id = id_column<MemberId>(row, 8);
    tables.config.current_secret = file.secret(row, 9);
    tables.config.previous_secret = file.secret(row, 10);
    tables.config.secret_since.us = static_cast<std::uint64_t>(number_column(row, 11));
  });
  if (!found) file.corrupt("META has no row");
}

Block SqliteTrackerDb::Impl::block_of(const SQLite::Statement& row) {
  const Bytes operations = blob_column(row, 3);
  return {id_column<LogIndex>(row, 0),
          id_column<Term>(row, 1),
          {static_cast<std::uint64_t>(number_column(row, 2))},
          {operations.begin(), operations.end()}};
}

void SqliteTrackerDb::Impl::load_log(TrackerImage& image) {
  LogIndex next = image.log_begin;
  log_list.each([&](const auto& row) {
    Block block = block_of(row);
    if (block.index != next) file.corrupt(fmt::format("block {} is missing", next.value));
    if (block.operations.size() > Block::most) file.corrupt("a block of the log is too large");
    if (static_cast<std::uint64_t>(number_column(row, 4)) != sum_of(block))
      file.corrupt(fmt::format("block {} is not what was written", next.value));
    image.log.push_back(std::make_shared<const Block>(std::move(block)));
    ++next;
  });
  const LogIndex applied = image.tables.applied.index;
  if (applied + 1 < image.log_begin || applied >= next)
    file.corrupt("the rows and the log do not meet");
  reached_get.each([&](const auto& row) {
    if (next <= id_column<LogIndex>(row, 0))
      file.corrupt(fmt::format("the log ends before block {}, which was there",
                               id_column<LogIndex>(row, 0).value));
  });
  if (image.tables.applied.position > 0 && applied + 1 >= next)
    file.corrupt("the rows have a part of a block that the log lacks");
}

void SqliteTrackerDb::Impl::load_peers(Snapshot& tables) {
  peer_list.each([&](const auto& row) {
    tables.peers.push_back({id_column<PeerRowId>(row, 0), file.endpoint(row, 1)});
  });
  if (!tables.peers.empty() && tables.peers.back().id >= tables.applied.next_peer)
    file.corrupt("a peer has an id that was not given yet");
}

void SqliteTrackerDb::Impl::load_contents(Snapshot& tables) {
  content_list.each([&](const auto& row) {
    const auto hash = parse_sha1(text_column(row, 0));
    if (!hash) file.corrupt("a sha1 in CONTENTS is not one");
    tables.contents.push_back(
        {*hash, id_column<PeerRowId>(row, 1),
         number_column(row, 2) != 0 ? PeerState::seeder : PeerState::leecher});
  });
  if (counted(lone_contents) != 0) file.corrupt("CONTENTS names a peer that PEER-INFO lacks");
}

void SqliteTrackerDb::Impl::load_completed(Snapshot& tables) {
  completed_list.each([&](const auto& row) {
    const auto hash = parse_sha1(text_column(row, 0));
    const auto count = number_column(row, 2);
    if (!hash || count < 1 || count > std::numeric_limits<std::uint32_t>::max())
      file.corrupt("a row of COMPLETED makes no sense");
    tables.completed.push_back(
        {*hash, number_column(row, 1) == 6, static_cast<std::uint32_t>(count)});
  });
  if (counted(lone_completed) != 0) file.corrupt("COMPLETED names a swarm that has no peers");
}

void SqliteTrackerDb::Impl::check_seals(const Snapshot& tables) {
  std::optional<std::uint64_t> digest;
  std::uint64_t sealed = 0;
  seals_get.each([&](const auto& row) {
    sealed = static_cast<std::uint64_t>(number_column(row, 0));
    if (!row.isColumnNull(1)) digest = static_cast<std::uint64_t>(number_column(row, 1));
  });
  if (sealed != seal_of_meta()) file.corrupt("META or MEMBERS is not what was written");
  if (digest && *digest != digest_of(tables))
    file.corrupt("the rows are not those that were written");
}

std::int64_t SqliteTrackerDb::Impl::counted(Prepared& statement) {
  std::int64_t count = 0;
  statement.each([&](const auto& row) { count = number_column(row, 0); });
  return count;
}

}  // namespace swarm::db
