// How far the two databases of a data directory had come for good at the last start: in a file of
// its own, `last-start`. The two tell it of each other (engine/db/pairing.hpp); when both have lost
// their -wal, or are put back from an older copy, they fit each other, and only this one tells.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/db/pairing.hpp"

namespace swarm::udp {

inline constexpr const char* start_note_file = "last-start";

struct StartNote {
  StoreId store;
  std::uint64_t generation{};  // of the log
  std::uint64_t ballot{};      // number of the last one
  friend bool operator==(const StartNote&, const StartNote&) = default;
};

// Nothing: there is none, or it is not what was written. Throws db::DbError when it cannot be read.
std::optional<StartNote> read_start_note(const std::filesystem::path& directory);
// Gone for good when it returns, if it was there. Throws db::DbError.
void remove_start_note(const std::filesystem::path& directory);
// Durable when it returns; the databases are already. Throws db::DbError.
void write_start_note(const std::filesystem::path& directory, const StartNote& note);

// Why a ballot and a log have less than was noted, as a part of a sentence; empty: they have not.
std::string why_less_than_noted(const StartNote& note, const std::optional<db::Ballot>& ballot,
                                const db::BallotMarks& marks, const db::TrackerMarks& tracker);

// Names in a folder are durable before anything relies on them. Throws db::DbError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace swarm::udp
