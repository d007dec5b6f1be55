// Which unit a duration probably has that was written without one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm {

// A sentence like "`80` has no unit, write 80ms (...)"; nothing for a text that is no number, or no
// range of numbers. Of ms and s the one is named that is possible within low..high; where both are,
// the one that comes nearer to `standard`, and s where that is zero. A deviation counts like its
// absolute value.
std::optional<std::string> missing_unit(std::string_view text, Duration low, Duration high,
                                        Duration standard = {});

}  // namespace swarm
