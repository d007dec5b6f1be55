// Checks once a second whether this host still has the address that a socket is bound to, on the
// same interface. A host that changes its network, gets a new DHCP lease or replaces an interface
// loses the address without notice. It may have the address again before the next check.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm::udp {

class AddressWatch {
 public:
  // `holder` returns the index of the interface that has the given address now; none if no
  // interface has it. `choose` returns the address that a new socket should use now, if any.
  using Holder = std::function<std::optional<unsigned>(const Ip&)>;
  using Choose = std::function<std::optional<std::uint32_t>()>;
  AddressWatch(Holder holder, Choose choose)
      : holder_(std::move(holder)), choose_(std::move(choose)) {}

  // Call this when a socket has just been bound to `ip`. It remembers the interface.
  void bound_to(const Ip& ip);

  struct Change {
    bool lost{};  // this call of look() found that the address is lost
    // The address to bind to instead. Each look repeats it until the caller calls bound_to().
    std::optional<std::uint32_t> next;
  };
  // Call this often; it checks at most once a second. `bound` is the socket's address.
  Change look(Time now, const Ip& bound);
  bool is_lost() const { return lost_; }

 private:
  Holder holder_;
  Choose choose_;
  Time next_look_ = Time::min();
  std::optional<unsigned> held_by_;  // the interface that had the address at bound_to()
  bool lost_ = false;
};

}  // namespace swarm::udp
