// A group of replicas of a counter, in one process. A test can delay, cut and lose datagrams. Disks
// report at once, or when the test says so. The clock jumps from one wake to the next. Equal
// commands give equal runs. After every step, Group checks the invariants of the member and these
// invariants of the group:
//   - A term has at most one master. The master's log has all blocks that were committed in earlier
//     terms. The master commits more blocks only after a block of its own term.
//   - At any time, at most one member may answer.
//   - All members commit the same block at an index, and have the same value after it.
//   - A promise, a vote, a READY or a snapshot in force says only what the member's disk has.
// If an invariant does not hold, throws AssertionFailed.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/consensus/replica.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"
#include "tests/engine/consensus/counter.hpp"
#include "tests/engine/consensus/members.hpp"
#include "tests/engine/consensus/memory_disk.hpp"

namespace swarm::test {

// The number of an address and its disks: 1, 2, ... For a founder it is also the member id.
using Place = std::uint32_t;

// Is called for everything that happens in a group, in the order in which it happens.
class Onlooker {
 public:
  struct Receiver {
    Place place;
    bool lost;  // true if a cut or the test made the datagram get lost
  };
  virtual ~Onlooker() = default;
  virtual void happened(Place, const Event&) {}
  virtual void told(Place, const std::string& /*what became of it*/) {}
  virtual void writes(Place, const db::Ballot& /*before*/, const db::Ballot&) {}
  virtual void writes(Place, const db::TrackerWrite&) {}
  virtual void sends(Place, const std::vector<Receiver>&, const wire::Message&) {}
};

class Group {
 public:
  struct Options {
    ConsensusSettings settings{};
    Duration delay = 1ms;    // how long each datagram travels
    Duration jitter{};       // the longest additional delay; drawn for each datagram
    unsigned lost_of_100{};  // per cent of the datagrams that are lost
    std::uint64_t seed = 1;
    // True: sessions between the members. Else every datagram counts (PlainLinks).
    bool sessions = false;
  };
  Group() : Group(Options{}) {}
  explicit Group(Options options, Onlooker* onlooker = nullptr);

  // ---- Life

  // Makes members 1 to n, with a log whose block 1 has their CONFIG. Runs them until member 1 is
  // the master and all members have committed its NOOP.
  void found(Place n);
  void start(Place n, FirstStart how);  // starts a process on empty disks
  void restart(Place n);
  void wipe(Place n);   // starts a process on new disks with a new store id; it wants to join
  void crash(Place n);  // ends a process; writes that are not durable are lost
  void die(Place n);    // like crash(), and the supervisor tells the other members
  bool runs(Place n) const { return places_.contains(n) && places_.at(n).process; }
  // From now on the member is of the previous version: no datagram of a later one leaves or reaches
  // it. The settings of all members must allow the previous protocol.
  void downgrade(Place n) { of_previous_version_.insert(n); }
  void upgrade(Place n) { of_previous_version_.erase(n); }
  void allow_previous_protocol(Place n, bool allowed) { previous_protocol_[n] = allowed; }
  // Counts the datagrams from now on by the version of the protocol.
  void count_versions() { versions_.clear(); }
  std::size_t sent_in_version(std::uint8_t version) { return versions_[version]; }
  // Between pause() and resume() the process does nothing: its datagrams and timers wait.
  void pause(Place n) { places_.at(n).paused = true; }
  void resume(Place n) { places_.at(n).paused = false; }
  const std::string& exit_of(Place n) const { return places_.at(n).exit; }  // why the process ended

  // ---- Orders. They return false if the member rejects the order.

  bool add(Place n, std::uint32_t what);  // proposes a block with `add what`; n must be the master
  bool hand_over(Place n);
  bool remove(Place n, MemberId member);  // gives the order to n
  bool leave(Place n);
  void stop(Place n);
  template <class F>
  void act(Place n, F f) {  // calls f(replica) as one step
    step(n, f);
  }

  // ---- The network

  void cut(Place from, Place to) { cuts_.insert({from, to}); }  // in this direction only
  void cut_both(Place a, Place b);
  void isolate(Place n);
  void heal() { cuts_.clear(); }
  // Loses the next datagram whose body has this index in wire::Body.
  void lose(Place from, Place to, std::size_t body_index) {
    losses_.insert({from, to, body_index});
  }
  // Loses all datagrams for which the filter returns true, until another filter is set.
  using Filter = std::function<bool(Place from, Place to, const wire::Message&)>;
  void lose_all(Filter filter) { filter_ = std::move(filter); }
  void set_lost_of_100(unsigned percent) { options_.lost_of_100 = percent; }

  // Delivers a datagram that looks as if member `as` had sent it in that term. `boot` is that of
  // the pretended process; default: the member's present process.
  void forge(Place as, Place to, Term term, const wire::Body& body,
             std::optional<BootId> boot = {});

  void deliver(Place to, const Endpoint& from, Bytes datagram);

  // ---- Disks

  MemoryDisk& disk(Place n) { return places_.at(n).disk; }
  void report(Place n);  // makes the disks carry out and report all writes that are not held

  // ---- Time

  Time now() const { return now_; }
  void pass(Duration d);
  // Lets time pass until `holds` returns true. Returns false if it did not within `limit`.
  bool pass_until(const std::function<bool()>& holds, Duration limit = 10s);
  // Lets time pass until a master serves, all other running members follow it, and all have applied
  // and written the whole log. Returns false if this took longer than `limit`.
  bool settle(Duration limit = 10s);
  bool settled() const;

  // ---- Queries

  const TrackerView& view(Place n) const { return process(n).replica->view(); }
  const Config& config(Place n) const { return process(n).replica->config(); }
  const Replica& replica(Place n) const { return *process(n).replica; }
  Counter& counter(Place n) { return process(n).counter; }
  std::int64_t value(Place n) const { return process(n).counter.value(); }
  RememberingService& service(Place n) { return process(n).service; }
  bool may_answer(Place n) const;
  Place master() const;  // the master that serves; 0 if there is none
  std::vector<Place> running() const;
  LogIndex most_committed() const { return most_committed_; }
  std::uint64_t steps() const { return steps_; }  // number of steps so far
  std::size_t steps_down(Cause cause) const {
    return steps_down_.at(static_cast<std::size_t>(cause));
  }
  // Number of datagrams with this body that were sent so far.
  template <class Body>
  std::size_t sent() const {
    return sent_[wire::Body(Body{}).index()];
  }
  template <class What>
  std::vector<What> events(Place n) const {
    std::vector<What> found;
    for (const auto& [place, event] : events_)
      if (const auto* one = std::get_if<What>(&event); one && place == n) found.push_back(*one);
    return found;
  }
  void forget_events() { events_.clear(); }

 private:
  struct Process {
    Counter counter;
    RememberingService service;
    std::unique_ptr<Links> links;
    std::unique_ptr<Replica> replica;
    std::optional<TrackerView> before;  // the view after the previous step
    bool answers = false;
  };
  struct OfPlace {
    MemoryDisk disk;
    std::unique_ptr<Process> process;
    std::optional<TrackerView> last_life;
    std::uint64_t boots = 0;
    FirstStart first_start = FirstStart::bootstrap;
    StoreId store;      // the store id for disks that are still empty
    db::Ballot ballot;  // the latest ballot that was given to the disk
    std::string exit;
    bool paused = false;
  };
  struct Flight {
    Place from, to;
    std::vector<std::uint8_t> bytes;
  };

  Process& process(Place n) { return *places_.at(n).process; }
  const Process& process(Place n) const { return *places_.at(n).process; }
  void start(Place n, FirstStart how, StoreId store);
  void boot(Place n);
  void end(Place n);
  template <class F>
  void step(Place n, F f) {  // makes a step, and then the reports of the member's disks
    call(n, f);
    report(n);
  }
  template <class F>
  void call(Place n, F f) {
    if (!runs(n)) return;
    Outbox out;
    out.set_nonces(&nonces_);
    {
      const Replica::Step step(*process(n).replica, now_, out);
      if constexpr (std::is_invocable_v<F, Replica&, Outbox&>)
        f(*process(n).replica, out);
      else
        f(*process(n).replica);
    }
    ++steps_;
    carry_out(n, out);
  }
  void carry_out(Place n, Outbox& out);
  void send_all(Place n, const Outbox& out);
  wire::Seal seal() const { return {options_.settings.swarm_secret, options_.settings.cipher}; }
  bool is_lost(Place from, Place to, const wire::Message& message);
  bool understand(Place from, Place to, Bytes datagram) const;
  tl::expected<wire::Message, Reject> read(Bytes datagram, std::vector<std::uint8_t>& plain) const;
  std::vector<std::uint8_t> readable(Bytes datagram) const;  // without nonce and encryption
  void check(Place n);
  void check(Place n, const Event& event);
  void check(Place n, const wire::Message& message) const;
  void check_answers();
  Time next_moment() const;
  void moment();  // carries out everything that is due now

  Options options_;
  Onlooker* onlooker_;
  Onlooker nobody_;
  test::Words random_;
  CountedNonces nonces_;
  std::set<Place> of_previous_version_;
  std::map<Place, bool> previous_protocol_;  // else: as in the options
  std::map<std::uint8_t, std::size_t> versions_;
  std::vector<std::uint8_t> plain_;  // of the datagram that is being read
  Time now_{10s};
  std::map<Place, OfPlace> places_;
  std::multimap<Time, Flight> flights_;
  std::set<std::pair<Place, Place>> cuts_;
  std::multiset<std::tuple<Place, Place, std::size_t>> losses_;
  Filter filter_;

  std::vector<std::pair<Place, Event>> events_;
  std::array<std::size_t, std::variant_size_v<wire::Body>> sent_{};
  std::array<std::size_t, 6> steps_down_{};
  std::map<Term, Place> masters_;
  std::map<LogIndex, std::pair<std::uint64_t, std::uint64_t>> applied_;  // digests of log and table
  std::map<Term, LogIndex> committed_;  // the last committed block of each term
  LogIndex most_committed_;
  std::uint64_t steps_ = 0;
};

}  // namespace swarm::test
