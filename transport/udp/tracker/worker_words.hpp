// The wording of the worker's sentences.
#pragma once

#include <string>

namespace swarm::udp {

// Joins the lines of a text into one for the log, where each line is one sentence.
std::string in_one_line(std::string text);

}  // namespace swarm::udp
