// Whether the address that a socket is bound to is still one of this host's: it is looked at once a
// second. Another network, another lease of DHCP or a new interface takes it away without a word.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/clock.hpp"
#include "engine/types.hpp"

namespace swarm::udp {

class AddressWatch {
 public:
  // `is_own`: an address of this host's; `choose`: which one to use, none: there is none now.
  using IsOwn = std::function<bool(const Ip&)>;
  using Choose = std::function<std::optional<std::uint32_t>()>;
  AddressWatch(IsOwn is_own, Choose choose)
      : is_own_(std::move(is_own)), choose_(std::move(choose)) {}

  struct Change {
    bool lost{};                        // just now
    std::optional<std::uint32_t> next;  // what to bind to instead: told until moved()
  };
  // To be called often; `bound`: the socket's address.
  Change look(Time now, const Ip& bound);
  void moved() { lost_ = false; }  // a socket is bound to an address of this host again

 private:
  IsOwn is_own_;
  Choose choose_;
  Time next_look_ = Time::min();
  bool lost_ = false;
};

}  // namespace swarm::udp
