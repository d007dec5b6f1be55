// Decides which membership changes are logged for the operator. An instance that catches up applies
// all past CONFIGs one after the other. Only the last one is reported, when the instance has caught
// up.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/consensus/invariants.hpp"
#include "engine/node/events.hpp"
#include "engine/node/member_report.hpp"

namespace swarm::udp {

class MembershipNews {
 public:
  void changed(const event::ConfigChanged& config) { waiting_ = config; }
  bool waits() const { return waiting_.has_value(); }
  // Returns the change that is to be reported now; each change is returned at most once.
  std::optional<event::ConfigChanged> take(const TrackerView& view,
                                           const std::vector<MemberReport>& members) {
    if (!waiting_ || !is_up_to_date(view, members)) return std::nullopt;
    return std::exchange(waiting_, std::nullopt);
  }

 private:
  // A slave is up to date if its log reaches as far as the master last said that its own does.
  static bool is_up_to_date(const TrackerView& view, const std::vector<MemberReport>& members) {
    if (view.role == Role::master) return true;
    return std::any_of(members.begin(), members.end(), [&](const MemberReport& m) {
      return view.master && m.member.id == view.master && m.last_heard && m.told.last &&
             view.last >= m.told.last;
    });
  }

  std::optional<event::ConfigChanged> waiting_;
};

}  // namespace swarm::udp
