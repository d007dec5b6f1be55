// Checks what must hold after every test case, whatever happened to the trackers: no acknowledged
// registration is lost, no stopped one is back, the databases are equal row for row, the swarm's
// answers match the databases, and no answer of a lower term came after one of a higher term.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/lan/harness/load.hpp"

namespace swarm::lan {

// The files of a tracker that has ended.
struct Remains {
  std::string name;
  Endpoint peers_address;
  std::filesystem::path database, trace;
};
struct Verdict {
  std::string line;                     // the figures as a line of text
  std::vector<std::string> complaints;  // empty if every check held
};

// The databases of `members` must be complete. `others` are trackers that are no longer members,
// but may have answered earlier.
Verdict judge(const Ledger& ledger, const Answers& answers, const std::vector<Remains>& members,
              const std::vector<Remains>& others);

// The check of the terms. `traces` has the trace of each tracker, by the address from which the
// tracker answers.
struct Terms {
  std::set<Term> heard;
  std::vector<std::string> complaints;
};
Terms check_terms(const std::vector<Receipt>& receipts,
                  const std::map<Endpoint, std::filesystem::path>& traces);

}  // namespace swarm::lan
