#include "engine/db/staged_tables.hpp"

#include <fmt/format.h>

#include <string>
#include <variant>

#include "engine/base/assert.hpp"

namespace swarm::db {
namespace {

constexpr const char* tables[] = {"PEER-INFO", "CONTENTS", "SEEDERS", "COMPLETED", "LOG"};

// In CHUNKS, the chunks of pull number `serial` have the places from serial << serial_shift on.
constexpr int serial_shift = 32;

}  // namespace

void StagedTables::carry_out(const Staging& staging) {
  // pull() comes first, so that clear() takes the chunks of the former pull for leftovers.
  if (staging.pull) pull(*staging.pull);
  if (staging.clear > 0) clear(staging.clear);
  if (!staging.chunks.empty()) {
    const auto first = first_place();
    for (const auto& chunk : staging.chunks)
      chunk_put_.run(first + chunk.number, Bytes(chunk.bytes));
  }
  if (staging.rows.empty()) return;
  make_sure_that_nothing_is_left_over();
  for (const auto& row : staging.rows) put(row);
}

void StagedTables::put(const RowChange& row) {
  if (const auto* peer = std::get_if<PutPeer>(&row)) {
    peer_put_.run(peer->row.id, to_string(peer->row.address.ip), peer->row.address.port);
  } else if (const auto* content = std::get_if<PutContent>(&row)) {
    const std::string sha1 = sha1_text(content->row.info_hash);
    content_put_.run(sha1, content->row.peer);
    if (content->row.state == PeerState::seeder) seeder_put_.run(sha1, content->row.peer);
  } else {
    const auto* completed = std::get_if<PutCompleted>(&row);
    SWARM_ASSERT(completed && completed->row.count > 0, "nothing is dropped from what is staged");
    completed_put_.run(sha1_text(completed->row.info_hash), family(completed->row),
                       completed->row.count);
  }
}

void StagedTables::pull(const PulledSnapshot& s) {
  sure_ = false;
  pull_put_.run(s.id, s.index, s.term, s.size, s.hash);
}

// Deletes at most `most` leftover rows. The two rows of a seeder, in CONTENTS and SEEDERS,
// count as one.
void StagedTables::clear(std::size_t most) {
  sure_ = false;
  const auto first = first_place();
  std::uint64_t left = most;
  const auto gone = [&left](int rows) { left -= std::min(left, static_cast<std::uint64_t>(rows)); };
  seeders_drop_.run(left);
  gone(contents_drop_.run(left));
  if (left > 0) gone(lone_seeders_drop_.run(left));
  if (left > 0) gone(completed_drop_.run(left));
  if (left > 0) gone(peers_drop_.run(left));
  if (left > 0) gone(log_drop_.run(left));
  if (left > 0) chunks_drop_.run(first, left);
}

void StagedTables::make_sure_that_nothing_is_left_over() {
  if (sure_) return;
  bool there = true;
  rows_there_.each([&](const auto& row) { there = number_column(row, 0) != 0; });
  SWARM_ASSERT(!there, "what is left over is cleared before something else is staged");
  sure_ = true;
}

void StagedTables::install() {
  make_sure_that_nothing_is_left_over();
  for (const auto* const table : tables)
    file_.database().exec(fmt::format(R"(ALTER TABLE "{0}" RENAME TO SWAPPED;
                                         ALTER TABLE "STAGED-{0}" RENAME TO "{0}";
                                         ALTER TABLE SWAPPED RENAME TO "STAGED-{0}")",
                                      table));
  pull({});
}

std::int64_t StagedTables::first_place() {
  std::int64_t serial = 0;
  pull_get_.each([&](const auto& row) { serial = number_column(row, 0); });
  if (serial <= 0 || serial >> (63 - serial_shift) != 0) file_.corrupt("PULL makes no sense");
  return serial << serial_shift;
}

void StagedTables::load(TrackerImage& image) {
  const auto first = first_place();
  pull_get_.each([&](const auto& row) {
    image.pull = {static_cast<std::uint64_t>(number_column(row, 1)), id_column<LogIndex>(row, 2),
                  id_column<Term>(row, 3), static_cast<std::uint64_t>(number_column(row, 4)),
                  static_cast<std::uint64_t>(number_column(row, 5))};
  });
  chunk_list_.each(
      [&](const auto& row) {
        const auto number = number_column(row, 0) - first;
        if (number >> serial_shift != 0) file_.corrupt("a chunk in CHUNKS is of no pull");
        const Bytes bytes = blob_column(row, 1);
        image.chunks.push_back({static_cast<std::uint32_t>(number), {bytes.begin(), bytes.end()}});
      },
      first);
  left_over_get_.each(
      [&](const auto& row) { image.left_over = static_cast<std::size_t>(number_column(row, 0)); },
      first);
}

}  // namespace swarm::db
