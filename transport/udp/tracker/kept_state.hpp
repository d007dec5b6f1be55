// The values in force in a worker, kept for later workers: those that a reload may change, and the
// list of contents (20 bytes each). So a restarted worker reads none of these files again; by then
// they may have errors or lie on a mount that hangs. The supervisor only carries this state.
#pragma once

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/shared_blob.hpp"

namespace swarm::udp {

class KeptState {
 public:
  // Throws std::system_error if there is no memory; then the earlier state stays.
  void put(const Configuration& configuration, const ContentsTaken& contents);
  // Copies the state into a configuration at the start. False if nothing was put yet.
  bool get(Configuration& configuration) const;

 private:
  SharedBlob values_, contents_;
};

}  // namespace swarm::udp
