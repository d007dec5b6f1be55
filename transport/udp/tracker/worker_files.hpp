// The files of a worker at its start: opened, or set aside where the configuration says so.
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

// Of the system's. Throws std::runtime_error.
std::uint64_t random_number();

// Makes the directory where there is none. Damaged files are refused (db::Damaged), or set aside
// where the configuration says so. Throws db::DbError and std::runtime_error, one sentence.
std::unique_ptr<StoreFiles> open_files(const Configuration& configuration, Logger& logger);

// Moves damaged files aside, as is configured. `damage`: why, with what an operator would do, which
// is left out. What to tell of it. Throws db::Damaged where they cannot be moved.
std::string put_aside(const std::filesystem::path& directory, std::string_view damage);

// As configured. But where files were set aside, a store that is no member yet is to join: its
// swarm is there.
FirstStart first_start_of(const Configuration& configuration, const StoreFiles& files);

// What a tracker starts from.
Tracker::Start what_is_there(const Configuration& configuration, StoreFiles& files);

WriteAheadLog wal_of(StoreFiles& files);

}  // namespace swarm::udp
