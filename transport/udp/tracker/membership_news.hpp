// Decides which membership changes the log reports. An instance that catches up reads all past
// CONFIGs one after the other. Only the last one is news, and only when everything has been read.
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
  // The change to report now; returned once.
  std::optional<event::ConfigChanged> take(const TrackerView& view,
                                           const std::vector<MemberReport>& members) {
    if (!waiting_ || !is_up_to_date(view, members)) return std::nullopt;
    return std::exchange(waiting_, std::nullopt);
  }

 private:
  // Until the master has said how far its log reaches, nobody knows whether this instance is up to
  // date.
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
