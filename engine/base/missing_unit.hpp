// Guesses the unit of a duration that a user wrote without one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm {

// Returns a sentence like "`80` has no unit, write 80ms (...)", or nothing if `text` is neither a
// number nor a range of numbers. The sentence suggests ms or s. If only one of these units puts the
// value within low..high, it suggests that unit. If both do, it suggests the unit whose value is
// nearer to `standard` (ignoring signs), or s if `standard` is zero. If neither does, it
// suggests s.
std::optional<std::string> missing_unit(std::string_view text, Duration low, Duration high,
                                        Duration standard = {});

}  // namespace swarm
