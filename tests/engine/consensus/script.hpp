// Runs a group by commands, one per line. The transcripts in tests/golden use these commands:
//
//   group N [KEY=VALUE]...   makes members 1 to N, with member 1 as the master
//   empty [KEY=VALUE]...     makes a group without members
//   start N HOW              starts N on an empty disk; HOW is bootstrap, init or join
//   crash N                  kills N; writes that are not durable are lost
//   restart N                starts N on the disk that it left
//   die N                    kills N, and its supervisor tells the other members
//   add N VALUE              adds VALUE to the counter, at the master N
//   fill N TIMES             adds 1 so many times, 20 ms apart; not in the transcript
//   hand-over N, leave N, stop N, remove M at N
//                            gives this order to N
//   cut A B, cut A > B       cuts the network both ways, or from A to B only
//   isolate N                cuts N off from all others
//   heal                     ends all cuts
//   lose A > B MESSAGE       loses the next MESSAGE from A to B
//   hold-log N, hold-ballot N
//                            makes a disk of N report nothing until `report N`
//   pass TIME                lets time pass: 50ms, 2s
//   settle                   waits until all members have applied the master's log
//   until N ROLE             waits until N has this role; with `serves`, until N may answer
//   show                     prints a line for each member
//
// The keys are pre_vote (on, off), rank_delay, status_interval, stabilisation (times) and log_keep
// (blocks).
#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "tests/engine/consensus/group.hpp"
#include "tests/engine/consensus/transcript.hpp"

namespace swarm::test {

class Script {
 public:
  // Throws std::runtime_error if there is no such command, if a member rejects the order, or if a
  // wait takes longer than ten seconds.
  void carry_out(const std::string& command);
  // Returns the transcript since the last call.
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
