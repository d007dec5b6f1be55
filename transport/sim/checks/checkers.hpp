// What must hold of the whole swarm, checked from the outside after every simulated step in O(1)
// (ARCHITECTURE, The two worlds). The checkers see what an omniscient observer sees: every
// tracker's view, what it sends and says, in true time. They change nothing.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/consensus/invariants.hpp"
#include "engine/node/outbox.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/tracker/answering/relay_fragments.hpp"
#include "engine/tracker/table/swarm_table.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/relay_protocol.hpp"
#include "transport/sim/checks/registrations.hpp"

namespace swarm::sim {

// Thrown when a property does not hold; what() is one sentence.
struct CheckFailed : std::runtime_error {
  CheckFailed(std::string property, std::uint32_t at_tracker, const std::string& sentence)
      : std::runtime_error(sentence), name(std::move(property)), tracker(at_tracker) {}
  std::string name;       // one_master_per_term, ...
  std::uint32_t tracker;  // 1..; 0: none in particular
};

// One step of one tracker, just done; nothing of what it asks for has happened yet.
struct TrackerStep {
  std::uint32_t tracker{};  // 1..
  Duration at{};            // true time
  Time local{};             // what its own clock shows
  const TrackerView& view;  // after the step
  Duration lease_until{};   // view.lease_until in true time; zero: its clock cannot tell
  const SwarmTable& table;
  const Outbox& out;
  Duration lifetime{};  // of a registration that nobody refreshes
};

class Checkers {
 public:
  struct Options {
    std::uint32_t trackers{};
    // no_lost_registration is checked; a scenario may accept that it does not hold (a majority of
    // disks wiped).
    bool registrations = true;
    // Something may expire: the run lasts longer than a registration.
    bool expiry = true;
    // Of the swarm's datagrams: what trackers say to each other is checked, when it is there.
    std::optional<Secret> secret{};
    // The true time at which that tracker's clock shows this; nothing: it cannot be told, its clock
    // stood still or leapt. Without it all clocks are right but for a constant.
    std::function<std::optional<Duration>(std::uint32_t tracker, Time local)> true_time{};
  };
  explicit Checkers(const Options& options);

  // All of the properties, in this order: one_master_per_term, leases_never_overlap,
  // only_master_answers, no_answer_of_an_older_term, applied_never_back, committed_logs_agree,
  // equal_digests, expire_only_after_lifetime, no_lost_registration, and Invariants. Beside them
  // says_what_is_durable (a granted vote, a READY: R0, R4, R12) and promise_covers_lease (R1: what
  // an acknowledgement lets a master count on, its sender has promised), one_change_of_members
  // (R20). What a slave passes on (R25) was made by the master of the slave's term, and is under
  // only_master_answers and no_answer_of_an_older_term as well.
  void stepped(const TrackerStep& step);
  // The scenario puts back what was acknowledged since, and expects no more that logs and tables
  // agree.
  void accept_contradictions() { contradictions_ = true; }
  // A datagram of this peer comes to that tracker, whose clock shows `local`.
  void asked(std::uint32_t tracker, const Endpoint& peer, Time local);
  // The process has ended, by itself or not. Its disk lives on, unless `wiped`.
  void ended(std::uint32_t tracker, bool wiped);

  // What a peer was told or wants. The registration is of `peer`, as trackers see it, and was first
  // asked for at `asked` (true time): an expiry since then leaves it open which came first. What
  // was answered without being stored is none, unless the `master` of this moment has it by now.
  void registered(const InfoHash& content, const Endpoint& peer, Duration asked,
                  const SwarmTable* master = nullptr);
  void stopping(const InfoHash& content, const Endpoint& peer);

  // Every registration that was acknowledged is among these rows of a member that has all of the
  // log. Throws no_lost_registration.
  void check_rows(std::uint32_t tracker, const db::Snapshot& rows) const;

  std::size_t registrations() const { return registrations_.size(); }
  // A cap was reached: it was answered, and not stored.
  bool was_not_stored(const InfoHash& content, const Endpoint& peer) const {
    return not_stored_.contains({peer, content});
  }
  // The highest term in which anybody served.
  Term highest_served() const { return highest_served_; }

 private:
  struct Hash {
    std::size_t operator()(const Endpoint& e) const {
      return mix(std::uint64_t{e.ip.v4()} << 16 | e.port);
    }
  };
  struct Seen {                       // of one tracker
    std::optional<TrackerView> view;  // after its last step; of the process before, too
    bool up{};
    Duration lease_until{};
    Duration clock{};  // true time less local time, when it was last seen
    Time serving_since = never;
    std::optional<event::ConfigChanged> config;  // the last that it told
    std::optional<event::Committed> committed;
    std::unordered_map<Endpoint, Time, Hash> asked;  // since its last answer: when first
  };
  struct AtIndex {  // what the first one said who got there
    std::uint64_t log_digest{}, table_digest{};
    Term committed;
  };
  struct Master {  // its disk may be wiped while its answers are still on their way
    std::uint32_t tracker;
    MemberId member;
  };
  std::optional<Duration> true_time(std::uint32_t tracker, const Seen& seen, Time local) const;
  struct Heard {
    BootId by;
    Time at;
  };

  void check_views(const TrackerStep& step, Seen& seen);
  void check_master(const TrackerStep& step);
  bool answers(const TrackerStep& step) const;
  bool passes_on(const TrackerStep& step) const;
  bool steps_down(const TrackerStep& step, Term term) const;
  void check_lease(const TrackerStep& step);
  void check_said(const TrackerStep& step);
  void check_durable(const TrackerStep& step, LogIndex said);
  void check_config(const TrackerStep& step, Seen& seen, const event::ConfigChanged& changed);
  void check_acknowledgement(const TrackerStep& step, const wire::Header& header,
                             const wire::Acknowledgement& ack);
  void check_promise(const TrackerStep& step, MemberId to, std::uint64_t echo,
                     std::uint32_t promise_us);
  void check_answer(const TrackerStep& step, const event::Answered& answer);
  void check_relayed(const TrackerStep& step, const event::Relayed& answer);
  void check_order(const TrackerStep& step, Term answered);
  void note_made(const TrackerStep& step, const wire::Header& header,
                 const wire::RelayReply& reply);
  void check_committed(const TrackerStep& step, const event::Committed& committed);
  void check_applied(const TrackerStep& step, const event::BlockApplied& applied);
  void check_grace(const TrackerStep& step, const Endpoint& expired);
  void check_expired(const TrackerStep& step, const event::PeerExpired& expired);
  void check_expired(const TrackerStep& step, const event::ContentExpired& expired);
  void check_serving(const TrackerStep& step);
  AtIndex& at(LogIndex index);

  Options options_;
  bool contradictions_ = false;
  std::vector<Seen> seen_;  // [tracker - 1]
  std::map<Term, Master> masters_;
  // Of the masters that died or handed over: what they said before may still be on its way.
  std::set<Term> ended_;
  std::map<std::pair<MemberId, std::uint64_t>, RelayFragments> making_;  // of answers in fragments
  std::unordered_set<std::uint64_t> made_;  // what masters answered through slaves, see made_key()
  std::vector<AtIndex> indices_;            // [index]
  Term highest_answered_, highest_served_;
  Registrations registrations_;
  std::set<std::pair<Endpoint, InfoHash>> not_stored_;
  std::unordered_map<Endpoint, Duration, Hash> expired_;  // when one of its registrations last did
  std::unordered_map<Endpoint, Heard, Hash> heard_;
  // A peer is heard when it asks. Its answer leaves so long after that at the most: on slow disks
  // it waits for its commit.
  Duration longest_wait_ = 1s;
};

}  // namespace swarm::sim
