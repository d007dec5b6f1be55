// The secret that connection ids are made with is replaced from time to time (R26): an id that was
// listened in on, or a secret that was guessed from many ids, is of no use for long.
#pragma once

#include "engine/node/operation.hpp"

namespace swarm {

struct Parts;

class SecretRotation {
 public:
  explicit SecretRotation(Parts& parts) : p_(parts) {}

  void begin_serving();  // the master, R5
  // The master, now and then: proposes the CONFIG with the next secret when it is due.
  void review();
  // Of the CONFIG in force, or of the one before it while a master's own is not committed: an id
  // made under a secret that is lost with its entry would be good nowhere.
  void use_secrets();

 private:
  bool is_due() const;

  Parts& p_;
  SwarmTime serving_since_;
};

}  // namespace swarm
