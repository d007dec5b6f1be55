// The table of all keys of TrackerSettings that a user may set. The section `tracker:` of
// scenarios, `sweep --vary tracker.keep_alive=...` and the daemon's configuration all use it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/quantity.hpp"
#include "engine/tracker/settings.hpp"

namespace swarm {

struct DrawnRange {};  // stands for drawn_min and drawn_max, which one key sets
using FirstStartChoice = decltype(TrackerSettings::first_start);

struct TrackerSettingsKey {
  using Member = std::variant<Duration TrackerSettings::*, std::uint32_t TrackerSettings::*,
                              std::uint64_t TrackerSettings::*, bool TrackerSettings::*,
                              ElectionOrder TrackerSettings::*, FirstStartChoice TrackerSettings::*,
                              ReadyPolicy TrackerSettings::*, DrawnRange>;
  std::string_view name;     // "keep_alive"
  std::string_view unit;     // "duration", "count", "size", "true or false", "ranked or drawn", ...
  std::string_view meaning;  // one sentence
  Member member;
  // Inclusive bounds: nanoseconds for durations, bytes for sizes, plain numbers for counts.
  std::int64_t low{}, high{};
  // True: Tracker::reload() applies a new value. The value of any other key is agreed upon with
  // other members, or has an effect only at the start.
  bool reloadable = false;
};

// The keys in the order of TrackerSettings, without the addresses and the secret.
const std::vector<TrackerSettingsKey>& tracker_settings_keys();
const TrackerSettingsKey* find_tracker_settings_key(std::string_view name);  // nullptr: no such key

// Returns true, or a sentence for the user: `value` is no value of that key, or out of its bounds.
Parsed<bool> set_tracker_setting(TrackerSettings& settings, const TrackerSettingsKey& key,
                                 std::string_view value);
std::string tracker_setting_text(const TrackerSettings& settings, const TrackerSettingsKey& key);
// Copies the reloadable keys of `from`, its list of contents and its contacts. All else stays.
void reload_tracker_settings(TrackerSettings& settings, const TrackerSettings& from);

// Two keys that contradict each other: the key to blame, and a sentence for the user. The key is
// empty if there is no contradiction.
struct TrackerSettingsConflict {
  std::string_view key;
  std::string sentence;
};
TrackerSettingsConflict find_conflict(const TrackerSettings& settings);

}  // namespace swarm
