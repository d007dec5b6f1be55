// What a master sends that may come late: chunks of a snapshot, and blocks for who was away (R19).
// All else leaves at once. Bulk waits here, for each member apart, and leaves in turns, as fast as
// the keep-alives of that member bear it, and those of all (BulkRate). So no more of it queues in a
// NIC or on a line than what delays a keep-alive by a fifth of a promise.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/bulk_rate.hpp"
#include "engine/consensus/replica_state.hpp"

namespace swarm {

// What a receiver pulls chunks of (R19).
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

  std::optional<OfferedSnapshot> snapshot;  // that chunks are of

  // A mastership. caution: n masterships before it ended before they had committed anything. What
  // hurries may have been what filled the lines: in one go a 2^n-th leaves, and the rate halves
  // with each second n.
  void begin(unsigned caution);
  void proven() { caution_ = 0; }  // a block of this mastership was committed
  void end();

  // What already waits, or left less than a round trip ago, is on its way and is not sent twice.
  void ask_chunk(MemberId to, std::uint32_t chunk);
  // may_hurry: it leaves at once, as long as few do. A voter that lacks a few blocks may be the one
  // that a quorum waits for, and bulk begins too slowly for that.
  void ask_block(MemberId to, LogIndex index, bool may_hurry);
  void drop_chunks();  // of a snapshot that is no more

  // What leaves at once has one budget for each member: 60 kB/s, and 6 kB of it in one go.
  bool may_hurry(MemberId to);
  void hurried(MemberId to, std::size_t bytes);

  // `from` acknowledges a keep-alive: `echo` is the time, on this clock, at which it was sent.
  void acknowledged(MemberId from, std::uint64_t echo);
  void send();  // what may leave now; Timer::bulk
  // Keep-alives have just left. What leaves less often than they do leaves now: on a thin line one
  // chunk takes as long as they are apart.
  void behind_keep_alives();

 private:
  struct Item {
    bool is_chunk;
    std::uint64_t number;  // of the chunk or block
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
    std::deque<Left> on_its_way;  // since one round trip
    BulkRate rate;
    PathDelay path;
    Time hurried_until{Time::min()};  // what left at once is over, at `hurry_rate`
    Time sent{Time::min()};           // of what it acknowledged last,
    Duration delay{};                 // and the delay of that
  };
  Receiver& of(MemberId id);
  void ask(MemberId to, Item item, bool may_hurry = false);
  bool hurry(Receiver& receiver, const Item& item);
  bool is_on_its_way(Receiver& receiver, const Item& item);
  Receiver* next();
  bool leaves_behind_keep_alives() const;
  // Each returns bytes; 0: there is no such thing any more.
  std::size_t send(MemberId to, const Item& item);
  std::size_t send_chunk(MemberId to, std::uint32_t chunk);
  std::size_t send_block(MemberId to, LogIndex index);
  void bear(BulkRate& rate) const;

  ReplicaState& s_;
  std::vector<Receiver> receivers_;
  std::size_t turn_ = 0;
  unsigned caution_ = 0;
  BulkRate all_;
  bool behind_keep_alives_ = false;  // they left in this step
};

}  // namespace swarm
