#include "transport/sim/checks/client_checkers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace swarm::sim {

void ClientCheckers::stepped(HostId host, std::uint32_t, const Outbox& out) {
  const ClientLog& log = clients_.log(host);
  if (!log.errors.empty())
    throw CheckFailed("clients_hear_no_error", 0,
                      fmt::format("{} was answered with the error “{}”.", clients_.name(host),
                                  log.errors.back()));
  auto& completed = completed_[clients_.content(host)];
  for (const swarm::Event& event : out.events()) {
    const Endpoint peer = clients_.endpoint(host);
    if (std::holds_alternative<event::PeerStopping>(event)) {
      completed.erase(peer);
      registered_.erase(peer);
    }
    if (!std::holds_alternative<event::PeerRegistered>(event)) continue;
    const bool known = !registered_.emplace(peer, host).second;
    if (!told_completed(log) || completed.contains(peer)) continue;
    completed[peer] = known && !log.seeder_before &&
                      counted_.emplace(clients_.content(host), peer.ip.network()).second;
  }
}

void ClientCheckers::tracker_stepped(std::uint32_t tracker, const SwarmTable& table,
                                     const Outbox& out) {
  for (const swarm::Event& event : out.events()) {
    if (const auto* one = std::get_if<event::PeerExpired>(&event)) expired(tracker, one->peer);
    if (const auto* one = std::get_if<event::ContentExpired>(&event)) expired(tracker, one->peer);
    if (std::holds_alternative<event::Serving>(event)) serving(tracker, table);
  }
}

void ClientCheckers::expired(std::uint32_t tracker, const Endpoint& peer) {
  const auto registered = registered_.find(peer);
  if (registered != registered_.end()) {
    const HostId host = registered->second;
    if (clients_.log(host).announces.back().answered != never)
      throw CheckFailed("clients_stay", tracker,
                        fmt::format("{} is forgotten, though it is there and has been answered "
                                    "all that it announced.",
                                    clients_.name(host)));
    registered_.erase(registered);
  }
  for (auto& [content, completed] : completed_) completed.erase(peer);
}

// A master forgets a content's count only when no peer has the content. The clients in completed_
// are still there, so the count must include all of them.
void ClientCheckers::serving(std::uint32_t tracker, const SwarmTable& table) const {
  for (const auto& [content, completed] : completed_) {
    std::uint32_t counted = 0;
    for (const auto& [peer, counts] : completed) {
      counted += counts ? 1 : 0;
      if (table.find(content, peer) != PeerState::seeder)
        throw CheckFailed("completed_is_kept", tracker,
                          fmt::format("the new master does not know {} as a seeder, which was told "
                                      "that it has completed.",
                                      to_string(peer)));
    }
    if (table.counts(content).completed < counted)
      throw CheckFailed("completed_is_kept", tracker,
                        fmt::format("the new master counts {} downloads where {} were told that "
                                    "they have completed.",
                                    table.counts(content).completed, counted));
  }
}

}  // namespace swarm::sim
