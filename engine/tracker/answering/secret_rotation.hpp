// Replaces the secret of the connection ids from time to time (R26). So an id that was overheard,
// or a secret that was guessed from many ids, is useful only for a short time.
#pragma once

#include "engine/consensus/mastership.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"

namespace swarm {

class SecretRotation {
 public:
  // All of these must outlive this object.
  SecretRotation(Mastership& core, const AnsweringSettings& settings, const Secret& swarm_secret,
                 PeerInfoSender& sender)
      : core_(core), settings_(settings), swarm_secret_(swarm_secret), sender_(sender) {}

  void begin_serving();  // this tracker begins to serve as the master (R5)
  // Called now and then. A master proposes the CONFIG with the next secret when it is due.
  void review();
  // Gives the sender the secrets of the CONFIG in force. A master whose rotation is not committed
  // yet keeps the secrets of the CONFIG before it: an id under a secret that is lost with its
  // CONFIG would be good at no tracker.
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
