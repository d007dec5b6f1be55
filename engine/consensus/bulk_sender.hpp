// The master's queues for bulk: snapshot chunks, and old blocks for slaves that were away (R19).
// Bulk may arrive late; all other messages are sent immediately. There is one queue per member. The
// queues take turns. Two rates limit each queue: the rate of its member, and one rate for all
// members together. All of these rates follow the delay of the keep-alives (BulkRate), so that
// queued bulk delays a keep-alive by at most a fifth of a promise.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/bulk_rate.hpp"
#include "engine/consensus/replica_state.hpp"

namespace swarm {

// The snapshot from which receivers pull chunks (R19).
struct OfferedSnapshot {
  std::uint64_t id{};
  LogIndex index;
  Term term;
  std::vector<std::uint8_t> bytes;
  std::uint64_t hash{};
  Time used{};
};

class BulkSender {
 public:
  explicit BulkSender(ReplicaState& state) : s_(state), all_(Time{}) {}

  std::optional<OfferedSnapshot> snapshot;  // the snapshot whose chunks are sent

  // Begins a mastership. `caution` is n, the number of masterships in a row before this one that
  // ended before their NOOP was committed. Their immediate sends may have filled the lines. So the
  // budget for immediate sends is cut: its burst is divided by 2^n, and its rate by 2^(n/2), with
  // n/2 rounded down.
  void begin(unsigned caution);
  void proven() { caution_ = 0; }  // called when a block of this mastership is committed
  void end();

  // A chunk or block that is queued, or was sent less than a round trip ago, is not queued again.
  void ask_chunk(MemberId to, std::uint32_t chunk);
  // `may_hurry`: the block is sent immediately if the budget allows it. A quorum may depend on a
  // voter that lacks a few blocks, and bulk starts too slowly to help such a voter in time.
  void ask_block(MemberId to, LogIndex index, bool may_hurry);
  void drop_chunks();  // called when the snapshot is discarded

  // Each member has a budget for immediate sends: 60 kB/s, in bursts of up to 6 kB.
  bool may_hurry(MemberId to);
  void hurried(MemberId to, std::size_t bytes);

  // `from` acknowledges a keep-alive. `echo`: the keep-alive's send time on this clock.
  void acknowledged(MemberId from, std::uint64_t echo);
  void send();  // sends the bulk that is due; called at Timer::bulk
  // Called right after keep-alives were sent. At a low rate, bulk leaves only now: on a slow line
  // one chunk takes a whole keep-alive interval.
  void behind_keep_alives();

 private:
  struct Item {
    bool is_chunk;
    std::uint64_t number;  // the chunk's number, or the block's index
    friend bool operator==(const Item&, const Item&) = default;
  };
  struct Left {
    Item item;
    Time at;
  };
  struct Receiver {
    Receiver(MemberId member, Time now) : id(member), rate(now) {}
    MemberId id;
    std::deque<Item> queue;
    std::deque<Left> on_its_way;  // items that were sent within the last round trip
    BulkRate rate;
    PathDelay path;
    Time hurried_until{Time::min()};  // when the budget is whole again after all immediate sends
    // The send time of the keep-alive in this member's latest acknowledgement.
    Time sent{Time::min()};
    Duration delay{};  // the queueing delay of that keep-alive
  };
  Receiver& of(MemberId id);
  void ask(MemberId to, Item item, bool may_hurry = false);
  bool hurry(Receiver& receiver, const Item& item);
  bool is_on_its_way(Receiver& receiver, const Item& item);
  Receiver* next();
  bool leaves_behind_keep_alives() const;
  // Each returns the number of bytes sent, or 0 if the chunk or block no longer exists.
  std::size_t send(MemberId to, const Item& item);
  std::size_t send_chunk(MemberId to, std::uint32_t chunk);
  std::size_t send_block(MemberId to, LogIndex index);
  void bear(BulkRate& rate) const;

  ReplicaState& s_;
  std::vector<Receiver> receivers_;
  std::size_t turn_ = 0;
  unsigned caution_ = 0;
  BulkRate all_;
  bool behind_keep_alives_ = false;  // keep-alives were sent in this step
};

}  // namespace swarm
