#include "transport/udp/tracker/worker_words.hpp"

namespace swarm::udp {

std::string in_one_line(std::string text) {
  for (std::size_t end = 0; (end = text.find('\n', end)) != std::string::npos; end += 2)
    text.replace(end, 1, "; ");
  return text;
}

}  // namespace swarm::udp
