#include "transport/sim/scenario/scenario_check_recorder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/quantity.hpp"
#include "transport/sim/scenario/scenario_check_peers.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"
#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {

void check_recorder(const Scenario& s) {
  if (!s.recorder || s.recorder->plays == 0) return;
  const auto& after = s.recorder->after;
  const auto never_played = [&](const Range<Duration>& d) { return d.low >= s.duration; };
  if (std::all_of(after.begin(), after.end(), never_played))
    throw YamlError(
        place_of(s, s.places.contains("recorder.after") ? "recorder.after" : "recorder"),
        fmt::format("nothing is ever played: the run ends after {}", to_text(s.duration)));
  constexpr std::uint64_t longest = 65'507;  // bytes of a datagram
  if (s.recorder->memory < longest)
    throw YamlError(place_of(s, "recorder.memory"),
                    fmt::format("memory must be at least {}, the longest datagram", longest));
}

void check_replay(const Scenario& s, const Action& action) {
  if (!s.recorder)
    throw YamlError(action.place, "nobody records: a `replay` needs a `recorder` in the file");
  const Who::Kind from = action.from.kind;
  if (!action.replay->of_anybody && from != Who::Kind::named && from != Who::Kind::master)
    throw YamlError(action.from.place,
                    fmt::format("`from` is a tracker by its name, or the `master` that was heard "
                                "last; it cannot be `{}`",
                                to_text(action.from)));
}

}  // namespace swarm::sim
