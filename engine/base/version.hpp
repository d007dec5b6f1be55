// The version of what is built. CMakeLists.txt reads it here, so that it stands in one place.
#pragma once

namespace swarm {

inline constexpr auto version = "0.1.0";

}  // namespace swarm
