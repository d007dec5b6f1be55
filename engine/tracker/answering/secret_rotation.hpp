// The secret that connection ids are made with is replaced from time to time (R26): an id that was
// listened in on, or a secret that was guessed from many ids, is of no use for long.
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
  // Of the CONFIG in force, or of the one before it while a master's own is not committed: an id
  // made under a secret that is lost with its entry would be good nowhere.
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
