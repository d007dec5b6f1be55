// Records what a group does as readable text: datagrams, events, changes of role and term, and
// writes to disk. A line has the time in milliseconds, the member, and what the member does.
//
// Datagrams that only repeat an earlier one, such as KEEP-ALIVE, its acknowledgement and STATUS,
// are only counted. One line at the end has the counts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/engine/consensus/group.hpp"

namespace swarm::test {

class Transcript final : public Onlooker {
 public:
  // `group` must outlive the transcript. The times in the transcript count from this call.
  void begin(const Group& group) {
    group_ = &group;
    zero_ = group.now();
  }
  void show(const std::string& text);  // adds lines of the caller
  std::string take();                  // returns the text since the last call

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
  // The text of the last datagram of each sender, receivers and kind.
  std::map<std::string, std::string> said_;
  std::map<std::string, std::size_t> repeated_;  // number of repeated datagrams, by kind
};

// Returns the name that the protocol gives to the message: PREPARE.
std::string name_of(const wire::Body& body);
// Returns the index of the message with this name in wire::Body. Throws if there is none.
std::size_t message_of(const std::string& name);

}  // namespace swarm::test
