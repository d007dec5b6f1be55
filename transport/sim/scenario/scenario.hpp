// A scenario: which trackers and peers there are, what the network is like, what breaks when, and
// what must hold. scenario_reader reads it from YAML; docs/SCENARIOS.md explains each key.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/quantity.hpp"
#include "engine/tracker/settings.hpp"
#include "transport/sim/world/models.hpp"

namespace swarm::sim {

using swarm::to_text;  // for quantities; scenario_reader.hpp has those for scenarios

// Where a value was written in the file, for later messages about it.
struct Place {
  int line{}, column{};
};

struct Swarm {
  std::uint32_t trackers = 3;
  std::uint32_t peers = 0;
  std::uint32_t contents = 1;
  std::uint32_t contents_per_peer = 1;
  Duration arrive_within = 1s;  // after peers_from; the peers start evenly spread over this time
  Duration peers_from = 500ms;
  bool ask_one{};  // each peer asks one tracker only, and the probe the last one; else the group
  Ppm churn{};     // chance per announce interval that a peer stops and another starts
  Duration silent_from{};  // when all peers die without a word; 0: never
  // From the death of a tracker's process until its supervisor tells the other trackers.
  Delay reap{50us, 200us, std::nullopt};
  // A tracker that is refused because of what is on its disk starts again with an empty directory
  // and joins. The daemon has the key rejoin-when-damaged for this.
  bool rejoin{};
  std::uint32_t standby = 0;  // trackers that are down until a `start` starts them
};

// The probe is a host that measures the service gap. It sends a new registration every `every`,
// from `before` a fault until `after` the fault, and never the same registration twice.
struct Probe {
  Duration every = 200us;  // see probe_interval()
  Duration before = 20ms;
  // The probe ends earlier, `tail` after the first answer. It ends later if an answer is expected
  // within a longer time.
  Duration after = Duration::max();
  Duration tail = 50ms;
};

// A content that peers exchange. Its bytes are a function of its name.
struct SharedContent {
  std::string name;
  std::uint64_t size{};                   // bytes
  std::uint32_t chunk_size = 256 * 1024;  // bytes
  Place place;
};

// The chunks of each content that a peer has when it arrives.
struct InitialChunks {
  enum class Kind { none, all, share, range } kind = Kind::none;
  Ppm share{};                   // share: each chunk with this chance
  Range<std::uint32_t> range{};  // range: these chunks, both ends included
};

struct Leaving {
  enum class Kind {
    never,
    when_complete,  // `time` after the peer is complete
    when_copied,    // `time` after each chunk is on the disk of a peer that fetched it
    after,          // `time` after the peer's arrival
    at,             // at `time` of the run
  } kind = Kind::never;
  Range<Duration> time{};
};

enum class PeerBehaviour {
  honest,
  poisoner,  // says that it has all chunks, and sends wrong bytes
  silent,    // says that it has all chunks, and sends no block
  slow,      // has all chunks, and sends a block every 20 ms
};

struct PeerGroup {
  std::string name;
  std::uint32_t count = 1;
  std::vector<std::string> contents;  // empty: all
  InitialChunks has;
  bool by_hash{};  // it knows only the info-hash, and gets the rest from other peers
  Range<Duration> arrive{500ms, 500ms};
  Leaving leave;
  bool goodbye = true;                        // it tells other peers when it leaves
  std::optional<Range<Duration>> comes_back;  // after this time, with its disk, unless complete
  std::uint64_t uplink{}, downlink{};         // bit/s; 0: network.bandwidth
  std::uint64_t upload_limit{}, download_limit{};  // bit/s of contents; 0: no limit
  std::uint32_t slots = 8;                         // peers that it uploads to at a time
  std::uint64_t receive_buffer = 4 << 20;          // bytes
  bool yield{};
  PeerBehaviour behaviour = PeerBehaviour::honest;
  Place place;
};

// Peers that exchange contents.
struct ExchangeModel {
  std::vector<SharedContent> contents;
  std::vector<PeerGroup> peers;
  std::uint64_t store_rate = 4'000'000'000;    // bit/s that a peer's disk moves
  Delay store_sync{500us, 2ms, std::nullopt};  // to sync its files and its CHUNK rows together

  const PeerGroup* find(const std::string& group) const {
    for (const auto& one : peers)
      if (one.name == group) return &one;
    return nullptr;
  }
};

// Clients of BEP 15, each with the habits of its kind (client_habits.hpp). They share the contents
// of `swarm`.
struct ClientModel {
  enum class Trackers {
    in_order,  // each client knows all trackers, one per tier, t1 first
    rotated,   // the same, but each client begins with another tracker
    one,       // each client knows only one tracker
  };
  std::uint32_t count{};           // clients of all kinds together; the kinds take turns
  std::vector<std::string> kinds;  // empty: all kinds
  Range<Duration> arrive{500ms, 1500ms};
  Trackers trackers = Trackers::in_order;
  // Both count from a client's arrival: until its download is complete, and until it stops.
  std::optional<Range<Duration>> completes;
  std::optional<Range<Duration>> stays;
};

// Whom an action means: a tracker, by its name (t1, t2, ...) or by its role at that moment; or a
// peer of ExchangeModel; or all peers of a group.
struct Who {
  enum class Kind {
    named,
    master,
    any_slave,
    successor,
    majority,
    minority,
    all,
    all_slaves,
    rest,
    master_side,  // a minority with the master (`majority` is with it, `minority` without it)
    peers,        // one peer or all peers of a group
    every_peer,   // all hosts that are no trackers
  } kind = Kind::named;
  std::uint32_t tracker{};  // named: from 1
  std::string group{};      // peers
  std::uint32_t peer{};     // peers: the peer's number in its group, from 1; 0: all
  Place place;
};

inline constexpr Duration default_back = 1s;  // `for` of kill, wipe and files

struct Action {
  enum class Kind {
    crash,    // power loss: memory is lost, the disk is kept, nobody is told
    kill,     // the process dies; its supervisor tells the others and restarts it after `for`
    pause,    // the host stands still for `for`
    start,    // starts a standby tracker, or a tracker that is down
    stop,     // the tracker drains, hands over and exits
    restart,  // stop, then start after `for` (default: at once)
    wipe,     // crash; at the next start the disk is new, and the tracker joins
    hand_over,
    remove,     // takes a member out of the CONFIG
    partition,  // trackers of different groups do not hear each other; peers hear all trackers
    isolate,    // a host exchanges datagrams with nobody, not even with peers
    cut,        // one way: `to` does not hear `from`
    heal,       // ends all cuts, partitions and isolations
    disk,       // changes the disk of `who`: it is slow (`sync`) or hangs
    network,    // changes the network model, for `for`
    leave,      // the tracker hands over, is taken out of the CONFIG, and exits
    damage,     // a byte of a chunk on a peer's disk changes
    clock,      // a tracker's clock jumps
    copy,       // keeps a copy of a tracker's data directory, in place of the previous copy
    files,      // power loss; at the next start a file is lost, or is the copy's
    clone,      // `onto` starts with a copy of the directory of `who`, as it is now
  } kind{};
  enum class File : std::uint8_t { log, ballot, all };  // of a data directory
  Range<Duration> at;
  Who who;                                 // crash, kill, pause, start, stop, ...
  std::vector<std::vector<Who>> groups;    // partition
  Who from, to;                            // cut
  std::optional<Range<Duration>> lasting;  // `for`
  bool of_group{};                         // cut: only what peers send to the group
  bool frozen{};                           // pause: the clock stands still as well
  Range<Duration> by;                      // clock: how far forward; negative: back
  bool hang{};                             // disk
  std::optional<Delay> sync;               // disk
  File file{};                             // files
  bool older{};                            // files: the file is the copy's; else it is lost
  Who onto;                                // clone
  std::optional<NetworkModel> network;     // the scenario's network with the action's changes
  std::vector<std::string> network_keys;   // the keys that the action changes
  std::string label;  // the name for expectations and measurements; default: kind
  Place place;
};

// Random faults (soak).
struct RandomFaults {
  std::map<Action::Kind, Duration> every;  // mean time between faults of a kind, over all trackers
  Range<Duration> lasting{100ms, 5s};
  Range<Duration> from_to{5s, Duration::max()};  // the part of the run in which faults happen
  std::uint32_t most_down = 1;                   // trackers down or cut off at the same time
  std::optional<NetworkModel> network;           // the network while a random `network` lasts
  std::vector<std::string> network_keys;         // the keys of `network` that were written
};

struct Expectation {
  enum class Kind {
    new_master,     // a master of a newer term serves within the bound after the fault
    same_master,    // no master of a newer term serves until the bound has passed
    first_answer,   // a new registration is answered within the bound
    same_database,  // the rows of all trackers that are up are equal within the bound
    members,        // the CONFIG has `count` voters within the bound
    no_master,    // from the bound on no master may answer, until the fault ends or the next comes
    unanswered,   // at most `count` requests are not answered at their first sending
    service_p50,  // percentiles of the service gap over all runs
    service_p99,
    always,     // the named invariant holds during the whole run
    sometimes,  // the named counter is not zero over all runs
    complete,   // each peer of a group is complete within the bound after its arrival
    uploads,    // each peer of a group sends at most `times` the size of its contents
    downloads,  // each peer of a group receives at most `times` what it lacked
    sends,      // for what is installed of `name`, trackers send at most `times` as much of it
    answered,   // each announce of a kind of client is answered within the bound
  } kind{};
  std::string after;  // label of an action; empty: the start
  Duration within{};
  std::uint32_t count{};
  std::string name;       // an invariant, a counter, a peer group, a kind of client, or `snapshots`
  std::uint32_t times{};  // uploads, downloads, sends: in thousandths
  Place place;
  bool in_majority{};  // new_master: it is on the side of a partition with the most trackers
};

struct Scenario {
  std::string name;
  std::string file;
  std::string description;
  std::uint64_t seed = 1;
  std::uint32_t runs = 1;
  Duration duration = 10s;
  Swarm swarm;
  TrackerSettings tracker;  // Cluster fills in the addresses and the secret
  NetworkModel network;
  DiskModel disk;
  CpuModel cpu;
  ClockModel clock;
  ExchangeModel exchange;
  ClientModel clients;
  std::vector<Action> timeline;
  std::optional<RandomFaults> random;
  std::vector<Expectation> expect;
  Probe probe;
  std::vector<std::string> measure_from;  // labels of actions whose failover is measured
  std::map<std::string, Place> places;    // of each written key, such as "network.loss" -> 7:3
  std::vector<std::pair<std::string, std::string>> set;  // keys and values of set_key
};

}  // namespace swarm::sim
