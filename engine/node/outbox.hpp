// The abstract transport. A node puts its datagrams, writes and events into an Outbox, and its host
// carries them out after the step. All datagrams lie in one arena that is reused, so a datagram
// needs no allocation.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "engine/base/types.hpp"
#include "engine/node/content_store.hpp"
#include "engine/node/events.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm {

// The ways into and out of a node. A peer has only `peers`.
//   cluster  unicast datagrams of trackers to trackers
//   peers    datagrams of clients and peers, at the node's IPv4 and IPv6 address and the multicast
//            group
//   http     HTTP requests of clients. A request arrives as one datagram: the request's target
//            (wire/http_tracker.hpp). A datagram that is sent here is the body of the answer, and
//            goes to the address of the client's end of the TCP connection
enum class Channel : std::uint8_t { cluster, peers, http };

struct Arrival {
  Channel channel{};
  Endpoint from;
  bool multicast{};  // sent to the multicast group
};

// Each group has two disk queues. Each queue completes its writes in the order of their tickets. A
// host may make several writes durable at once if all are of one group, because it reports only the
// last ticket.
enum class Disk : std::uint8_t { log, ballot };
struct Ticket {
  Disk disk{};
  std::uint64_t number{};  // 1, 2, ... per group, disk and boot
  GroupId group{};         // that made the write and gets the report
};

class Outbox {
 public:
  struct Datagram {
    Channel channel;
    Endpoint to;  // of a host, or the multicast group
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
  // Counts the work of a step: two units for each row that it changes, one unit for each row that
  // it looks up. With millions of rows a unit takes about a microsecond. Each task of a step has
  // its own limit; this count limits what all tasks of a step do together.
  void worked(std::size_t units) { work_ += units; }
  static constexpr std::size_t most_work = 1024;  // for tasks that can wait
  // The units left for one more task. Never less than `least`, so that no task waits for ever.
  std::size_t room(std::size_t least) const {
    return std::max(least, most_work - std::min(most_work, work_));
  }
  // True: the host passes no further datagram to this step.
  bool is_long() const { return work_ >= most_work / 2; }
  // Asks the host to end this node, because it has drained and handed over, or cannot go on.
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
};

}  // namespace swarm
