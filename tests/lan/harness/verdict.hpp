// What must hold after every case, whatever was done to the trackers: nothing acknowledged is lost,
// nothing stopped is back, the databases are equal row for row, the swarm answers what they hold,
// and no answer of a lower term came after one of a higher.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/lan/harness/load.hpp"

namespace swarm::lan {

// What is left of a tracker, once it has ended.
struct Remains {
  std::string name;
  Endpoint peers_address;
  std::filesystem::path database, trace;
};
struct Verdict {
  std::string line;                     // the figures, for people
  std::vector<std::string> complaints;  // none: all held
};

// `members`: their databases must be complete; `others`: have answered, perhaps, but are no members
// any more.
Verdict judge(const Ledger& ledger, const Answers& answers, const std::vector<Remains>& members,
              const std::vector<Remains>& others);

// The part on terms. `traces` by the address that their tracker answers from.
struct Terms {
  std::set<Term> heard;
  std::vector<std::string> complaints;
};
Terms check_terms(const std::vector<Receipt>& receipts,
                  const std::map<Endpoint, std::filesystem::path>& traces);

}  // namespace swarm::lan
