// How the worker's sentences are put.
#pragma once

#include <string>

namespace swarm::udp {

// The lines of a text, for a log, in which a sentence is a line.
std::string in_one_line(std::string text);

}  // namespace swarm::udp
