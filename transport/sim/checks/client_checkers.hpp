// Checks, from the outside, what trackers tell clients of BEP 15. Throws CheckFailed.
//
//   clients_hear_no_error  no client gets an error: its connection id is valid at every tracker,
//                          whichever tracker was master when it was granted, and whichever is now
//   completed_is_kept      a client whose `completed` was answered is a seeder at every later
//                          master; its download is counted there, if `completed` made it a seeder,
//                          it was there as a leecher before, and its address was not counted before
//   clients_stay           no client is forgotten that is there and has an answer to its announces
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
  void serving(std::uint32_t tracker, const SwarmTable& table) const;  // it begins to serve

  const ClientCrowd& clients_;
  // The clients that have completed and are still there. True: their download must be counted.
  std::map<InfoHash, std::map<Endpoint, bool>> completed_;
  std::map<Endpoint, HostId> registered_;  // the clients that are registered and still there
  // The addresses whose download was counted. It may be counted again after a lifetime, but that is
  // not checked.
  std::set<std::pair<InfoHash, Ip>> counted_;
};

}  // namespace swarm::sim
