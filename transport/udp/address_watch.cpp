#include "transport/udp/address_watch.hpp"

namespace swarm::udp {
namespace {

constexpr Duration between_looks = 1s;

}  // namespace

// Once it was lost the socket is given up, even when the same address comes back: it may be of
// another interface, through which this socket sends nothing to a group.
AddressWatch::Change AddressWatch::look(Time now, const Ip& bound) {
  if (now < next_look_) return {};
  next_look_ = now + between_looks;
  Change change;
  if (!lost_ && !is_own_(bound)) lost_ = change.lost = true;
  if (lost_) change.next = choose_();
  return change;
}

}  // namespace swarm::udp
