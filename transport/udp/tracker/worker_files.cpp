#include "transport/udp/tracker/worker_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "transport/udp/system/os_random.hpp"
#include "transport/udp/tracker/data_directory.hpp"

namespace swarm::udp {

std::unique_ptr<StoreFiles> open_files(const Configuration& configuration, Logger& logger) {
  const auto& directory = configuration.data_directory;
  make_data_directory(directory);
  try {
    return std::make_unique<StoreFiles>(directory, os_random_number);
  } catch (const db::Damaged& damage) {
    if (!configuration.rejoin_when_damaged) throw;
    logger.notice(put_aside(directory, damage.what()));
  }
  return std::make_unique<StoreFiles>(directory, os_random_number);
}

std::string put_aside(const std::filesystem::path& directory, std::string_view damage) try {
  const auto why = damage.substr(0, damage.find("; move the data directory aside"));
  return fmt::format(
      "{}; rejoin-when-damaged: its files are now in {}, and this instance joins anew", why,
      set_aside(directory).string());
} catch (const std::filesystem::filesystem_error& error) {
  throw db::Damaged(
      fmt::format("{} (rejoin-when-damaged: its files cannot be moved: {})", damage, error.what()));
}

FirstStart first_start_of(const Configuration& configuration, const StoreFiles& files) {
  const bool joins = configuration.rejoin_when_damaged && !files.ballot().member &&
                     was_set_aside(configuration.data_directory);
  return joins ? FirstStart::join : configuration.tracker.first_start;
}

Tracker::Start what_is_there(const Configuration& configuration, StoreFiles& files) {
  auto settings = configuration.tracker;
  settings.first_start = first_start_of(configuration, files);
  return {std::move(settings), files.take_image(), files.ballot(), BootId{os_random_number() | 1},
          os_start_draw()};
}

WriteAheadLog wal_of(StoreFiles& files) {
  return {.pages = [&files] { return files.wal_pages(); },
          .checkpoint = [&files] { files.checkpoint(); }};
}

}  // namespace swarm::udp
