// Which addresses this peer may call, although they have not answered yet. A tracker may lie: it
// may name an address that never asked for anything, with any number of ports, and name it to many
// peers. So an address that has not answered is called on few ports at a time, and it rests for
// longer and longer when they have not answered. Until it answers, each later call sends fewer
// hellos.
#pragma once

#include <map>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

class Reach {
 public:
  static constexpr std::uint32_t calls_at_once = 4;  // to one address
  static constexpr std::uint8_t first_hellos = 6, later_hellos = 2;
  static constexpr Duration first_rest = 1s, longest_rest = 30s;  // it doubles
  static constexpr std::size_t most_addresses = 4096;

  // The time from which this address may be called. It may be now.
  Time may_call(Time now, const Ip& address) const;
  // This peer calls a port of the address. Returns how many hellos it may send.
  std::uint8_t call(const Ip& address);
  // How the call ended. The caller tells it once for each call.
  void answered(const Ip& address);
  void failed(Time now, const Ip& address);
  // This peer gave the call up.
  void cancelled(const Ip& address);

  std::size_t addresses() const { return addresses_.size(); }

 private:
  struct Address {
    std::uint32_t calling = 0;  // calls under way
    std::uint32_t rests = 0;    // since it last answered
    Time rests_until{};
  };

  void make_room();

  std::map<Ip, Address> addresses_;  // by Ip::network()
};

// False: no peer can listen at this address, so it is not called. `tracker` has named the address.
bool may_be_peer(const Endpoint& peer, const Endpoint& tracker);

}  // namespace swarm
