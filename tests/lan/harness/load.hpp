// Peers of the engine on real sockets, on their own thread. They register without a pause: every 2
// ms they send a new registration, and sometimes they complete or stop one. A ledger records all
// answers.
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
  Duration every = 2ms;  // time between two registrations
  std::uint64_t seed = 1;
  std::optional<Endpoint> tracker;  // gets the requests; if empty, the trackers' group gets them
};

// The peers of each content, as the swarm told one additional peer, the requester. The requester
// itself is not in the sets.
struct Answers {
  Endpoint requester;
  std::map<InfoHash, std::set<Endpoint>> peers;
};

class Load {
 public:
  Load(const Site& site, const LoadSettings& settings);  // begins at once
  ~Load();

  // Waits until so many registrations have been acknowledged that were first sent after this call.
  void await_registrations(std::size_t count);
  // Stops new registrations, and returns when every request is answered.
  void settle();
  // Asks for the peers of each content that was ever registered. Call it after settle(). The ledger
  // also records the requester's own registrations.
  Answers ask();
  Ledger ledger() const;  // a copy of the present ledger

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // the last member, so that it ends before impl_
};

}  // namespace swarm::lan
