// What must hold of what trackers tell clients of BEP 15, seen from outside. Throws CheckFailed.
//
//   clients_hear_no_error  no client is answered with an error: its connection id is good at every
//                          tracker, whoever was master when it was given and whoever is now
//   completed_is_kept      who was told that it has completed is a seeder at every later master;
//                          its download is counted there, if that made it a seeder, it was there
//                          as a leecher before, and its address was not counted before
//   clients_stay           who is there, and was answered all that it announced, is not forgotten
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
  void serving(std::uint32_t tracker, const SwarmTable& table) const;  // begins to

  const ClientCrowd& clients_;
  // And are still there; whether they are counted.
  std::map<InfoHash, std::map<Endpoint, bool>> completed_;
  std::map<Endpoint, HostId> registered_;  // and still there
  // Whose download was counted, once: that it may be again after a lifetime is not checked.
  std::set<std::pair<InfoHash, Ip>> counted_;
};

}  // namespace swarm::sim
