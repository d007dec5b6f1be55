// One table of every key of TrackerSettings that a user may set: the section `tracker:` of
// scenarios, `sweep --vary tracker.keep_alive=...`, and the daemon's configuration read the same
// one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/quantity.hpp"
#include "engine/tracker/settings.hpp"

namespace swarm {

struct DrawnRange {};  // drawn_min and drawn_max, one key
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
  // Bounds, both included: in nanoseconds for durations, in bytes for sizes, plain for counts.
  std::int64_t low{}, high{};
  // Tracker::reload() takes it over. The others are agreed upon with other members, or have effect
  // at the start only.
  bool reloadable = false;
};

// In the order of TrackerSettings; addresses and the secret are not among them.
const std::vector<TrackerSettingsKey>& tracker_settings_keys();
const TrackerSettingsKey* find_tracker_settings_key(std::string_view name);  // or nullptr

// True, or a sentence: not a value of that key, out of its bounds.
Parsed<bool> set_tracker_setting(TrackerSettings& settings, const TrackerSettingsKey& key,
                                 std::string_view value);
std::string tracker_setting_text(const TrackerSettings& settings, const TrackerSettingsKey& key);
// Every reloadable key of `from`, its list of contents and its contacts; the others stay.
void reload_tracker_settings(TrackerSettings& settings, const TrackerSettings& from);

// Two keys that contradict each other: the key to blame and a sentence; an empty key: none do.
struct TrackerSettingsConflict {
  std::string_view key;
  std::string sentence;
};
TrackerSettingsConflict find_conflict(const TrackerSettings& settings);

}  // namespace swarm
