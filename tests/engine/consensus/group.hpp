// A group of replicas on counters, in one process: a network that delays, cuts and loses on
// command, disks that report at once or on command, and a clock that goes from wake to wake. Equal
// commands give equal runs. After every step the invariants of the member hold, and those of the
// group:
//   - a term has one master, its log has all that was committed in the terms before, and it commits
//     more only by a block of its own;
//   - one member at most may answer, at any time;
//   - at one index all members have committed the same block, and then count the same;
//   - a promise, a vote, a READY and a snapshot in force are what the disk has.
// The first that does not hold throws AssertionFailed.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/consensus/replica.hpp"
#include "tests/engine/consensus/counter.hpp"
#include "tests/engine/consensus/members.hpp"
#include "tests/engine/consensus/memory_disk.hpp"

namespace swarm::test {

using Place = std::uint32_t;  // 1, 2, ...: an address, and the disks there; a founder's member id

// Who looks on. Told in the order in which things happen.
class Onlooker {
 public:
  struct Receiver {
    Place place;
    bool lost;  // by a cut, or on command
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
    Duration delay = 1ms;    // of a datagram
    Duration jitter{};       // up to so much more, drawn for each
    unsigned lost_of_100{};  // datagrams
    std::uint64_t seed = 1;
  };
  Group() : Group(Options{}) {}
  explicit Group(Options options, Onlooker* onlooker = nullptr);

  // ---- Life

  // Members 1 to n, with a log that has their CONFIG in block 1. Goes on until 1 is the master and
  // all have committed its NOOP.
  void found(Place n);
  void start(Place n, FirstStart how);  // on empty disks
  void restart(Place n);
  void wipe(Place n);   // starts to join, on new disks with an identity of their own
  void crash(Place n);  // what is not durable is lost
  void die(Place n);    // the same, and its supervisor says so
  bool runs(Place n) const { return places_.contains(n) && places_.at(n).process; }
  // It stands still: what comes waits, its timers are late.
  void pause(Place n) { places_.at(n).paused = true; }
  void resume(Place n) { places_.at(n).paused = false; }
  const std::string& exit_of(Place n) const { return places_.at(n).exit; }  // why it has ended

  // ---- Orders. False: not now.

  bool add(Place n, std::uint32_t what);  // at the master: a block with `add what`
  bool hand_over(Place n);
  bool remove(Place n, MemberId member);  // ordered at n
  bool leave(Place n);
  void stop(Place n);
  template <class F>
  void act(Place n, F f) {  // f(replica), as one step
    step(n, f);
  }

  // ---- The network

  void cut(Place from, Place to) { cuts_.insert({from, to}); }  // one way
  void cut_both(Place a, Place b);
  void isolate(Place n);
  void heal() { cuts_.clear(); }
  // The next one with such a body is lost.
  void lose(Place from, Place to, std::size_t body_index) {
    losses_.insert({from, to, body_index});
  }
  // All of which it says so are lost, until another filter is set.
  using Filter = std::function<bool(Place from, Place to, const wire::Message&)>;
  void lose_all(Filter filter) { filter_ = std::move(filter); }
  void set_lost_of_100(unsigned percent) { options_.lost_of_100 = percent; }

  // What a process of member `as` may have said in that term; of its present process, or another.
  void forge(Place as, Place to, Term term, const wire::Body& body,
             std::optional<BootId> boot = {});

  // ---- Disks

  MemoryDisk& disk(Place n) { return places_.at(n).disk; }
  void report(Place n);  // all that is held no more

  // ---- Time

  Time now() const { return now_; }
  void pass(Duration d);
  // Until it holds; false: it did not within `limit`.
  bool pass_until(const std::function<bool()>& holds, Duration limit = 10s);
  // A master serves, all others that run follow it, and all have applied and written all there is.
  bool settle(Duration limit = 10s);
  bool settled() const;

  // ---- Looks

  const TrackerView& view(Place n) const { return process(n).replica->view(); }
  const Config& config(Place n) const { return process(n).replica->config(); }
  const Replica& replica(Place n) const { return *process(n).replica; }
  Counter& counter(Place n) { return process(n).counter; }
  std::int64_t value(Place n) const { return process(n).counter.value(); }
  RememberingService& service(Place n) { return process(n).service; }
  bool may_answer(Place n) const;
  Place master() const;  // that serves; zero: none
  std::vector<Place> running() const;
  LogIndex most_committed() const { return most_committed_; }
  std::uint64_t steps() const { return steps_; }  // after each all invariants held
  std::size_t steps_down(Cause cause) const {
    return steps_down_.at(static_cast<std::size_t>(cause));
  }
  // Datagrams of a kind that were sent so far.
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
    std::unique_ptr<Replica> replica;
    std::optional<TrackerView> before;  // as the last step left it
    bool answers = false;
  };
  struct OfPlace {
    MemoryDisk disk;
    std::unique_ptr<Process> process;
    std::optional<TrackerView> last_life;
    std::uint64_t boots = 0;
    FirstStart first_start = FirstStart::bootstrap;
    StoreId store;      // of disks that are empty yet
    db::Ballot ballot;  // as it was last given to the disk
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
  void step(Place n, F f) {  // and the reports of its disks
    call(n, f);
    report(n);
  }
  template <class F>
  void call(Place n, F f) {
    if (!runs(n)) return;
    Outbox out;
    {
      const Replica::Step step(*process(n).replica, now_, out);
      f(*process(n).replica);
    }
    ++steps_;
    carry_out(n, out);
  }
  void carry_out(Place n, Outbox& out);
  void send_all(Place n, const Outbox& out);
  bool is_lost(Place from, Place to, const wire::Message& message);
  void check(Place n);
  void check(Place n, const Event& event);
  void check(Place n, const wire::Message& message) const;
  void check_answers();
  Time next_moment() const;
  void moment();  // all that is due now

  Options options_;
  Onlooker* onlooker_;
  Onlooker nobody_;
  Random random_;
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
  std::map<LogIndex, std::pair<std::uint64_t, std::uint64_t>> applied_;  // digests: log, table
  std::map<Term, LogIndex> committed_;                                   // by the term of the block
  LogIndex most_committed_;
  std::uint64_t steps_ = 0;
};

}  // namespace swarm::test
