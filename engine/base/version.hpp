// The version of this program. CMakeLists.txt reads it from here, so the build has no other copy.
#pragma once

namespace swarm {

inline constexpr auto version = "0.1.0";

}  // namespace swarm
