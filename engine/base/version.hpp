// The version of this program. CMakeLists.txt reads it from here, so that only this file has it.
#pragma once

namespace swarm {

inline constexpr auto version = "0.1.0";

}  // namespace swarm
