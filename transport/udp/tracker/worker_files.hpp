// The files of a worker at its start: opens them, or sets them aside if so configured.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/tracker/tracker.hpp"
#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/logger.hpp"
#include "transport/udp/tracker/disk_thread.hpp"
#include "transport/udp/tracker/store_files.hpp"

namespace swarm::udp {

// A random number from the system. Throws std::runtime_error.
std::uint64_t random_number();

// Makes the directory if it is missing. If the files are damaged, throws db::Damaged, or sets them
// aside if so configured. Throws db::DbError and std::runtime_error with one sentence.
std::unique_ptr<StoreFiles> open_files(const Configuration& configuration, Logger& logger);

// Moves damaged files aside, as configured. `damage` says why, and what an operator would do; the
// second part is left out. Returns the sentence for the log. Throws db::Damaged if the files cannot
// be moved.
std::string put_aside(const std::filesystem::path& directory, std::string_view damage);

// The configured first start. But if files were set aside and the store is no member yet: join,
// because its swarm exists.
FirstStart first_start_of(const Configuration& configuration, const StoreFiles& files);

// The state from which a tracker starts.
Tracker::Start what_is_there(const Configuration& configuration, StoreFiles& files);

WriteAheadLog wal_of(StoreFiles& files);

}  // namespace swarm::udp
