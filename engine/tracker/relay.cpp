#include "engine/tracker/relay.hpp"

#include "engine/tracker/parts.hpp"

namespace swarm {

void Relay::answer_relayed(const Asker& asker, Bytes answer) {
  wire::RelayPart part{asker.relay, 0, 1};
  part.parts = static_cast<std::uint8_t>((answer.size() + wire::relay_part - 1) / wire::relay_part);
  for (; part.part < part.parts; ++part.part) {
    const auto some = answer.first(std::min(answer.size(), wire::relay_part));
    p_.send(asker.slave, wire::RelayReply{part, some});
    answer = answer.subspan(some.size());
  }
}

}  // namespace swarm
