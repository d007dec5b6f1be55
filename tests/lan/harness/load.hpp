// Peers of the engine on real sockets, on a thread of their own, that register without a pause:
// every 2 ms a new registration, and now and then one that is completed or stopped. Everything that
// they are told is written into a ledger.
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "tests/lan/harness/ledger.hpp"
#include "tests/lan/harness/loop_thread.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

struct LoadSettings {
  unsigned peers = 200;
  Duration every = 2ms;  // between two registrations
  std::uint64_t seed = 1;
  std::optional<Endpoint> tracker;  // that is asked; none: the group
};

// Who is registered for each content, as the swarm answered one more peer, itself left out.
struct Answers {
  Endpoint requester;
  std::map<InfoHash, std::set<Endpoint>> peers;
};

class Load {
 public:
  Load(const Site& site, const LoadSettings& settings);  // begins at once
  ~Load();

  // Registrations that were first sent from now on, and acknowledged: waits for so many.
  void await_registrations(std::size_t count);
  // No new ones from here on; returns when every request is answered.
  void settle();
  // For each content that was ever registered; after settle(). The requester's own registrations
  // are in the ledger too.
  Answers ask();
  Ledger ledger() const;  // a copy of what there is now

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // ends before what it runs
};

}  // namespace swarm::lan
