// The report of a campaign: summary.json, failover.csv, timeline.csv, peers.csv (of scenarios with
// an exchange), clients.csv (of scenarios with clients), and the table on the terminal. The .csv
// files hold no value that depends on the machine. summary.json has such values only under
// "machine".
#pragma once

#include <filesystem>
#include <string>

#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

// summary.json, as text.
std::string summary_json(const Scenario& scenario, const Campaign& campaign, unsigned jobs);
// run,seed,fault,at_ms,detection_ms,election_ms,service_ms,watched_ms: one line for each measured
// fault. detection_ms and election_ms are empty if that event was not seen. service_ms is empty if
// no answer came within watched_ms.
std::string failover_csv(const Campaign& campaign);
// run,seed,group,peer,arrived_ms,took_ms,size,missing,sent,received,starts,gone: one line for each
// peer that arrived. took_ms: from its arrival until it was complete; empty: never. size: bytes of
// its contents. missing: bytes that it lacked on arrival; 0: nothing to fetch. sent, received:
// bytes of blocks on the wire.
std::string peers_csv(const Campaign& campaign);
// run,seed,kind,client,event,wanted_ms,took_ms,datagrams,peers,fault,left: one line for each
// announce that a client of BEP 15 wanted to make. took_ms: from wanted_ms until the answer; empty:
// never. fault: the last fault that was in force at wanted_ms or came while the client waited.
// left: whether the client left before the run ended.
std::string clients_csv(const Campaign& campaign);
// kind,tracker,from_ms,to_ms,label,value: the rows of the first run.
std::string timeline_csv(const Campaign& campaign);

// Writes the files above. Throws std::runtime_error if a file cannot be written.
void write_report(const std::filesystem::path& folder, const Scenario& scenario,
                  const Campaign& campaign, unsigned jobs);
// Each throws std::runtime_error with one sentence.
void make_folder(const std::filesystem::path& folder);
void make_writable(const std::filesystem::path& folder);  // also tries to write a file there
void write_file(const std::filesystem::path& file, const std::string& text);

// The table that people read. `colour`: true: with escape sequences for colours.
std::string table(const Scenario& scenario, const Campaign& campaign, bool colour);
// Returns one sentence for each action that could not happen, and for each kind of random fault
// that never happened.
std::vector<std::string> warnings(const Campaign& campaign);

}  // namespace swarm::sim
