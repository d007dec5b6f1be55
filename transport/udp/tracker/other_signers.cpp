#include "transport/udp/tracker/other_signers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/base/assert.hpp"
#include "engine/base/counted.hpp"

namespace swarm::udp {

void OtherSigners::heard(const Endpoint& from, Time now) {
  std::erase_if(seen_, [now](const OtherSigner& s) { return now - s.last >= lately; });
  auto known = std::find_if(seen_.begin(), seen_.end(),
                            [&](const OtherSigner& s) { return s.from == from; });
  if (known == seen_.end()) {
    if (seen_.size() == most)
      seen_.erase(std::min_element(seen_.begin(), seen_.end(),
                                   [](const auto& a, const auto& b) { return a.last < b.last; }));
    known = seen_.insert(seen_.end(), {from, 0, now, now});
  }
  ++known->datagrams;
  known->last = now;
}

bool OtherSigners::knows(const Endpoint& from) const {
  return std::any_of(seen_.begin(), seen_.end(),
                     [&](const OtherSigner& s) { return s.from == from; });
}

void OtherSigners::forget(const Endpoint& from) {
  std::erase_if(seen_, [&](const OtherSigner& s) { return s.from == from; });
}

std::vector<OtherSigner> OtherSigners::recent(Time now) const {
  std::vector<OtherSigner> found;
  for (const auto& signer : seen_)
    if (now - signer.last < lately) found.push_back(signer);
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.from < b.from; });
  return found;
}

std::string signed_otherwise(const std::vector<OtherSigner>& signers, Time now) {
  SWARM_ASSERT(!signers.empty(), "of nobody there is nothing to say");
  std::vector<std::string> sources;
  std::uint64_t all = 0;
  Time first = now;
  for (const auto& s : signers) {
    const auto count =
        sources.empty() ? counted(s.datagrams, "datagram") : std::to_string(s.datagrams);
    sources.push_back(fmt::format("{} from {}", count, to_string(s.from)));
    all += s.datagrams;
    first = std::min(first, s.first);
  }
  const auto seconds =
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(now - first).count());
  return fmt::format("{} in the last {} s {} signed with another secret than this instance's",
                     fmt::join(sources, ", "), seconds, all == 1 ? "was" : "were");
}

}  // namespace swarm::udp
