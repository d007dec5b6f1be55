// Guesses the unit of a duration that a user wrote without one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm {

// Returns a sentence like "`80` has no unit, write 80ms (...)", or nothing if `text` is neither a
// number nor a range of numbers. Of ms and s, the sentence names the unit that gives a value within
// low..high. If both do, it names the unit that comes nearer to `standard`, or s if `standard` is
// zero. The comparison with `standard` ignores signs.
std::optional<std::string> missing_unit(std::string_view text, Duration low, Duration high,
                                        Duration standard = {});

}  // namespace swarm
