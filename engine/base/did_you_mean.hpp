// Suggests the known word that a user probably meant by an unknown word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace swarm {

// Returns the end of a message: ", did you mean `keep_alive`?" if a known word is similar;
// otherwise ", known are a, b, c" if there are few of them, or "" if there are many.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace swarm
