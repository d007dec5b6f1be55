// Replaces the secret of the connection ids from time to time (R26). So an attacker who overhears
// an id, or finds a secret from many ids, can use it only for a short time.
#pragma once

#include "engine/consensus/mastership.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"

namespace swarm {

class SecretRotation {
 public:
  // The arguments must outlive this object.
  SecretRotation(Mastership& core, const AnsweringSettings& settings, const Secret& swarm_secret,
                 bool speaks_previous, PeerInfoSender& sender)
      : core_(core),
        settings_(settings),
        swarm_secret_(swarm_secret),
        speaks_previous_(speaks_previous),
        sender_(sender) {}

  void begin_serving();  // this tracker begins to serve as master (R5)
  // Called regularly. If the next secret is due, a master proposes the CONFIG with it.
  void review();
  // Gives the secrets of the CONFIG in force to the sender. While the CONFIG of a master is not
  // committed, its sender keeps the former secrets. Otherwise the CONFIG could be lost, and no
  // tracker would accept the ids that were made with its new secret.
  void use_secrets();

 private:
  bool is_due() const;

  Mastership& core_;
  const AnsweringSettings& settings_;
  const Secret& swarm_secret_;
  bool speaks_previous_;  // ConsensusSettings::previous_protocol
  PeerInfoSender& sender_;
  SwarmTime serving_since_;
};

}  // namespace swarm
