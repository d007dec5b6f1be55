// A shard of the tracker: the state machine and the service of one consensus group. The state is
// the index of peers and contents. The service is the Peer Info Sender, which answers from the
// index. (Today a tracker has one shard, with all contents.)
#pragma once

#include <vector>

#include "engine/consensus/mastership.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/node/operation.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/relay.hpp"
#include "engine/tracker/answering/secret_rotation.hpp"
#include "engine/tracker/settings.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

class Shard final : public StateMachine, public Service, private Proposer {
 public:
  struct Seeds {
    std::uint64_t table{};  // the key of the table's hashing; no client may guess it
    SenderKeys sender;
  };
  // `core` must outlive the shard. The constructor loads the tables of `image`.
  Shard(Mastership& core, const TrackerSettings& settings, Seeds seeds,
        const db::TrackerImage& image);

  // `datagram`: a datagram of a client, or the target of an HTTP request.
  void receive(const Arrival& arrival, Bytes datagram);
  void wake();
  Time next_wake() const;
  void reload(const TrackerSettings& settings);

  const SwarmTable& table() const { return table_; }
  bool full() const { return sender_.full(); }

  // StateMachine
  std::size_t found(const Block& block) override;
  bool well_formed(Bytes operations) const override;
  void appended(const Block& block) override;
  std::size_t begin(const Block& block) override;
  bool apply(std::size_t operation, std::size_t most, std::vector<db::RowChange>& rows) override;
  PeerRowId next_peer() const override { return table_.next_peer(); }
  std::uint64_t digest() const override { return table_.digest(); }
  Size size() const override;
  std::unique_ptr<SnapshotMaker> make_snapshot() const override;
  std::unique_ptr<SnapshotLoad> load_snapshot(PulledBytes bytes,
                                              const db::PulledSnapshot& what) const override;
  void install(SnapshotLoad& loaded) override;

  // Service
  void elected(Time unanswered_since, bool careful) override;
  void serving(Time unanswered_since) override;
  void draining() override;
  void stepped_down() override;
  void followed() override;
  bool answer() override;
  void tick() override;
  void config_changed() override;
  void loaded() override;
  void clock_went_back() override;
  void clock_stood_still(Duration by) override;
  void on_request(MemberId from, Bytes request) override;
  void on_reply(Bytes reply) override;
  bool waits() const override { return sender_.waiting(); }
  std::size_t pending() const override { return relay_.pending(); }
  Duration oldest_unanswered() const override;
  Time passes_until() const override { return relay_.passes_until(); }

 private:
  LogIndex propose(const Operation& operation) override;
  bool take_back();

  Mastership& core_;
  TrackerSettings settings_;
  SwarmTable table_;
  PeerInfoSender sender_;
  Relay relay_;
  SecretRotation secret_rotation_;
  std::vector<Operation> applying_;  // the operations of the block that is being applied
  std::vector<std::uint8_t> encoded_;
  // The master has not answered yet the kept requests that arrived at this time or later. `never`:
  // there are none.
  Time unserved_since_ = never;
};

}  // namespace swarm
