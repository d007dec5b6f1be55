// Assertions stay on in release builds, so that a bug ends the node before it can harm the node's
// data. The simulator catches AssertionFailed and names the node and the time. On a real host,
// AssertionFailed ends the process.
#pragma once

#include <stdexcept>
#include <string>

namespace swarm {

struct AssertionFailed : std::logic_error {
  using std::logic_error::logic_error;
};

[[noreturn]] inline void assertion_failed(const char* file, int line, const char* condition,
                                          const char* sentence) {
  throw AssertionFailed(std::string(file) + ":" + std::to_string(line) + ": " + sentence +
                        " (not: " + condition + ")");
}

}  // namespace swarm

#define SWARM_ASSERT(condition, sentence)                                                       \
  do {                                                                                          \
    if (!(condition)) ::swarm::assertion_failed(__FILE_NAME__, __LINE__, #condition, sentence); \
  } while (false)
