// Finds out whether this tracker is deaf, which means that datagrams which peers send to the group
// do not reach it (R27). A switch may have forgotten the tracker's port, or a firewall may drop the
// group's datagrams. A deaf tracker and the other members still hear each other, but peers that ask
// the group do not reach it. Members tell each other how many datagrams of the group they have
// received. A tracker is deaf if it receives next to none of the datagrams that others receive. A
// deaf master hands over to a member that hears the group. A master ranks deaf slaves last among
// its successors.
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

  void heard_one() { ++heard_; }                  // a datagram to the group has come
  std::uint64_t heard() const { return heard_; }  // the number of group datagrams since the start
  bool deaf() const { return deaf_; }             // as of the last review
  bool is_deaf(MemberId member) const;            // the member has reported that it is deaf
  // True: the member is alive, is not deaf, and receives many group datagrams that this tracker
  // misses.
  bool hears(MemberId member) const;
  void on_hearing(const wire::Header& from, const wire::Hearing& m);
  // Called with each STATUS. Decides whether this tracker is deaf, and tells the others. True: this
  // is a deaf master that takes requests, and it must now hand over to a member that hears the
  // group.
  bool review(bool takes_requests);
  void won(Cause cause);  // this member has won an election

 private:
  // Another member's count of the group's datagrams, compared with this tracker's.
  struct Other {
    MemberId id;
    BootId boot;
    // The member's count in its last report; this tracker's count then.
    std::uint64_t told{}, own{};
    std::int64_t missed{};  // R27's *missed*: about how many datagrams only it received
    unsigned reports{};     // since `since`: reports of more datagrams than came here
    Time since = never;     // when the first of these reports came
    Time last = never;      // when the last of these reports came
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
