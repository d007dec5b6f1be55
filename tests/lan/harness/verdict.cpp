#include "tests/lan/harness/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "engine/db/sqlite_tracker_db.hpp"
#include "tests/lan/harness/trace_reader.hpp"

namespace swarm::lan {
namespace {

using Complaints = std::vector<std::string>;
using Rows = std::map<Registration, PeerState>;

std::string text(const Registration& registration) {
  return fmt::format("{} of {}", to_hex(registration.content.bytes), to_string(registration.peer));
}

Rows rows_of(const db::Snapshot& tables) {
  std::map<PeerRowId, Endpoint> peers;
  for (const auto& row : tables.peers) peers[row.id] = row.address;
  Rows rows;
  for (const auto& row : tables.contents) rows[{row.info_hash, peers.at(row.peer)}] = row.state;
  return rows;
}

// --- registrations -----------------------------------------------------------------------------

bool agrees(Wanted wanted, std::optional<PeerState> found) {
  if (wanted == Wanted::absent) return !found;
  return found == (wanted == Wanted::seeder ? PeerState::seeder : PeerState::leecher);
}

std::string_view name_of(Wanted wanted) {
  return wanted == Wanted::absent ? "gone" : wanted == Wanted::seeder ? "a seeder" : "a leecher";
}

// How many of the standing registrations are there; complains of every acknowledged one that is
// not as it should be, and of every row that nobody asked for.
std::size_t find_all(const Ledger& ledger, const Rows& rows, const std::string& where,
                     Complaints& complaints) {
  std::size_t found = 0;
  for (const auto& [registration, entry] : ledger.entries()) {
    const auto row = rows.find(registration);
    const auto state = row == rows.end() ? std::nullopt : std::optional(row->second);
    found += entry.settled && entry.wanted != Wanted::absent && state;
    if (entry.settled && !agrees(entry.wanted, state))
      complaints.push_back(
          fmt::format("{}: {} should be {}", where, text(registration), name_of(entry.wanted)));
  }
  for (const auto& [registration, state] : rows)
    if (!ledger.entries().contains(registration))
      complaints.push_back(fmt::format("{}: nobody asked for {}", where, text(registration)));
  return found;
}

std::size_t find_in_answers(const Ledger& ledger, const Answers& answers, Complaints& complaints) {
  std::size_t found = 0;
  for (const auto& [registration, entry] : ledger.entries()) {
    const auto answer = answers.peers.find(registration.content);
    const bool there =
        registration.peer == answers.requester ||
        (answer != answers.peers.end() && answer->second.contains(registration.peer));
    found += entry.settled && entry.wanted != Wanted::absent && there;
    if (entry.settled && there != (entry.wanted != Wanted::absent))
      complaints.push_back(
          fmt::format("the answers: {} should be {}", text(registration), name_of(entry.wanted)));
  }
  return found;
}

// --- terms -------------------------------------------------------------------------------------

struct Answer {
  Time sent;  // at the earliest
  Term term;
};
struct Said {  // by one tracker, in the order of its trace
  std::vector<Answer> serving;
  std::map<Endpoint, std::vector<Answer>> to;
};

Said read_answers(const std::filesystem::path& trace) {
  Said said;
  for (const auto& line : TraceReader(trace).read()) {
    if (const auto* serving = std::get_if<event::Serving>(&line.event))
      said.serving.push_back({Time(line.at), serving->term});
    if (const auto* answered = std::get_if<event::Answered>(&line.event))
      said.to[answered->peer].push_back({Time(line.at), answered->term});
  }
  return said;
}

std::optional<Answer> last_before(const std::vector<Answer>& answers, Time at) {
  const auto later = std::upper_bound(answers.begin(), answers.end(), at,
                                      [](Time limit, const Answer& a) { return limit < a.sent; });
  if (later == answers.begin()) return {};
  return *(later - 1);
}

// The last one that can have been it. A tracker that was killed took the end of its trace with it,
// but never the line that says in which term it serves.
std::optional<Answer> answer_of(const Said& said, const Receipt& receipt) {
  const auto flow = said.to.find(receipt.peer);
  const auto answered =
      flow == said.to.end() ? std::nullopt : last_before(flow->second, receipt.at);
  const auto serving = last_before(said.serving, receipt.at);
  if (answered && serving) return answered->sent < serving->sent ? serving : answered;
  return answered ? answered : serving;
}

}  // namespace

// A peer hears its datagrams in their order: it must never hear an older term than before. Of
// different peers only what was sent after a newer term had been heard is too late for certain.
Terms check_terms(const std::vector<Receipt>& receipts,
                  const std::map<Endpoint, std::filesystem::path>& traces) {
  std::map<Endpoint, Said> said;
  for (const auto& [tracker, trace] : traces) said[tracker] = read_answers(trace);
  Terms terms;
  std::map<Term, Time> first_heard;
  std::map<Endpoint, Term> last_of;  // by peer
  for (const auto& receipt : receipts) {
    const auto answer = answer_of(said[receipt.tracker], receipt);
    if (!answer) {
      terms.complaints.push_back(to_string(receipt.tracker) + " has answered but never served");
      continue;
    }
    first_heard.try_emplace(answer->term, receipt.at);
    auto& last = last_of[receipt.peer];
    const bool late = std::any_of(first_heard.upper_bound(answer->term), first_heard.end(),
                                  [&](const auto& heard) { return heard.second < answer->sent; });
    if (answer->term < last || late)
      terms.complaints.push_back(fmt::format(
          "{} told {} something of term {} after term {}", to_string(receipt.tracker),
          to_string(receipt.peer), answer->term.value, first_heard.rbegin()->first.value));
    last = std::max(last, answer->term);
  }
  for (const auto& [term, at] : first_heard) terms.heard.insert(term);
  return terms;
}

Verdict judge(const Ledger& ledger, const Answers& answers, const std::vector<Remains>& members,
              const std::vector<Remains>& others) {
  Verdict verdict;
  std::size_t found = find_in_answers(ledger, answers, verdict.complaints);
  std::map<Endpoint, std::filesystem::path> traces;
  for (const auto& one : others) traces[one.peers_address] = one.trace;
  std::vector<std::unique_ptr<db::SqliteTrackerDb>> databases;
  for (const auto& one : members) {
    traces[one.peers_address] = one.trace;
    auto& database =
        *databases.emplace_back(std::make_unique<db::SqliteTrackerDb>(one.database.string()));
    found = std::min(
        found, find_all(ledger, rows_of(database.load().tables), one.name, verdict.complaints));
    const auto difference = first_difference(*databases.front(), database);
    if (!difference.empty())
      verdict.complaints.push_back(
          fmt::format("{} and {} differ: {}", members.front().name, one.name, difference));
  }
  const auto terms = check_terms(ledger.receipts(), traces);
  verdict.complaints.insert(verdict.complaints.end(), terms.complaints.begin(),
                            terms.complaints.end());
  verdict.line = fmt::format(
      "registrations: {} tried, {} acknowledged, {} stopped by their peers, {} standing, {} of "
      "these found in {} databases and in the answers; {} masters answered; longest silence {:.1f} "
      "ms",
      ledger.tried(), ledger.acknowledged(), ledger.stopped(), ledger.standing(), found,
      members.size(), terms.heard.size(),
      static_cast<double>(ledger.longest_silence().count()) / 1e6);
  return verdict;
}

}  // namespace swarm::lan
