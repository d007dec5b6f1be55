// The table of all keys of TrackerSettings that a user may set. The section `tracker:` of
// scenarios, `sweep --vary tracker.keep_alive=...` and the daemon's configuration use the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/quantity.hpp"
#include "engine/tracker/settings.hpp"

namespace swarm {

struct DrawnRange {};  // the Member of the key that sets both drawn_min and drawn_max
using FirstStartChoice = decltype(TrackerSettings::first_start);

struct TrackerSettingsKey {
  using Member = std::variant<Duration TrackerSettings::*, std::uint32_t TrackerSettings::*,
                              std::uint64_t TrackerSettings::*, bool TrackerSettings::*,
                              ElectionOrder TrackerSettings::*, FirstStartChoice TrackerSettings::*,
                              ReadyPolicy TrackerSettings::*, DrawnRange>;
  std::string_view name;     // "keep_alive"
  std::string_view unit;     // "duration", "count", "size", "true or false", "ranked or drawn", ...
  std::string_view meaning;  // of the key, in one sentence
  Member member;
  // Inclusive bounds: nanoseconds for durations, bytes for sizes, plain numbers for counts.
  std::int64_t low{}, high{};
  // True: Tracker::reload() applies a new value. The value of any other key must be agreed upon
  // with the other members, or is used only at the start.
  bool reloadable = false;
};

// The keys in the order of TrackerSettings, without the addresses and the secret.
const std::vector<TrackerSettingsKey>& tracker_settings_keys();
const TrackerSettingsKey* find_tracker_settings_key(std::string_view name);  // nullptr: no such key

// Returns true, or a sentence that tells the user why `value` is not a valid value of the key.
Parsed<bool> set_tracker_setting(TrackerSettings& settings, const TrackerSettingsKey& key,
                                 std::string_view value);
std::string tracker_setting_text(const TrackerSettings& settings, const TrackerSettingsKey& key);
// Copies the values of the reloadable keys, the list of contents and the contacts from `from` to
// `settings`. The other settings do not change.
void reload_tracker_settings(TrackerSettings& settings, const TrackerSettings& from);

// A contradiction between two keys: the key to blame, and a sentence for the user. If there is no
// contradiction, the key is empty.
struct TrackerSettingsConflict {
  std::string_view key;
  std::string sentence;
};
TrackerSettingsConflict find_conflict(const TrackerSettings& settings);

}  // namespace swarm
