// The way of messages between trackers. A replica sends its messages through Links, and its tracker
// gives received datagrams to Links first.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/outbox.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class Links {
 public:
  virtual ~Links() = default;

  // Sends the message to each address, in the present step. Boot and store of the header are those
  // of this process. A message may wait a little until there is a session with the receiver. DEAD
  // and UNVERIFIED leave at once, outside of any session.
  virtual void send(Time now, Outbox& out, std::span<const Endpoint> to, const wire::Header& header,
                    const wire::Body& body) = 0;

  // Nothing: the datagram has no message for a replica. An error: it was dropped. Views in the
  // message are valid until the next call, and as long as the datagram.
  virtual tl::expected<std::optional<wire::Message>, Reject> receive(Time now, Outbox& out,
                                                                     const Endpoint& from,
                                                                     Bytes datagram) = 0;

  // A process with which there is a session, and which is no member of a swarm.
  struct Newcomer {
    Endpoint address;
    StoreId store;
    Time heard;
  };
  virtual std::vector<Newcomer> newcomers() const = 0;
};

}  // namespace swarm
