// For messages about an unknown word: suggests the known word that the user probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace swarm {

// Returns the end of a message. If a known word is similar to `word`, that is ", did you mean
// `keep_alive`?". Otherwise it is a list of the known words, ", known are a, b, c", or "" if there
// are more than 12.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace swarm
