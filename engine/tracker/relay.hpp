// The relay (docs/PROTOCOL.md): any instance's address works, though only the master answers. A
// slave passes a request that a client sent to it alone on to the master (RELAY), and sends what
// the master says (RELAY_REPLY) to the client, from where it was asked. While there is no master
// the request waits, and goes to the next one. Never relayed twice, bounded in number and age.
#pragma once

#include "engine/tracker/asker.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

struct Parts;

class Relay final : public RelayedAnswers {
 public:
  explicit Relay(Parts& parts) : p_(parts) {}

  // Master's side.
  void answer_relayed(const Asker& asker, Bytes answer) override;

 private:
  Parts& p_;
};

}  // namespace swarm
