// A client that waits for an answer, and the way that the answer must take.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/node/outbox.hpp"

namespace swarm {

struct Requester {
  Endpoint client;  // the source of its datagram, or of its TCP connection
  Time arrived{};   // when the request reached the first tracker, by this tracker's clock
  Channel channel = Channel::peers;  // peers (UDP) or http
  MemberId slave{};       // the slave that relays the request; zero: the client asked this tracker
  std::uint64_t relay{};  // the number that the slave gave the request
  bool multicast{};       // sent to the group, so that the other trackers have it, too
};

// Call it when this tracker drops a client's request, or gives it up. A client over HTTP holds a
// connection open for its answer. So it gets an empty answer, which its host turns into a refusal.
// Over UDP nothing waits but the client, which asks again by itself.
inline void refuse_http(const Requester& requester, Outbox& out) {
  if (requester.channel == Channel::http) out.send(Channel::http, requester.client, {});
}

// Sends the answer to a relayed request back to the slave. The Relay implements this interface.
class RelayedAnswers {
 public:
  virtual ~RelayedAnswers() = default;
  virtual void answer_relayed(const Requester& requester, Bytes answer) = 0;
};

}  // namespace swarm
