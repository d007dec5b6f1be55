// A scenario: which trackers and peers there are, what the network is like, what breaks and when,
// and what must hold. scenario_reader reads it from YAML. docs/SCENARIOS.md explains each key.
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

using swarm::to_text;  // of quantities; scenario_reader.hpp has the overloads for scenarios

// The place of a value in the scenario file. Later messages about the value name this place.
struct Place {
  int line{}, column{};
};

struct Swarm {
  std::uint32_t trackers = 3;
  std::uint32_t peers = 0;
  std::uint32_t contents = 1;
  std::uint32_t contents_per_peer = 1;
  Duration arrive_within = 1s;  // the peers start evenly spread over this time, from peers_from on
  Duration peers_from = 500ms;
  // True: each peer asks only one tracker, and the probe asks only the last founder. False: they
  // ask the multicast group.
  bool ask_one{};
  Ppm churn{};             // chance per announce interval that a peer stops and another starts
  Duration silent_from{};  // the time at which all peers crash; 0: never
  // The time from the death of a tracker's process until its supervisor tells the other trackers.
  Delay reap{50us, 200us, std::nullopt};
  // True: a tracker that ended because of what is on its disk starts again with an empty directory
  // and joins. The daemon has the key rejoin-when-damaged for this.
  bool rejoin{};
  std::uint32_t standby = 0;  // trackers that are down until a `start` starts them
};

// The probe is a host that measures the service gap. It sends new registrations before and after
// each measured fault, and never the same registration twice.
struct Probe {
  Duration every = 200us;  // the time between two registrations; see probe_interval()
  Duration before = 20ms;  // how long before the fault the probe begins
  // How long after the fault the probe gives up if no answer comes. If an expectation allows more
  // time for an answer, the probe goes on for that time.
  Duration after = Duration::max();
  Duration tail = 50ms;  // how long the probe goes on after the first answer
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
    when_copied,    // as soon as every chunk has been fetched and stored by some peer
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
  staller,   // has all chunks, and sends a block every 250 ms, so that it never seems silent
  spoiler,   // says that it has all chunks, and sends of each chunk only a wrong first block
};

struct PeerGroup {
  std::string name;
  std::uint32_t count = 1;
  std::vector<std::string> contents;  // empty: all
  InitialChunks has;
  bool by_hash{};  // it knows only the info-hash, and gets the metainfo from other peers
  Range<Duration> arrive{500ms, 500ms};
  Leaving leave;
  bool goodbye = true;  // it tells other peers when it leaves
  // A peer that leaves incomplete comes back after this time, with the same disk. Empty: it does
  // not come back.
  std::optional<Range<Duration>> comes_back;
  std::uint64_t uplink{}, downlink{};              // bit/s; 0: network.bandwidth
  std::uint64_t upload_limit{}, download_limit{};  // bit/s of contents; 0: no limit
  std::uint32_t slots = 8;                         // number of peers that it uploads to at a time
  std::uint64_t receive_buffer = 4 << 20;          // bytes
  bool yield{};                                    // it lets other traffic of the network go first
  PeerBehaviour behaviour = PeerBehaviour::honest;
  Place place;
};

// Peers that exchange contents.
struct ExchangeModel {
  std::vector<SharedContent> contents;
  std::vector<PeerGroup> peers;
  std::uint64_t store_rate = 4'000'000'000;    // StoreModel::rate of each peer, in bit/s
  Delay store_sync{500us, 2ms, std::nullopt};  // StoreModel::sync of each peer

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
    rotated,   // like in_order, but the clients of a kind begin with different trackers
    one,       // each client knows only one tracker
  };
  std::uint32_t count{};           // clients of all kinds together; the kinds take turns
  std::vector<std::string> kinds;  // empty: all kinds
  Range<Duration> arrive{500ms, 1500ms};
  Trackers trackers = Trackers::in_order;
  // The times from a client's arrival until its download is complete, and until it stops.
  std::optional<Range<Duration>> completes;
  std::optional<Range<Duration>> stays;
};

// A hostile host of the LAN. It records what trackers and peers send to each other, and plays
// recordings back.
struct RecorderModel {
  // The source address of a datagram that it plays: the recorded one, its own, or that of a tracker
  // that has not sent the recorded datagram.
  enum class Source : std::uint8_t { original, own, other };
  // Where it plays a datagram: to the recorded destination, to a tracker that is not the recorded
  // destination, or to the recorded sender.
  enum class Target : std::uint8_t { original, other, sender };
  Ppm hears = 1'000'000;  // the share of the unicasts that it hears; it hears every multicast
  Ppm plays = 100'000;    // the share of what it hears that it plays, once for each item of `after`
  std::vector<Range<Duration>> after{{0ms, 50ms}, {1min, 5min}};
  std::vector<Source> as{Source::original};  // drawn for each datagram that it plays
  std::vector<Target> to{Target::original};  // drawn likewise
  Ppm damage{};  // the share of the trackers' datagrams that it truncates, splices or changes
  std::uint32_t at_most = 1000;        // datagrams that it plays in a second
  std::uint32_t keeps = 16'384;        // datagrams that it keeps to play them later
  std::uint64_t memory = 16ull << 20;  // bytes of these datagrams
};

// The hosts that an action hits: a tracker that is given by its name (t1, t2, ...), trackers that
// have a role at the time of the action, or peers of ExchangeModel.
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
    master_side,  // a minority that has the master (`majority` has it, too; `minority` has not)
    peers,        // one peer or all peers of a group
    every_peer,   // all hosts that are not trackers
  } kind = Kind::named;
  std::uint32_t tracker{};  // named: from 1
  std::string group{};      // peers
  std::uint32_t peer{};     // peers: the peer's number in its group, from 1; 0: all
  Place place;
};

// The action `replay`. Action::from is the recorded sender: `master` is the tracker that was the
// last to send a KA, dead or alive. Action::to are the receivers.
struct Replay {
  std::vector<std::size_t> what;  // types of messages: indices in message_names()
  bool first{};  // true: the first such message of the run; false: the last one so far
  Duration every = 100ms;
  bool of_anybody = true;  // no `from`: whoever has sent the message
  bool to_all = true;      // no `to`: all trackers, up or down, except the recorded sender
  RecorderModel::Source as = RecorderModel::Source::original;
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
    partition,  // trackers of different groups exchange no datagrams; peers are unaffected
    isolate,    // a host exchanges datagrams with nobody, not even with peers
    cut,        // one way: `to` receives nothing from `from`
    heal,       // ends all cuts, partitions and isolations
    disk,       // changes the disk of `who`: it is slow (`sync`) or hangs
    network,    // changes the network model for `for`
    leave,      // the tracker hands over, is taken out of the CONFIG, and exits
    damage,     // changes a byte of a chunk on a peer's disk
    clock,      // a tracker's clock jumps
    copy,       // keeps a copy of a tracker's data directory, in place of the previous copy
    files,      // power loss; at the next start a file is missing or older (from the copy)
    clone,      // `onto` starts with a copy of the directory of `who`, as it is now
    replay,     // the recorder plays a message that it has heard, over and over
  } kind{};
  enum class File : std::uint8_t { log, ballot, all };  // the files of a data directory
  // The label behind a member begins with the kinds of action that use it.
  Range<Duration> at;
  Who who;                                 // crash, kill, pause, start, stop, ...
  std::vector<std::vector<Who>> groups;    // partition
  Who from, to;                            // cut, replay
  std::optional<Range<Duration>> lasting;  // the key `for`
  bool of_group{};                         // cut: only what peers send to the multicast group
  bool frozen{};                           // pause: the clock stands still as well
  Range<Duration> by;                      // clock: how far forward; negative: back
  bool hang{};                             // disk
  std::optional<Delay> sync;               // disk
  File file{};                             // files
  bool older{};                            // files: true: the copy's file; false: no file
  Who onto;                                // clone
  std::optional<Replay> replay;            // replay
  std::optional<NetworkModel> network;     // network: the scenario's model with the changes
  std::vector<std::string> network_keys;   // network: the keys that the action changes
  std::string label;  // the name for expectations and measurements; default: the kind
  Place place;
};

// Random faults (soak).
struct RandomFaults {
  std::map<Action::Kind, Duration> every;  // mean time between faults of a kind, over all trackers
  Range<Duration> lasting{100ms, 5s};
  Range<Duration> from_to{5s, Duration::max()};  // the part of the run in which faults happen
  std::uint32_t most_down = 1;                   // most trackers that are down or cut off at a time
  std::optional<NetworkModel> network;           // the network while a random `network` lasts
  std::vector<std::string> network_keys;         // the keys of `network` that are in the file
};

struct Expectation {
  enum class Kind {
    new_master,     // a master of a newer term serves within the bound after the fault
    same_master,    // no master of a newer term serves until the bound has passed
    first_answer,   // a new registration is answered within the bound
    same_database,  // the rows of all trackers that are up are equal within the bound
    members,        // the CONFIG has `count` voters within the bound
    no_master,      // after the bound no master may answer until the action ends or the next comes
    unanswered,     // at most `count` requests are not answered at their first sending
    service_p50,    // this percentile of the service gap over all runs is within the bound
    service_p99,
    always,     // the invariant `name` holds during the whole run
    sometimes,  // the counter `name` is not zero over all runs
    complete,   // each peer of a group is complete within the bound after its arrival
    uploads,    // each peer of a group sends at most `times` the size of its contents
    downloads,  // each peer of a group receives at most `times` what it lacked on arrival
    sends,      // trackers send at most `times` the bytes of the snapshots that are installed
    answered,   // each announce of a kind of client is answered within the bound
  } kind{};
  std::string after;  // label of an action; empty: the start of the run
  Duration within{};  // the bound
  std::uint32_t count{};
  std::string name;       // an invariant, a counter, a peer group, a kind of client, or `snapshots`
  std::uint32_t times{};  // uploads, downloads, sends: in thousandths
  Place place;
  bool in_majority{};  // new_master: it must be on the partition's side with the most trackers
};

// The only place where the simulator chooses its cipher (engine/wire/seal.hpp).
inline TrackerSettings simulated_settings() {
  TrackerSettings settings;
  settings.cipher = wire::Cipher::siphash;
  return settings;
}

struct Scenario {
  std::string name;
  std::string file;
  std::string description;
  std::uint64_t seed = 1;
  std::uint32_t runs = 1;
  Duration duration = 10s;
  Swarm swarm;
  TrackerSettings tracker = simulated_settings();  // Cluster fills in the addresses and the secret
  NetworkModel network;
  DiskModel disk;
  CpuModel cpu;
  ClockModel clock;
  ExchangeModel exchange;
  ClientModel clients;
  std::optional<RecorderModel> recorder;
  std::vector<Action> timeline;
  std::optional<RandomFaults> random;
  std::vector<Expectation> expect;
  Probe probe;
  std::vector<std::string> measure_from;  // labels of actions whose failover is measured
  std::map<std::string, Place> places;    // per key in the file: its place ("network.loss": 7:3)
  std::vector<std::pair<std::string, std::string>> set;  // keys and values that set_key() has set
};

}  // namespace swarm::sim
