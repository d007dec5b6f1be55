// The abstract transport. A node puts its datagrams, writes and events into an Outbox, and the
// node's host carries them out after the step. The Outbox has one arena for all datagrams and
// reuses it, so a datagram needs no allocation.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "engine/base/assert.hpp"
#include "engine/base/types.hpp"
#include "engine/node/content_store.hpp"
#include "engine/node/events.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm {

// The ways into and out of a node. A peer uses only `peers`.
//   cluster  unicast datagrams of trackers to trackers
//   peers    datagrams from and to clients and peers. They arrive at the node's IPv4 and IPv6
//            address and at the multicast group
//   http     HTTP requests of clients. A request arrives as one datagram: the request's target
//            (wire/http_tracker.hpp). A datagram that the node sends to the client's end of the
//            TCP connection is the body of an answer; without bytes, it refuses the request
enum class Channel : std::uint8_t { cluster, peers, http };

struct Arrival {
  Channel channel{};
  Endpoint from;
  bool multicast{};  // sent to the multicast group
};

// Each consensus group has two disk queues. Each queue completes its writes in the order of their
// tickets. A host may make several writes durable at once. It then reports only the last ticket, so
// all of these writes must be of one group.
enum class Disk : std::uint8_t { log, ballot };
struct Ticket {
  Disk disk{};
  std::uint64_t number{};  // 1, 2, ... per group, disk and boot
  GroupId group{};         // the group that made the write; it gets the report
};

// A host's source of random bits of the operating system.
class NonceSource {
 public:
  virtual ~NonceSource() = default;
  virtual std::array<std::uint8_t, 16> draw() = 0;
};

class Outbox {
 public:
  struct Datagram {
    Channel channel;
    Endpoint to;  // a host, or the multicast group
    Bytes bytes;
  };
  struct LogWrite {
    Ticket ticket;
    db::TrackerWrite write;
  };
  struct BallotWrite {
    Ticket ticket;
    db::Ballot ballot;
  };

  void send(Channel channel, const Endpoint& to, Bytes bytes) {
    const std::size_t at = arena_.size();
    arena_.insert(arena_.end(), bytes.begin(), bytes.end());
    sent_.push_back({channel, to, at, bytes.size()});
  }
  void send(Channel channel, const Endpoint& to, Bytes head, Bytes rest) {
    send(channel, to, head);
    arena_.insert(arena_.end(), rest.begin(), rest.end());
    sent_.back().size += rest.size();
  }
  void persist(LogWrite write) { log_writes_.push_back(std::move(write)); }
  void persist(BallotWrite write) { ballot_writes_.push_back(std::move(write)); }
  void persist(StoreRequest request) { store_requests_.push_back(std::move(request)); }
  void event(Event event) { events_.push_back(event); }
  // Returns a new nonce for a datagram: 16 random bytes, which are drawn once in a step, and a
  // number of 8 bytes. They must not be drawn in advance: a copy of a machine would then use the
  // same ones as the machine. The host must have set a source.
  std::array<std::uint8_t, 24> nonce() { return nonce(++nonces_used_); }
  // The same with a number of the caller, which must not come twice for the same key.
  std::array<std::uint8_t, 24> nonce(std::uint64_t number) {
    SWARM_ASSERT(nonces_ != nullptr, "a host of a tracker has a source of nonces");
    if (!nonces_drawn_) random_ = nonces_->draw();
    nonces_drawn_ = true;
    std::array<std::uint8_t, 24> nonce{};
    std::copy(random_.begin(), random_.end(), nonce.begin());
    for (std::size_t i = 0; i < 8; ++i)
      nonce[16 + i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
    return nonce;
  }
  void set_nonces(NonceSource* source) { nonces_ = source; }
  // Adds to the work of this step: two units for each row that the step changes, and one unit for
  // each row that it looks up. In tables of millions of rows a unit takes about a microsecond. Each
  // task of a step has its own limit; the sum of the work limits all tasks of the step together.
  void worked(std::size_t units) { work_ += units; }
  // The units of work of a step beyond which tasks that can wait get only their `least`.
  static constexpr std::size_t most_work = 1024;
  // The units that one more task of this step may use: at least `least`, so that no task waits for
  // ever.
  std::size_t room(std::size_t least) const {
    return std::max(least, most_work - std::min(most_work, work_));
  }
  // True if the step has done much work. Then the host passes no further datagram to it.
  bool is_long() const { return work_ >= most_work / 2; }
  // Asks the host to end this node. The node has stopped as it was asked to, or cannot go on.
  void exit(std::string reason) { exit_ = std::move(reason); }

  std::size_t datagrams() const { return sent_.size(); }
  Datagram datagram(std::size_t i) const {  // valid until the next send() or clear()
    const auto& s = sent_[i];
    return {s.channel, s.to, Bytes(arena_).subspan(s.at, s.size)};
  }
  std::vector<LogWrite>& log_writes() { return log_writes_; }
  std::vector<BallotWrite>& ballot_writes() { return ballot_writes_; }
  const std::vector<LogWrite>& log_writes() const { return log_writes_; }
  const std::vector<BallotWrite>& ballot_writes() const { return ballot_writes_; }
  std::vector<StoreRequest>& store_requests() { return store_requests_; }
  const std::vector<StoreRequest>& store_requests() const { return store_requests_; }
  const std::vector<Event>& events() const { return events_; }
  std::size_t work() const { return work_; }
  const std::string& exit_reason() const { return exit_; }  // empty: the node goes on

  void clear() {
    arena_.clear();
    sent_.clear();
    log_writes_.clear();
    ballot_writes_.clear();
    store_requests_.clear();
    events_.clear();
    exit_.clear();
    work_ = 0;
    nonces_used_ = 0;
    nonces_drawn_ = false;
  }

 private:
  struct Sent {
    Channel channel;
    Endpoint to;
    std::size_t at, size;
  };
  std::vector<std::uint8_t> arena_;
  std::vector<Sent> sent_;
  std::vector<LogWrite> log_writes_;
  std::vector<BallotWrite> ballot_writes_;
  std::vector<StoreRequest> store_requests_;
  std::vector<Event> events_;
  std::string exit_;
  std::size_t work_ = 0;
  NonceSource* nonces_ = nullptr;
  std::uint64_t nonces_used_ = 0;  // in this step
  bool nonces_drawn_ = false;
  std::array<std::uint8_t, 16> random_{};
};

}  // namespace swarm
