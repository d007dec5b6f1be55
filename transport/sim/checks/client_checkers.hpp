// Checks the answers that trackers give to BEP 15 clients. Throws CheckFailed if a property does
// not hold.
//
//   clients_hear_no_error  No client gets an error. A client's connection id is valid at every
//                          tracker, whichever tracker was the master when the id was granted, and
//                          whichever tracker is the master now.
//   completed_is_kept      A client whose `completed` was answered is a seeder at every later
//                          master. The master counts the client's download if three things hold:
//                          `completed` made the client a seeder, the client was registered as a
//                          leecher before, and its address was not counted before.
//   clients_stay           No tracker forgets a client that is still there and whose last announce
//                          was answered.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "engine/tracker/table/swarm_table.hpp"
#include "transport/sim/actors/client_crowd.hpp"
#include "transport/sim/checks/checker.hpp"
#include "transport/sim/checks/checkers.hpp"

namespace swarm::sim {

class ClientCheckers final : public Checker {
 public:
  explicit ClientCheckers(const ClientCrowd& clients) : clients_(clients) {}

  void stepped(HostId host, std::uint32_t start, const Outbox& out) override;
  void tracker_stepped(std::uint32_t tracker, const SwarmTable& table, const Outbox& out) override;

 private:
  void expired(std::uint32_t tracker, const Endpoint& peer);
  void serving(std::uint32_t tracker, const SwarmTable& table) const;

  const ClientCrowd& clients_;
  // The clients that have completed and are still there. True: their download must be counted.
  std::map<InfoHash, std::map<Endpoint, bool>> completed_;
  std::map<Endpoint, HostId> registered_;  // the clients that are registered and still there
  // The addresses whose download of a content was counted. A master may count an address again
  // after a lifetime, but the checker does not demand that.
  std::set<std::pair<InfoHash, Ip>> counted_;
};

}  // namespace swarm::sim
