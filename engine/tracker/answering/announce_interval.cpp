#include "engine/tracker/answering/announce_interval.hpp"

#include <utility>

namespace swarm {

void AnnounceInterval::notice(Time now, std::size_t registrations) {
  if (now - since_ > lifetime_of(std::max({least_, clients_, most_}))) {
    before_ = std::exchange(recent_, {});
    since_ = now;
  }
  recent_ = std::max(recent_, of(registrations));
}

}  // namespace swarm
