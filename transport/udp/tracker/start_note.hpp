// Notes how much the two databases of a data directory durably held at the last start, in a file of
// its own, `last-start`. The databases record this about each other too (engine/db/pairing.hpp).
// But if both have lost their -wal, or both were restored from an older copy, they fit each other,
// and only this note shows it.
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
  std::uint64_t ballot{};      // number of the last ballot
  friend bool operator==(const StartNote&, const StartNote&) = default;
};

// None if there is no note, or if its content is broken. Throws db::DbError if it cannot be read.
std::optional<StartNote> read_start_note(const std::filesystem::path& directory);
// On return the removal is durable. Does nothing if there is no note. Throws db::DbError.
void remove_start_note(const std::filesystem::path& directory);
// On return the note is durable; the databases must be durable before. Throws db::DbError.
void write_start_note(const std::filesystem::path& directory, const StartNote& note);

// Why a ballot and a log have less than noted, as a part of a sentence; empty if they do not.
std::string why_less_than_noted(const StartNote& note, const std::optional<db::Ballot>& ballot,
                                const db::BallotMarks& marks, const db::TrackerMarks& tracker);

// Makes the names in a folder durable. Throws db::DbError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace swarm::udp
