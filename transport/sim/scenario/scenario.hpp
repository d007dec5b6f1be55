// A scenario: which trackers and peers there are, what the network is like, what breaks when and
// what must hold. Read from YAML by scenario_reader; docs/SCENARIOS.md explains each key.
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

using swarm::to_text;  // of quantities, beside those of what is declared here

// Where a value was written: for messages about it later on.
struct Place {
  int line{}, column{};
};

struct Swarm {
  std::uint32_t trackers = 3;
  std::uint32_t peers = 0;
  std::uint32_t contents = 1;
  std::uint32_t contents_per_peer = 1;
  Duration arrive_within = 1s;  // peers start, spread evenly, after swarm.peers_from
  Duration peers_from = 500ms;
  bool ask_one{};  // each peer asks one tracker alone, and the probe the last; else the group
  Ppm churn{};     // chance per announce interval that a peer stops and another starts
  Duration silent_from{};  // all peers die, without a word; 0: they do not
  // From the death of a tracker's process until its supervisor has told it to the others.
  Delay reap{50us, 200us, std::nullopt};
  // Who is refused for what is on its disk starts again with an empty directory, and joins: as with
  // the daemon's key rejoin-when-damaged.
  bool rejoin{};
  std::uint32_t standby = 0;  // trackers that exist but are started by the timeline (`start`)
};

// Probe peers: a host that sends a new registration every `every`, never again the same one, from
// `before` a fault until `after` it, to measure the service gap.
struct Probe {
  Duration every = 200us;  // see probe_interval()
  Duration before = 20ms;
  // Ends earlier: `tail` after the first answer; later: no sooner than what is expected says.
  Duration after = Duration::max();
  Duration tail = 50ms;
};

// A content that peers exchange; its bytes are made from its name.
struct SharedContent {
  std::string name;
  std::uint64_t size{};                   // bytes
  std::uint32_t chunk_size = 256 * 1024;  // bytes
  Place place;
};

// What a peer has of each content when it arrives.
struct InitialChunks {
  enum class Kind { none, all, share, range } kind = Kind::none;
  Ppm share{};                   // share: each chunk with this chance
  Range<std::uint32_t> range{};  // range: these, both ends included
};

struct Leaving {
  enum class Kind {
    never,
    when_complete,  // `time` after it has all
    when_copied,    // each chunk is on the disk of somebody who fetched it
    after,          // `time` after its arrival
    at,             // at `time` of the run
  } kind = Kind::never;
  Range<Duration> time{};
};

enum class PeerBehaviour {
  honest,
  poisoner,  // says that it has all, and sends other bytes
  silent,    // says that it has all, and sends no block
  slow,      // has all, and sends a block every 20 ms
};

struct PeerGroup {
  std::string name;
  std::uint32_t count = 1;
  std::vector<std::string> contents;  // empty: all
  InitialChunks has;
  bool by_hash{};  // it knows the info-hash alone: the rest comes from other peers
  Range<Duration> arrive{500ms, 500ms};
  Leaving leave;
  bool goodbye = true;                        // it says so when it leaves
  std::optional<Range<Duration>> comes_back;  // unless it is complete; with what its disk holds
  std::uint64_t uplink{}, downlink{};         // bit/s; 0: network.bandwidth
  std::uint64_t upload_limit{}, download_limit{};  // bit/s of contents; 0: none
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
  Delay store_sync{500us, 2ms, std::nullopt};  // of its files and of its CHUNK rows, together

  const PeerGroup* find(const std::string& group) const {
    for (const auto& one : peers)
      if (one.name == group) return &one;
    return nullptr;
  }
};

// Clients of BEP 15, each with the habits of its kind (client_habits.hpp). Their contents are those
// of `swarm`.
struct ClientModel {
  enum class Trackers {
    in_order,  // all of them, a tier each, t1 first
    rotated,   // the same, but each client begins with another one
    one,       // each client knows one alone
  };
  std::uint32_t count{};           // of all; the kinds take turns
  std::vector<std::string> kinds;  // empty: all there are
  Range<Duration> arrive{500ms, 1500ms};
  Trackers trackers = Trackers::in_order;
  std::optional<Range<Duration>> completes;  // so long after its arrival
  std::optional<Range<Duration>> stays;      // so long, then it stops
};

// Who: a tracker by name (t1, t2, ...), or by the role that it has at that moment; or a peer of
// ExchangeModel, or all of a group.
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
    master_side,  // a minority with the master; majority is with it, minority without
    peers,        // of a group: number `peer`, or all
    every_peer,   // whoever is no tracker
  } kind = Kind::named;
  std::uint32_t tracker{};  // named: 1..
  std::string group{};      // peers
  std::uint32_t peer{};     // peers: 1..; 0: all of them
  Place place;
};

inline constexpr Duration default_back = 1s;  // `for` of kill, wipe and files

struct Action {
  enum class Kind {
    crash,    // power loss: memory gone, disk kept, silence
    kill,     // the process dies, its supervisor says so and restarts it after `for`
    pause,    // the host stands still for `for`
    start,    // a standby tracker, or one that is down
    stop,     // drain, hand over, exit
    restart,  // stop, then start after `for` (default: at once)
    wipe,     // crash, and the disk is new at the start; comes back as one who joins
    hand_over,
    remove,     // take a member out of the CONFIG
    partition,  // groups that hear only their own; peers hear all trackers unless named
    isolate,    // one host hears and is heard by nobody, peers included
    cut,        // one way: `from` is not heard by `to`
    heal,       // all cuts and partitions
    disk,       // change of the disk of `who`: slow (sync) or hang
    network,    // change of the network model, for `for`
    leave,      // it hands over, is taken out of the CONFIG, and exits
    damage,     // a byte of a chunk on a peer's disk changes
    clock,      // a tracker's clock jumps
    copy,       // a copy of its data directory is kept, in the place of the one before
    files,      // power loss, and at the start a file is lost, or is that of the copy
    clone,      // the directory of `who` as it is now is that of `onto`, which starts with it
  } kind{};
  enum class File : std::uint8_t { log, ballot, all };  // of a data directory
  Range<Duration> at;
  Who who;                                 // crash, kill, pause, start, stop, ...
  std::vector<std::vector<Who>> groups;    // partition
  Who from, to;                            // cut
  std::optional<Range<Duration>> lasting;  // `for`
  bool of_group{};                         // cut: only what peers send to the group
  bool frozen{};                           // pause: its clock stands still as well
  Range<Duration> by;                      // clock: forward, or back below zero
  bool hang{};                             // disk
  std::optional<Delay> sync;               // disk
  File file{};                             // files
  bool older{};                            // files: of the copy; else lost
  Who onto;                                // clone
  std::optional<NetworkModel> network;     // the scenario's, with what the action changes
  std::vector<std::string> network_keys;   // and which keys these are
  std::string label;  // name used by expectations and measurements; default: kind
  Place place;
};

// Random faults (soak): mean time between faults of each kind, over the whole swarm.
struct RandomFaults {
  std::map<Action::Kind, Duration> every;
  Range<Duration> lasting{100ms, 5s};
  Range<Duration> from_to{5s, Duration::max()};  // while in this part of the run
  std::uint32_t most_down = 1;                   // trackers down or cut off at the same time
  std::optional<NetworkModel> network;           // while a random `network` lasts
  std::vector<std::string> network_keys;         // what of it was written
};

struct Expectation {
  enum class Kind {
    new_master,     // within the bound after the fault
    same_master,    // no other master until the bound has passed
    first_answer,   // a new registration is answered within the bound
    same_database,  // every up tracker's rows are equal within the bound
    members,        // CONFIG has that many voters within the bound
    no_master,      // none serves from the bound on until the next fault
    unanswered,     // at most n requests not answered at their first sending
    service_p50,
    service_p99,  // of all runs of a sweep: needs runs > 1
    always,       // named invariant, the whole run
    sometimes,    // named counter that must not be zero over all runs
    complete,     // each peer of a group has all within the bound after its arrival
    uploads,      // each peer of a group sends at most so much
    downloads,    // and is sent at most so much
    sends,        // trackers send at most so much of what `name` says, for what is installed of it
    answered,     // each announce of a kind of client is answered within the bound
  } kind{};
  std::string after;  // label of an action; empty: the start
  Duration within{};
  std::uint32_t count{};
  std::string name;       // always, sometimes, sends; of the group of peers, of the kind of clients
  std::uint32_t times{};  // uploads, downloads, sends: thousandths of what it exchanges
  Place place;
  bool in_majority{};  // new_master: on the side of a partition that holds the most trackers
};

struct Scenario {
  std::string name;
  std::string file;
  std::string description;
  std::uint64_t seed = 1;
  std::uint32_t runs = 1;
  Duration duration = 10s;
  Swarm swarm;
  TrackerSettings tracker;  // addresses and secret are the runner's
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
  std::map<std::string, Place> places;    // of each key that was written: "network.loss" -> 7:3
  std::vector<std::pair<std::string, std::string>> set;  // by set_key, since it was read
};

}  // namespace swarm::sim
