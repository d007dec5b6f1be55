#include "transport/udp/net/address_watch.hpp"

namespace swarm::udp {
namespace {

constexpr Duration between_looks = 1s;

}  // namespace

// Once the address was lost, the socket must be replaced even if the same address comes back. The
// address may be on another interface then, or the interface may have been made anew. In both cases
// the old socket can no longer send to a group.
AddressWatch::Change AddressWatch::look(Time now, const Ip& bound) {
  if (now < next_look_) return {};
  next_look_ = now + between_looks;
  Change change;
  const auto holder = holder_(bound);
  if (!lost_ && (!holder || holder != held_by_)) lost_ = change.lost = true;
  if (lost_) change.next = choose_();
  return change;
}

void AddressWatch::bound_to(const Ip& ip) {
  held_by_ = holder_(ip);
  lost_ = false;
}

}  // namespace swarm::udp
