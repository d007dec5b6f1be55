// A client that waits for an answer, and the way that the answer takes.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/outbox.hpp"

namespace swarm {

struct Requester {
  Endpoint client;  // the source of its datagram, or of its TCP connection
  Time arrived{};   // when its request reached the tracker that it asked, by this tracker's clock
  Channel channel = Channel::peers;  // or http
  MemberId slave{};       // the slave that it asked and that relays; zero: it asked this tracker
  std::uint64_t relay{};  // the number of its request at that slave
  bool multicast{};       // it asked the group: the other trackers have its request, too
};

// Sends the answer to a relayed request back to its slave. The relay implements it.
class RelayedAnswers {
 public:
  virtual ~RelayedAnswers() = default;
  virtual void answer_relayed(const Requester& requester, Bytes answer) = 0;
};

}  // namespace swarm
