// The known word that was probably meant by an unknown one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace swarm {

// ", did you mean `keep_alive`?" or ", known are a, b, c" (few) or "" (many and none is near).
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace swarm
