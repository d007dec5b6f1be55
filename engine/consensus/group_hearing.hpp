// Who hears what peers send to the group (R27). A switch may forget one port, a firewall drop the
// group's datagrams: such a tracker hears the others and is heard by them, but peers that ask the
// group do not reach it. Members tell each other how much of the group they have heard. Who hears
// next to nothing of what others hear is deaf: as the master it hands over to one that hears, and
// as a slave it is named behind those that do.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/replica_state.hpp"
#include "engine/node/events.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class GroupHearing {
 public:
  explicit GroupHearing(ReplicaState& state) : s_(state) {}

  void heard_one() { ++heard_; }                  // a datagram that was sent to the group
  std::uint64_t heard() const { return heard_; }  // since the start
  bool deaf() const { return deaf_; }             // as of the last review
  bool is_deaf(MemberId member) const;            // as that member says itself
  bool hears(MemberId member) const;              // much that this one does not, and is there
  void on_hearing(const wire::Header& from, const wire::Hearing& m);
  // With each STATUS: tells the others, and judges. True: a master that takes requests is deaf, and
  // hands over now to one that hears.
  bool review(bool takes_requests);
  void won(Cause cause);  // the election

 private:
  // What another member has heard, against what was heard here between two of its reports.
  struct Other {
    MemberId id;
    BootId boot;
    std::uint64_t told{}, own{};  // its count at its last report, and the own one then
    std::int64_t missed{};        // of what it heard, not heard here; see note()
    unsigned reports{};           // of such datagrams, since `since`
    Time since = never;           // `missed` is above zero
    Time last = never;            // of these reports
    bool hears_more{}, deaf{};
  };
  Other& of(MemberId id);
  const Other* find(MemberId id) const;
  void note(Other& other, std::uint64_t theirs, std::uint64_t own) const;
  bool is_there(MemberId id) const;
  std::size_t witnesses() const;
  void judge();
  void tell();
  bool gives_way();

  ReplicaState& s_;
  std::uint64_t heard_ = 0;
  std::uint64_t told_ = 0;
  bool deaf_ = false, told_deaf_ = false;
  Time rests_until_ = Time::min();
  std::vector<Other> others_;
};

}  // namespace swarm
