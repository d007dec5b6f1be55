#include "transport/sim/checks/exchange_judge.hpp"

#include <fmt/format.h>

#include "engine/base/quantity.hpp"

namespace swarm::sim {
namespace {

using Kind = Expectation::Kind;

std::string seconds(Duration duration) {
  return fmt::format("{:.3f} s", static_cast<double>(duration.count()) / 1e9);
}

// Judges `uploads` in multiples of a peer's contents, and `downloads` in multiples of what it
// lacked when it arrived. A peer that lacked nothing may receive nothing.
Verdict volume(const Expectation& expectation, const std::vector<PeerOutcome>& peers) {
  const bool up = expectation.kind == Kind::uploads;
  Verdict verdict;
  for (const auto& peer : peers) {
    if (peer.group != expectation.name || !peer.arrived) continue;
    const std::uint64_t bytes = up ? peer.sent : peer.received;
    const std::uint64_t base = up ? peer.size : peer.missing;
    verdict.held = Held::yes;
    if (bytes * 1000 <= base * expectation.times) continue;
    return {Held::no,
            fmt::format("{} {} {:.3f} times the content", peer.peer, up ? "sent" : "was sent",
                        static_cast<double>(bytes) / static_cast<double>(base))};
  }
  return verdict;
}

}  // namespace

void ExchangeJudge::judge(const std::vector<PeerOutcome>& peers, const Lacks& lacks, Duration end,
                          std::vector<Verdict>& verdicts) const {
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const auto& expectation = scenario_.expect[i];
    if (expectation.kind == Kind::complete)
      verdicts[i] = complete(expectation, peers, lacks, end);
    else if (expectation.kind == Kind::uploads || expectation.kind == Kind::downloads)
      verdicts[i] = volume(expectation, peers);
  }
}

// A peer that left for good before it was complete is not judged. A peer that will come back is
// judged.
Verdict ExchangeJudge::complete(const Expectation& expectation,
                                const std::vector<PeerOutcome>& peers, const Lacks& lacks,
                                Duration end) const {
  Duration from{};
  if (!expectation.after.empty()) {
    const auto action = actions_.find(expectation.after);
    if (action == actions_.end()) return {};
    from = action->second;
  }
  Verdict verdict;
  for (std::uint32_t i = 0; i < peers.size(); ++i) {
    const auto& peer = peers[i];
    if (peer.group != expectation.name || !peer.arrived) continue;
    if (peer.gone && !peer.complete) continue;
    const Duration began = std::max(from, *peer.arrived), until = began + expectation.within;
    if (peer.complete && *peer.complete <= until) {
      verdict.held = Held::yes;
    } else if (peer.complete) {
      return {Held::no, fmt::format("{} took {}", peer.peer, seconds(*peer.complete - began))};
    } else if (end >= until) {
      return {Held::no, fmt::format("{} has {}", peer.peer, lacks(i))};
    }
  }
  return verdict;
}

}  // namespace swarm::sim
