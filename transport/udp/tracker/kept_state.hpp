// What is in force in a worker, for those that come after it: the values that a reload may change,
// and the list of contents (20 bytes each). So a worker that is started again needs no file of
// others, whatever has become of that since: an error in it, a mount that hangs. The supervisor
// only carries it.
#pragma once

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/system/shared_blob.hpp"

namespace swarm::udp {

class KeptState {
 public:
  // Throws std::system_error: no memory; then what was kept before stays.
  void put(const Configuration& configuration, const ContentsTaken& contents);
  // Into a configuration of the start. False: nothing was put yet.
  bool get(Configuration& configuration) const;

 private:
  SharedBlob values_, contents_;
};

}  // namespace swarm::udp
