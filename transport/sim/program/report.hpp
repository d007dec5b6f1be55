// What a campaign leaves behind: summary.json, failover.csv, timeline.csv, peers.csv (of scenarios
// with an exchange), clients.csv (of those with clients), and the table on the terminal. The .csv
// files hold nothing that depends on the machine; in summary.json that stands apart, under
// "machine".
#pragma once

#include <filesystem>
#include <string>

#include "transport/sim/run/campaign.hpp"

namespace swarm::sim {

// summary.json, as text.
std::string summary_json(const Scenario& scenario, const Campaign& campaign, unsigned jobs);
// run,seed,fault,at_ms,detection_ms,election_ms,service_ms,watched_ms. An empty detection or
// election was not seen. Where service_ms is empty it was cut off: no answer came for watched_ms.
std::string failover_csv(const Campaign& campaign);
// run,seed,group,peer,arrived_ms,took_ms,size,missing,sent,received,starts,gone: a line per peer
// that arrived. took_ms: from its arrival until it had all, empty: never. Bytes: of its contents,
// of what it lacked when it arrived (0: nothing to fetch), of blocks on the wire.
std::string peers_csv(const Campaign& campaign);
// run,seed,kind,client,event,wanted_ms,took_ms,datagrams,peers,fault,left: a line per announce that
// a client of BEP 15 wanted to make. took_ms: until it was answered, empty: never; fault: the last
// that lasted when it was wanted or came while it waited; left: the client was gone before the run
// ended.
std::string clients_csv(const Campaign& campaign);
// Of the first run: kind,tracker,from_ms,to_ms,label,value.
std::string timeline_csv(const Campaign& campaign);

// The files above. Throws std::runtime_error when one cannot be written.
void write_report(const std::filesystem::path& folder, const Scenario& scenario,
                  const Campaign& campaign, unsigned jobs);
// Each throws std::runtime_error, one sentence.
void make_folder(const std::filesystem::path& folder);
void make_writable(const std::filesystem::path& folder);  // makes it, and tries a file in it
void write_file(const std::filesystem::path& file, const std::string& text);

// The table that people read. `colour`: with escape sequences.
std::string table(const Scenario& scenario, const Campaign& campaign, bool colour);
// One sentence for each action that could not happen.
std::vector<std::string> warnings(const Campaign& campaign);

}  // namespace swarm::sim
