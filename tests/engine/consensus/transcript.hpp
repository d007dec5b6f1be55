// What a group does, as lines to read: who sends what to whom, events, changes of role and term,
// what is written. A line has the time in milliseconds, who it is, and what it does.
//
// Datagrams that only repeat what was said before (KEEP-ALIVE and its acknowledgement, STATUS and
// what goes with it) are counted, and told in one line at the end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {

class Transcript final : public Onlooker {
 public:
  // It outlives the transcript. Times are told from now on.
  void begin(const Group& group) {
    group_ = &group;
    zero_ = group.now();
  }
  void show(const std::string& text);  // lines of another kind
  std::string take();                  // all since the last call

  void happened(Place n, const Event& event) override;
  void told(Place n, const std::string& what) override;
  void writes(Place n, const db::Ballot& before, const db::Ballot& ballot) override;
  void writes(Place n, const db::TrackerWrite& write) override;
  void sends(Place n, const std::vector<Receiver>& to, const wire::Message& message) override;

 private:
  void count();
  void line(const std::string& who, const std::string& what);

  const Group* group_ = nullptr;
  Time zero_{};
  std::string lines_;
  std::map<std::string, std::string> said_;      // by sender, receivers and kind: what, last
  std::map<std::string, std::size_t> repeated_;  // datagrams, by kind
};

// As the protocol names it: PREPARE.
std::string name_of(const wire::Body& body);
// Its index among the messages; throws when there is none of that name.
std::size_t message_of(const std::string& name);

}  // namespace swarm::test
