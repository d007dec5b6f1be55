// The version of this program. CMakeLists.txt reads it from here, so no other file states it.
#pragma once

namespace swarm {

inline constexpr auto version = "0.1.0";

}  // namespace swarm
