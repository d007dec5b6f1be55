// The file `last-start` in the data directory. It notes how much the two databases durably held at
// the last start. Each database also records how much the other must hold (engine/db/pairing.hpp).
// But if both databases have lost their -wal, or both were restored from an older copy, they still
// fit each other. Only this note reveals that.
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
  std::uint64_t generation{};  // the generation of the log (db::LogMark)
  std::uint64_t ballot{};      // the number of the last ballot (db::BallotMarks)
  friend bool operator==(const StartNote&, const StartNote&) = default;
};

// Returns nullopt if there is no note, or if its text is broken. Throws db::DbError if the file
// cannot be read.
std::optional<StartNote> read_start_note(const std::filesystem::path& directory);
// On return the removal is durable. Does nothing if there is no note. Throws db::DbError.
void remove_start_note(const std::filesystem::path& directory);
// On return the note is durable. Before the call, the databases must durably hold what the note
// says. Throws db::DbError.
void write_start_note(const std::filesystem::path& directory, const StartNote& note);

// Says why the databases do not fit the note: they hold less than it says, or have another store.
// The text is part of a sentence. It is empty if they fit. `ballot`: nullopt if ballot.db has none.
std::string why_less_than_noted(const StartNote& note, const std::optional<db::Ballot>& ballot,
                                const db::BallotMarks& marks, const db::TrackerMarks& tracker);

// Makes the names of the files in a folder durable. Throws db::DbError.
void sync_folder(const std::filesystem::path& folder);

}  // namespace swarm::udp
