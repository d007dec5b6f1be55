// Watches whether this host still has the address that a socket is bound to, on the same interface.
// It looks once a second. Another network, another DHCP lease or a replaced interface takes the
// address away without notice, and may give it back before the next look.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm::udp {

class AddressWatch {
 public:
  // `holder` returns the index of the interface that has the address now, or none. `choose` returns
  // the address to use now, or none.
  using Holder = std::function<std::optional<unsigned>(const Ip&)>;
  using Choose = std::function<std::optional<std::uint32_t>()>;
  AddressWatch(Holder holder, Choose choose)
      : holder_(std::move(holder)), choose_(std::move(choose)) {}

  // Call this when a socket has just been bound to `ip`. It remembers the interface.
  void bound_to(const Ip& ip);

  struct Change {
    bool lost{};                        // the address was lost just now
    std::optional<std::uint32_t> next;  // the address to bind to instead; repeated until bound_to()
  };
  // To be called often. `bound` is the socket's address.
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
