// Functions that open the files of a starting worker, and set damaged files aside if so configured
// (rejoin-when-damaged).
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

// Makes the data directory if it is missing, and opens its files. If they are damaged, it sets them
// aside and begins with new files if rejoin-when-damaged is set; otherwise it throws db::Damaged.
// Throws db::DbError and std::runtime_error with one sentence.
std::unique_ptr<StoreFiles> open_files(const Configuration& configuration, Logger& logger);

// Moves damaged files aside. `damage` is the sentence that says what is damaged, with the remedy
// for an operator. Returns this sentence for the log, with the files' new place instead of the
// remedy. Throws db::Damaged if the files cannot be moved.
std::string put_aside(const std::filesystem::path& directory, std::string_view damage);

// Returns the configured first start. But if files were set aside (rejoin-when-damaged) and the new
// store is no member yet, it returns `join`, because the instance's swarm exists.
FirstStart first_start_of(const Configuration& configuration, const StoreFiles& files);

// Returns the state from which the tracker starts.
Tracker::Start what_is_there(const Configuration& configuration, StoreFiles& files);

WriteAheadLog wal_of(StoreFiles& files);

}  // namespace swarm::udp
