// A group that is driven by commands, a line each, as the transcripts in tests/golden have them:
//
//   group N [KEY=VALUE]...   members 1 to N, with 1 as the master
//   empty [KEY=VALUE]...     nobody yet
//   start N HOW              on an empty disk: bootstrap, init, join
//   crash N, restart N       what is not durable is lost
//   die N                    a crash, and its supervisor tells the others
//   add N VALUE              at the master N
//   fill N TIMES             the same, 1 each time, 20 ms apart; it is not told
//   hand-over N              the order is given at N; so are
//   remove M at N, leave N, stop N
//   cut A B, cut A > B       both ways, one way
//   isolate N, heal
//   lose A > B MESSAGE       the next one
//   hold-log N, hold-ballot N, report N
//   pass TIME                50ms, 2s
//   settle                   until all have what the master has
//   until N ROLE             until that is its role; `serves`: until N may answer
//   show                     a line for each member
//
// Keys: pre_vote (on, off), rank_delay, status_interval, stabilisation (times), log_keep (blocks).
#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "tests/engine/consensus/group.hpp"
#include "tests/engine/consensus/transcript.hpp"

namespace swarm::test {

class Script {
 public:
  // Throws std::runtime_error when there is no such command, or what it waits for does not come
  // within ten seconds.
  void carry_out(const std::string& command);
  // What happened since the last call.
  std::string take() { return transcript_.take(); }

 private:
  void make_group(std::istringstream& in, Place members);
  bool live(const std::string& verb, std::istringstream& in);
  bool order(const std::string& verb, std::istringstream& in);
  bool disturb(const std::string& verb, std::istringstream& in);
  bool wait(const std::string& verb, std::istringstream& in);
  void fill(Place n, std::uint32_t times);
  std::string show() const;

  Transcript transcript_;
  std::unique_ptr<Group> group_;
};

}  // namespace swarm::test
