// The state that a worker leaves to later workers: the current values of the keys that a reload may
// change, the list of contents (20 bytes each), and the token and the certificate of HTTP. So a
// restarted worker does not read the files again. By then the files may have errors or lie on a
// mount that hangs. The supervisor passes this state on without reading it.
#pragma once

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/shared_blob.hpp"

namespace swarm::udp {

class KeptState {
 public:
  // Throws std::system_error if there is no memory. The old values then stay; the list of contents
  // may already be the new one.
  void put(const Configuration& configuration, const ContentsTaken& contents);
  // Copies the state into a starting worker's configuration. False if no worker has called put().
  bool get(Configuration& configuration) const;

 private:
  SharedBlob values_, contents_, http_;
};

}  // namespace swarm::udp
