// A hostile host of the LAN (RecorderModel). It hears what trackers send to each other and what
// trackers and peers send to each other, keeps some of it, and plays it back, often with a forged
// source address. It has no secret: it plays what it has heard, or pieces of it.
//
// Three kinds of datagrams of peers are never played. BEP 15 and the seed's protocol cannot tell
// their copies from the originals, so such a copy changes what the peer has said last
// (docs/FAILURE-MODEL.md): a `stopped`, an announce of a leecher of BEP 15, which may have
// completed since, and a datagram that was changed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "transport/sim/actors/cluster.hpp"
#include "transport/sim/actors/draw.hpp"
#include "transport/sim/actors/record.hpp"
#include "transport/sim/scenario/scenario.hpp"
#include "transport/sim/world/flat_map.hpp"
#include "transport/sim/world/world.hpp"

namespace swarm::sim {

class Recorder final : public Tap {
 public:
  // Adds the recorder's host to the world, which must have all other hosts already. The scenario
  // must have a recorder.
  Recorder(const Scenario& scenario, std::uint64_t seed, World& world, const Cluster& cluster);

  void heard(HostId from, const Endpoint& source, const Endpoint& to, Bytes bytes,
             TrueTime at) override;

  // True if it has heard the message that this `replay` plays.
  bool has(const Action& replay) const { return find(replay) != nullptr; }
  // Plays the message now, and again until `lasting` is over. `to`: the trackers that get it, if
  // the action names some.
  void replay(const Action& replay, std::vector<std::uint32_t> to, Duration lasting);
  // From now on it plays nothing.
  void hush() { hushed_ = true; }

  std::uint64_t recorded() const { return recorded_; }
  std::uint64_t played() const { return played_; }
  const Record& record() const { return record_; }

 private:
  using Source = RecorderModel::Source;
  using Target = RecorderModel::Target;
  // The first and the last message of one type of one tracker.
  struct Heard {
    std::shared_ptr<const Recording> first, last;
    std::uint64_t first_number{}, number{};  // the later a message was heard, the higher
  };
  struct Series {  // a `replay` that goes on
    std::shared_ptr<const Recording> recording;
    std::vector<std::uint32_t> to;  // trackers
    Source as;
    Duration every;
    TrueTime until;
    std::uint64_t turn;
  };

  bool is_of_trackers(HostId from, const Endpoint& to) const;
  void remember(std::size_t message, std::uint32_t tracker, const Recording& recording);
  void keep(Recording recording, const Draws& draws, TrueTime at);

  bool may_play();
  void play(Record::Place place, std::uint64_t turn);
  void play_as(const Recording& recording, Source as, const Endpoint& to, Bytes bytes,
               const Draws& draws);
  Endpoint target(const Recording& recording, const Draws& draws) const;
  // The address of a drawn tracker other than the one with the address `but`.
  Endpoint other(const Recording& recording, const Endpoint& but, const Draws& draws,
                 Draw why) const;
  Endpoint tracker_address(const Recording& recording, std::uint32_t tracker) const;
  std::vector<std::uint8_t> damaged(const Recording& recording, const Draws& draws) const;

  std::uint32_t last_master() const;  // the tracker that sent the last KA; 0: none was heard
  std::shared_ptr<const Recording> find(const Action& replay) const;
  void go_on(const std::shared_ptr<Series>& series);

  struct Numbered {
    std::uint64_t key;
    std::uint64_t datagrams;
  };

  const RecorderModel& model_;
  std::uint64_t seed_;
  World& world_;
  const Cluster& cluster_;
  HostId host_;
  Record record_;
  FlatMap<Numbered> links_;   // per pair of addresses: the number of datagrams so far
  std::vector<bool> wanted_;  // [type]: a `replay` of the timeline plays such messages
  std::map<std::pair<std::size_t, std::uint32_t>, Heard> messages_;  // keys: (type, tracker)
  std::uint64_t recorded_ = 0, played_ = 0, remembered_ = 0;
  TrueTime second_ends_{};       // the second for which in_second_ counts
  std::uint32_t in_second_ = 0;  // datagrams that it has played in this second
  bool hushed_ = false;
};

}  // namespace swarm::sim
