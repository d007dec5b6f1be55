#include "transport/sim/scenario/client_habits.hpp"

namespace swarm::sim {

std::span<const ClientHabits> client_habits() {
  static constexpr std::array habits{
      ClientHabits{.kind = "aria2",
                   .version = "1.36.0",
                   .again = 5s,
                   .give_up = 17s,
                   .next_tier = 17s,
                   .try_again = {119s, 119s, 119s},
                   .id_kept = 60s,
                   .least_interval = 20s,
                   .from_the_top = true,
                   .starts_anew = true},
      ClientHabits{.kind = "lftp",
                   .version = "4.9.2",
                   .give_up = 60s,
                   .id_kept = 150s,  // at least
                   .least_interval = 30s,
                   .says_stopped = false,
                   .insists = true},
      ClientHabits{.kind = "libtorrent",  // also Deluge 2.0.3
                   .version = "2.0.8",
                   .give_up = 10s,
                   .next_tier = 10s,
                   .try_again = {30s, 55s, 55s},
                   .id_kept = 60s,
                   .least_interval = 300s},
      ClientHabits{.kind = "qbittorrent",
                   .version = "4.5.2",
                   .give_up = 10s,
                   .try_again = {29s, 55s, 55s},
                   .id_kept = 60s,
                   .least_interval = 300s},
      ClientHabits{.kind = "rtorrent",
                   .version = "0.9.8",
                   .again = 30s,
                   .give_up = 60s,
                   .next_tier = 2500ms,  // drawn between 2.3 s and 2.8 s
                   .try_again = {5s, 10s, 20s},
                   .least_interval = 600s},
      ClientHabits{.kind = "transmission",
                   .version = "3.00",
                   .give_up = 60s,
                   .try_again = {20s, 17s, 17s},
                   .id_kept = 60s,
                   .least_interval = 20s},
      ClientHabits{.kind = "webtorrent",
                   .version = "1.9.7",
                   .give_up = 15s,
                   .try_again = {600s, 600s, 600s},  // it did not try again in the measured 160 s
                   .least_interval = 20s},
  };
  return habits;
}

const ClientHabits* find_habits(std::string_view kind) {
  for (const auto& habits : client_habits())
    if (habits.kind == kind) return &habits;
  return nullptr;
}

}  // namespace swarm::sim
