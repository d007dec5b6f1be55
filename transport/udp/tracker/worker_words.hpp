// Forms the worker's sentences for the log.
#pragma once

#include <string>

namespace swarm::udp {

// Joins the lines of a text into one line, because each entry of the log is one line.
std::string in_one_line(std::string text);

}  // namespace swarm::udp
