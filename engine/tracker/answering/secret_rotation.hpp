// Replaces the secret of the connection ids from time to time (R26). An id that was overheard, or a
// secret that was guessed from many ids, is then of no use for long.
#pragma once

#include "engine/consensus/mastership.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"

namespace swarm {

class SecretRotation {
 public:
  // All of these outlive it.
  SecretRotation(Mastership& core, const AnsweringSettings& settings, const Secret& swarm_secret,
                 PeerInfoSender& sender)
      : core_(core), settings_(settings), swarm_secret_(swarm_secret), sender_(sender) {}

  void begin_serving();  // the master, R5
  // The master, now and then: proposes the CONFIG with the next secret when it is due.
  void review();
  // The secrets of the CONFIG in force, or of the one before it while a master's rotation is not
  // committed: an id under a secret that is lost with its CONFIG would be good at no tracker.
  void use_secrets();

 private:
  bool is_due() const;

  Mastership& core_;
  const AnsweringSettings& settings_;
  const Secret& swarm_secret_;
  PeerInfoSender& sender_;
  SwarmTime serving_since_;
};

}  // namespace swarm
