// Checks what must hold for the whole swarm. The checkers run outside the trackers, after every
// simulated step, in O(1) (ARCHITECTURE, The two worlds). They see every tracker's view, datagrams
// and events, in true time. They change nothing.
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

// Thrown when a property does not hold. what() is one sentence that says what was seen.
struct CheckFailed : std::runtime_error {
  CheckFailed(std::string property, std::uint32_t at_tracker, const std::string& sentence)
      : std::runtime_error(sentence), name(std::move(property)), tracker(at_tracker) {}
  std::string name;       // one_master_per_term, ...
  std::uint32_t tracker;  // from 1; 0: no particular tracker
};

// A step that a tracker has just made. None of what the step asks for has happened yet.
struct TrackerStep {
  std::uint32_t tracker{};  // from 1
  Duration at{};            // true time
  Time local{};             // what the tracker's clock shows
  const TrackerView& view;  // after the step
  Duration lease_until{};   // view.lease_until in true time; zero: unknown (its clock stood still)
  const SwarmTable& table;
  const Outbox& out;
  Duration lifetime{};  // how long a registration lasts after its last refresh
};

class Checkers {
 public:
  struct Options {
    std::uint32_t trackers{};
    // True: check no_lost_registration. A scenario that wipes a majority of the disks may accept
    // that registrations are lost.
    bool registrations = true;
    // True: the run lasts longer than a registration, so registrations may expire.
    bool expiry = true;
    // True: also check what trackers say to each other. Only with a cipher that anybody can read.
    bool readable = false;
    // Returns the true time at which this tracker's clock shows `local`. It returns nothing if this
    // time is unknown because the clock stood still or leapt. Without this function, the checkers
    // take each clock's offset to be constant.
    std::function<std::optional<Duration>(std::uint32_t tracker, Time local)> true_time{};
  };
  explicit Checkers(const Options& options);

  // Checks these properties: one_master_per_term, leases_never_overlap, only_master_answers,
  // no_answer_of_an_older_term, applied_never_back, committed_logs_agree, equal_digests,
  // expire_only_after_lifetime, no_lost_registration, and Invariants. It also checks
  // says_what_is_durable (a granted vote, a READY: R0, R4, R12), promise_covers_lease (R1: the
  // sender of an acknowledgement has promised what the acknowledgement lets the master count on)
  // and one_change_of_members (R20). only_master_answers and no_answer_of_an_older_term also cover
  // answers that a slave passes on (R25). Such an answer must come from the master of the slave's
  // term.
  void stepped(const TrackerStep& step);
  // Call this if the scenario loses files or puts back older ones. That undoes acknowledged writes,
  // so the checkers no longer compare the trackers' logs and tables.
  void accept_contradictions() { contradictions_ = true; }
  // A datagram of this peer arrives at this tracker, whose clock shows `local`.
  void asked(std::uint32_t tracker, const Endpoint& peer, Time local);
  // The tracker's process has ended, for whatever reason. `wiped`: the disk no longer holds what
  // the process wrote.
  void ended(std::uint32_t tracker, bool wiped);

  // A peer was told that it is registered. `peer`: its endpoint as trackers see it. `asked`: the
  // true time of its first request. If a registration of the peer has expired since `asked`, the
  // call is ignored: the new registration may have come before the expiry. `master`: the table of
  // the present master. A registration that was answered but not stored counts only if it is in
  // this table.
  void registered(const InfoHash& content, const Endpoint& peer, Duration asked,
                  const SwarmTable* master = nullptr);
  // A peer wants to end this registration.
  void stopping(const InfoHash& content, const Endpoint& peer);

  // Checks that `rows` hold every acknowledged registration. `rows` must be those of a member that
  // has applied the whole log. Throws no_lost_registration.
  void check_rows(std::uint32_t tracker, const db::Snapshot& rows) const;

  std::size_t registrations() const { return registrations_.size(); }
  // True if the registration was answered but not stored, because a cap was reached.
  bool was_not_stored(const InfoHash& content, const Endpoint& peer) const {
    return not_stored_.contains({peer, content});
  }
  // The highest term in which a master served.
  Term highest_served() const { return highest_served_; }

 private:
  struct Hash {
    std::size_t operator()(const Endpoint& e) const {
      return mix(std::uint64_t{e.ip.v4()} << 16 | e.port);
    }
  };
  struct Seen {                       // what the checkers know of one tracker
    std::optional<TrackerView> view;  // after its last step; kept when the process ends
    bool up{};
    Duration lease_until{};
    Duration clock{};  // true time minus local time, at its last step
    Time serving_since = never;
    std::optional<event::ConfigChanged> config;  // the last change that the tracker reported
    std::optional<event::Committed> committed;
    // Per peer: the time of its first request after the last answer to it.
    std::unordered_map<Endpoint, Time, Hash> asked;
  };
  struct AtIndex {  // what the first tracker that reached this index reported
    std::uint64_t log_digest{}, table_digest{};
    Term committed;
  };
  struct Master {  // kept because its disk may be wiped while its answers are under way
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
  // The terms of masters that died or handed over. Answers of these masters may still be under way.
  std::set<Term> ended_;
  // Answers through slaves of which not all fragments were sent yet.
  std::map<std::pair<MemberId, std::uint64_t>, RelayFragments> making_;
  std::unordered_set<std::uint64_t> made_;  // made_key() of all answers that went through slaves
  std::vector<AtIndex> indices_;            // [index]
  Term highest_answered_, highest_served_;
  Registrations registrations_;
  std::set<std::pair<Endpoint, InfoHash>> not_stored_;
  std::unordered_map<Endpoint, Duration, Hash> expired_;  // per peer: the time of its last expiry
  std::unordered_map<Endpoint, Heard, Hash> heard_;       // per peer: the last answer to it
  // The longest time seen between a peer's request and the answer. On slow disks an answer waits
  // long for its commit. heard_ has the time of the answer, but a registration's lifetime counts
  // from the request.
  Duration longest_wait_ = 1s;
};

}  // namespace swarm::sim
