// Whether the address that a socket is bound to is still one of this host's, and of the same
// interface: it is looked at once a second. Another network, another lease of DHCP or a new
// interface takes it away without a word, and may give it back before anybody has looked.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm::udp {

class AddressWatch {
 public:
  // `holder`: the number of the interface that has an address now, none: no interface of this host
  // has; `choose`: which address to use, none: there is none now.
  using Holder = std::function<std::optional<unsigned>(const Ip&)>;
  using Choose = std::function<std::optional<std::uint32_t>()>;
  AddressWatch(Holder holder, Choose choose)
      : holder_(std::move(holder)), choose_(std::move(choose)) {}

  // A socket has been bound to this address of the host, just now: its interface is looked up.
  void bound_to(const Ip& ip);

  struct Change {
    bool lost{};                        // just now
    std::optional<std::uint32_t> next;  // what to bind to instead: told until bound_to()
  };
  // To be called often; `bound`: the socket's address.
  Change look(Time now, const Ip& bound);
  bool is_lost() const { return lost_; }

 private:
  Holder holder_;
  Choose choose_;
  Time next_look_ = Time::min();
  std::optional<unsigned> held_by_;  // when it was bound to
  bool lost_ = false;
};

}  // namespace swarm::udp
