#include "engine/consensus/group_hearing.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"

namespace swarm {
namespace {

// One datagram that this tracker hears outweighs this many that it misses. So losses by chance make
// no tracker deaf.
constexpr std::int64_t outweighs = 8;
// This many missed datagrams, in this many reports, are more than chance.
constexpr std::int64_t enough = 6;
constexpr unsigned enough_reports = 3;
// The highest value of `missed`. It lets three received datagrams end a deafness.
constexpr std::int64_t most_missed = 24;
// A single witness counts only after `deaf_after` times this number, because the fault may be its
// own.
constexpr int patience_with_one = 10;

std::int64_t bounded(std::uint64_t count) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count, most_missed));
}

}  // namespace

GroupHearing::Other& GroupHearing::of(MemberId id) {
  for (auto& other : others_)
    if (other.id == id) return other;
  others_.emplace_back().id = id;
  return others_.back();
}

const GroupHearing::Other* GroupHearing::find(MemberId id) const {
  const auto found =
      std::find_if(others_.begin(), others_.end(), [id](const Other& o) { return o.id == id; });
  return found == others_.end() ? nullptr : &*found;
}

bool GroupHearing::is_deaf(MemberId member) const {
  const auto* other = find(member);
  return other != nullptr && other->deaf;
}

bool GroupHearing::is_there(MemberId id) const {
  const auto* member = s_.config().find(id);
  if (member == nullptr || id == s_.self()) return false;
  const auto& state = s_.members.of(id);
  return !state.dead && state.heard != Time::min() &&
         s_.now - state.heard <= 3 * s_.settings.status_interval;
}

bool GroupHearing::hears(MemberId member) const {
  const auto* other = find(member);
  return other != nullptr && other->hears_more && !other->deaf && is_there(member);
}

void GroupHearing::on_hearing(const wire::Header& from, const wire::Hearing& m) {
  auto& other = of(from.from);
  other.deaf = m.deaf != 0;
  if (other.boot != from.boot) {  // another process, whose count begins anew
    const bool deaf = other.deaf;
    other = Other{};
    other.id = from.from;
    other.boot = from.boot;
    other.deaf = deaf;
  } else if (m.heard < other.told) {
    return;  // a later report has overtaken this one
  } else {
    SWARM_ASSERT(heard_ >= other.own, "the count of the group's datagrams never decreases");
    note(other, m.heard - other.told, heard_ - other.own);
  }
  other.told = m.heard;
  other.own = heard_;
}

void GroupHearing::note(Other& other, std::uint64_t theirs, std::uint64_t own) const {
  other.missed = std::clamp<std::int64_t>(other.missed + bounded(theirs) - outweighs * bounded(own),
                                          0, most_missed);
  if (other.missed == 0) {
    other.since = other.last = never;
    other.reports = 0;
    other.hears_more = false;
    return;
  }
  if (theirs <= own) return;  // this report shows nothing that was missed
  if (other.since == never) other.since = s_.now;
  other.last = s_.now;
  ++other.reports;
  if (other.missed >= enough && other.reports >= enough_reports &&
      other.last - other.since >= s_.settings.deaf_after)
    other.hears_more = true;
}

std::size_t GroupHearing::witnesses() const {
  std::size_t count = 0;
  for (const auto& other : others_) count += other.hears_more && is_there(other.id);
  return count;
}

// A single member that hears more may be an exception. Peers may reach it by another network, for
// example. So a tracker counts as deaf only if two members are witnesses. One witness is enough if
// no other member lives, or if that member stays a witness for long. A deaf tracker stays deaf
// until it has no witness.
void GroupHearing::judge() {
  const auto count = witnesses();
  std::size_t others = 0;
  for (const auto& member : s_.config().members) others += is_there(member.id);
  const bool for_long = std::any_of(others_.begin(), others_.end(), [&](const Other& o) {
    return o.hears_more && is_there(o.id) &&
           o.last - o.since >= patience_with_one * s_.settings.deaf_after;
  });
  const bool deaf = deaf_ ? count > 0 : count >= 2 || (count == 1 && (others == 1 || for_long));
  if (deaf == deaf_) return;
  deaf_ = deaf;
  if (deaf)
    s_.event(event::GroupUnheard{static_cast<std::uint32_t>(count)});
  else
    s_.event(event::GroupHeard{});
}

void GroupHearing::tell() {
  // A deaf tracker tells the others in each review. A report may be lost, and the master ranks its
  // successors by these reports.
  if (heard_ == told_ && deaf_ == told_deaf_ && !deaf_) return;
  told_ = heard_;
  told_deaf_ = deaf_;
  s_.broadcast(wire::Hearing{heard_, deaf_});
}

bool GroupHearing::review(bool takes_requests) {
  judge();
  tell();
  return deaf_ && s_.is_master() && takes_requests && gives_way();
}

void GroupHearing::won(Cause cause) {
  // This tracker may have got the mastership from another deaf master, and must not give it back at
  // once.
  if (cause == Cause::handed_over)
    rests_until_ = std::max(rests_until_, s_.now + s_.settings.deaf_hand_over);
}

bool GroupHearing::gives_way() {
  SWARM_ASSERT(s_.is_master(), "only a master gives way (R27)");
  // A deaf master hands over once in deaf_hand_over. Otherwise a fault in the network could move
  // the mastership round and round.
  if (s_.now < rests_until_) return false;
  const auto able = [this](const Member& m) {
    return m.standing == Standing::voter && hears(m.id);
  };
  const auto& members = s_.config().members;
  if (std::none_of(members.begin(), members.end(), able)) return false;
  rests_until_ = s_.now + s_.settings.deaf_hand_over;
  s_.event(event::DeafHandOver{s_.term()});
  return true;
}

}  // namespace swarm
