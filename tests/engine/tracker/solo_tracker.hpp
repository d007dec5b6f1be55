// A single tracker under test, which is member 1. The test makes the datagrams of the other
// members, which are only numbers, and decides when the disks report. All datagrams of the tracker
// are decoded.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/db/sqlite_ballot_db.hpp"
#include "engine/db/sqlite_tracker_db.hpp"
#include "engine/tracker/tracker.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/operations.hpp"
#include "engine/wire/relay_protocol.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"
#include "tests/engine/consensus/members.hpp"
#include "tests/engine/links/plain_links.hpp"
#include "tests/engine/wire/resealed.hpp"

namespace swarm::test {

inline constexpr MemberId self{1};

inline InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

struct Sent {
  Endpoint to;
  wire::Message message;
};
struct HttpAnswer {  // empty: the client is refused
  Endpoint to;
  std::string body;
};
struct Reply {  // the tracker's answer to a peer
  Endpoint to;
  wire::Response response;
};

// Returns the message in a body, even if the consensus carries it for the service.
template <class T>
std::optional<T> message_in(const wire::Body& body) {
  if constexpr (std::is_same_v<T, wire::Relay>) {
    const auto* request = std::get_if<wire::ServiceRequest>(&body);
    return request ? std::optional(wire::decode_relay(request->content).value()) : std::nullopt;
  } else if constexpr (std::is_same_v<T, wire::RelayReply>) {
    const auto* reply = std::get_if<wire::ServiceReply>(&body);
    return reply ? std::optional(wire::decode_relay_reply(reply->content).value()) : std::nullopt;
  } else {
    const auto* message = std::get_if<T>(&body);
    return message ? std::optional(*message) : std::nullopt;
  }
}

class SoloTracker {
 public:
  struct Options {
    std::uint32_t members = 3;  // number of voters in the CONFIG of block 1; the first is this one
    std::uint64_t term = 1;
    std::vector<BlockPtr> log{};  // the blocks after block 1
    Duration promise = 50ms;      // the durable promise of an earlier process
    TrackerSettings settings{};
    std::optional<Config> config{};  // the CONFIG of block 1, instead of one with `members` voters
    bool fresh = false;              // true: the store is empty, without ballot and log
    bool hold_ballot = false;        // true: the ballot's disk is held from the start
    Time clock{10s};                 // the clock's time at the start
    // If set: the image that the tracker finds, instead of the log above. Its writes are dropped.
    std::optional<db::TrackerImage> image{};
    std::optional<StartDraw> draw{};  // of every start; if unset, each start has a draw of its own
  };
  // Is called around each call of the node, so that a measuring program can read its clock.
  struct Watch {
    virtual ~Watch() = default;
    virtual void begins() = 0;
    virtual void ended(const Outbox& out) = 0;
  };

  SoloTracker() : SoloTracker(Options{}) {}
  explicit SoloTracker(Options options)
      : settings_(std::move(options.settings)), now_(options.clock) {
    settings_.swarm_secret.fill(3);
    settings_.cipher = wire::Cipher::siphash;  // so that tests can change bytes of a datagram
    settings_.cluster_address = address_of(1);
    settings_.peers_address = {0x0a000001, 6969};
    if (!options.fresh) {
      db::Ballot ballot;
      ballot.store = store_of(1);
      ballot.cluster = cluster_id;
      ballot.member = self;
      ballot.term = Term{options.term};
      ballot.promise = options.promise;
      ballot_db_.write(ballot);
      db::TrackerWrite write;
      write.append.push_back(block(1, 1, options.config.value_or(voters(options.members))));
      for (auto& b : options.log) write.append.push_back(std::move(b));
      const db::TrackerWrite* const group[] = {&write};
      tracker_db_.write(group);
    }
    hold_ballot_ = options.hold_ballot;
    draw_ = options.draw;
    boot(std::move(options.image));
    if (!options.fresh) now_ += options.promise + 1ms;  // R10 is over, but no timer has run yet
  }

  // ---- Life

  // Crashes and starts again. Writes that the disks have not reported are lost. The clock goes on.
  void restart() {
    log_tickets_.clear();
    ballot_tickets_.clear();
    boot();
  }
  Tracker& tracker() { return *tracker_; }
  std::vector<MemberReport> members() const { return tracker_->members(now_); }
  const TrackerView& view() const { return tracker_->view(); }
  std::uint64_t rejected(Reject reason) const { return tracker_->rejected(reason); }
  const std::string& exit_reason() const { return exit_; }
  BootId boot_id() const { return {1000 + std::uint64_t{boots_} * 1'000'000}; }
  StoreId store() const { return view().store; }
  db::SqliteTrackerDb& tracker_db() { return tracker_db_; }
  db::SqliteBallotDb& ballot_db() { return ballot_db_; }

  // ---- Time

  Time now() const { return now_; }
  void pass(Duration d) {  // runs each timer at its due time
    const Time end = now_ + d;
    while (tracker_->next_wake() <= end && exit_.empty()) {
      now_ = std::max(now_, tracker_->next_wake());
      step([this](Outbox& out) { tracker_->wake(now_, out); });
    }
    now_ = end;
  }
  void skip(Duration d) { now_ += d; }  // runs no timer: they will be late
  void wake() {
    step([this](Outbox& out) { tracker_->wake(now_, out); });
  }

  // ---- Disks. They report at once, unless they are held.

  void hold_ballot(bool hold = true) { hold_ballot_ = hold; }
  void hold_log(bool hold = true) { hold_log_ = hold; }
  std::size_t ballots_pending() const { return ballot_tickets_.size(); }
  std::size_t logs_pending() const { return log_tickets_.size(); }
  void sync_ballot() {  // makes all pending ballots durable
    while (!ballot_tickets_.empty()) {
      const auto write = std::move(ballot_tickets_.front());
      ballot_tickets_.pop_front();
      ballot_db_.write(write.ballot);
      call([&](Outbox& out) { tracker_->persisted(now_, write.ticket, out); });
    }
  }
  void sync_log() {
    while (!log_tickets_.empty()) sync_one_log();
  }
  void sync_one_log() {
    const auto write = std::move(log_tickets_.front());
    log_tickets_.pop_front();
    const db::TrackerWrite* const group[] = {&write.write};
    if (!imaged_) tracker_db_.write(group);
    call([&](Outbox& out) { tracker_->persisted(now_, write.ticket, out); });
  }

  // ---- Datagrams of other members and of peers

  wire::Header header(std::uint32_t n, std::uint64_t term) const {
    return {cluster_id, MemberId{n}, MemberId{}, boot_of(n), store_of(n), Term{term}};
  }
  void hear(std::uint32_t n, std::uint64_t term, const wire::Body& body) {
    hear(header(n, term), body, address_of(n));
  }
  // Delivers a message that the consensus carries for the service.
  void hear(std::uint32_t n, std::uint64_t term, const wire::Relay& request) {
    std::vector<std::uint8_t> content;
    wire::encode(request, content);
    hear(n, term, wire::ServiceRequest{content});
  }
  void hear(std::uint32_t n, std::uint64_t term, const wire::RelayReply& reply) {
    std::vector<std::uint8_t> content;
    wire::encode(reply, content);
    hear(n, term, wire::ServiceReply{content});
  }
  void hear(const wire::Header& header, const wire::Body& body, const Endpoint& from) {
    std::vector<std::uint8_t> datagram;
    wire::encode(header, body, seal(), {}, datagram);
    hear_bytes(datagram, from);
  }
  void hear_bytes(Bytes datagram, const Endpoint& from) {
    step([&](Outbox& out) {
      tracker_->receive(now_, {Channel::cluster, from, false}, datagram, out);
    });
  }
  const Secret& secret() const { return settings_.swarm_secret; }
  wire::Seal seal() const { return {settings_.swarm_secret, settings_.cipher}; }
  // Completes a datagram that lacks only its length and its tag.
  void seal(std::vector<std::uint8_t>& bytes) const { seal_whole(bytes, seal()); }
  // Delivers a request that a peer sent to the trackers' group.
  void hear_peer(const Endpoint& from, const wire::Request& request) {
    hear_client({Channel::peers, from, true}, wire::encode(request).bytes());
  }
  // Delivers a request that a peer sent to this tracker alone.
  void hear_alone(const Endpoint& from, const wire::Request& request) {
    hear_client({Channel::peers, from, false}, wire::encode(request).bytes());
  }
  void hear_client(const Arrival& arrival, Bytes request) {
    step([&](Outbox& out) { tracker_->receive(now_, arrival, request, out); });
  }
  // Delivers a batch of requests as a host does: if the outbox of a step gets long, the rest goes
  // into a further step. Each step also runs the timers that are due.
  void hear_clients(Arrival arrival, const std::vector<Endpoint>& from,
                    const std::vector<std::vector<std::uint8_t>>& requests) {
    for (std::size_t i = 0; i < requests.size();) {
      step([&](Outbox& out) {
        for (; i < requests.size() && !out.is_long(); ++i) {
          arrival.from = from[i];
          tracker_->receive(now_, arrival, requests[i], out);
        }
        if (tracker_->next_wake() <= now_) tracker_->wake(now_, out);
      });
    }
  }
  template <class F>
  void act(F f) {  // carries out an operator's order: f(tracker, now, out)
    step([&](Outbox& out) { f(*tracker_, now_, out); });
  }

  // The state that a master would send now. Its clock is `others_clock` ahead of this tracker's.
  wire::MasterState master_state(std::uint64_t last, std::uint64_t last_term,
                                 std::uint64_t commit) const {
    wire::MasterState s;
    s.time_sent = ns(now_ + others_clock);
    s.commit = LogIndex{commit};
    s.last = LogIndex{last};
    s.last_term = Term{last_term};
    s.config_index = LogIndex{1};
    s.swarm_time_us = 1'000'000;
    return s;
  }
  void keep_alive(std::uint32_t n, std::uint64_t term, std::uint64_t last = 1,
                  std::uint64_t last_term = 1, std::uint64_t commit = 0) {
    hear(n, term, wire::KeepAlive{master_state(last, last_term, commit)});
  }
  // `previous_term` 0 stands for the term of the block.
  void prepare(std::uint32_t n, std::uint64_t term, const BlockPtr& b, std::uint64_t previous_term,
               std::uint64_t commit = 0) {
    hear(n, term,
         wire::Prepare{master_state(b->index.value, b->term.value, commit), b->index, b->term,
                       Term{previous_term}, b->stamp.us, b->operations});
  }
  void vote(std::uint32_t n, std::uint64_t term, std::uint64_t last, std::uint64_t last_term,
            wire::VoteFlag flag = wire::VoteFlag::none, std::uint32_t former = 0) {
    wire::Vote m;
    m.last = LogIndex{last};
    m.last_term = Term{last_term};
    m.flag = static_cast<std::uint8_t>(flag);
    if (former) {
      m.former = MemberId{former};
      m.former_boot = boot_of(former);
      m.former_store = store_of(former);
    }
    m.time_sent = ns(now_);
    hear(n, term, m);
  }
  void vote_reply(std::uint32_t n, std::uint64_t term, bool granted = true) {
    hear(n, term, wire::VoteReply{granted, boot_id(), ns(now_), 50'000});
  }
  // Delivers a READY of n up to `durable`. It echoes the send time from `echo_ago_us` ago.
  void ready(std::uint32_t n, std::uint64_t durable, std::uint64_t echo_ago_us = 0) {
    hear(n, view().term.value, wire::Ready{acknowledgement(durable, echo_ago_us)});
  }
  // Like ready(), from a slave whose disk takes so long for a sync.
  void ready_slowly(std::uint32_t n, std::uint64_t durable, Duration sync) {
    auto ack = acknowledgement(durable);
    ack.sync_age_us = static_cast<std::uint32_t>(sync / 1us);
    hear(n, view().term.value, wire::Ready{ack});
  }
  wire::Acknowledgement acknowledgement(std::uint64_t durable,
                                        std::uint64_t echo_ago_us = 0) const {
    wire::Acknowledgement ack;
    ack.echo = ns(now_) - echo_ago_us * 1000;
    ack.promise_us = 50'000;
    ack.received = ack.durable = LogIndex{durable};
    ack.applied = LogIndex{1};
    return ack;
  }

  // ---- Shorthands

  // Makes the tracker master of the next term, by silence, and by pre-votes and votes of `grants`.
  // Its NOOP has been sent, but no slave has sent READY for it.
  void win(const std::vector<std::uint32_t>& grants = {2}) {
    for (int i = 0; i < 400 && view().role != Role::candidate; ++i) {
      pass(1ms);
      for (const auto& s : sent<wire::PreVote>()) {
        for (const auto n : grants)
          hear(n, view().term.value,
               wire::PreVoteReply{std::get<wire::PreVote>(s.message.body).next, 1, 0});
        break;
      }
    }
    for (const auto n : grants)
      if (view().role == Role::candidate) vote_reply(n, view().term.value);
  }
  // Calls win(), and then commits the NOOP by a READY of `n`, so that the master serves.
  void serve(std::uint32_t n = 2) {
    win({n});
    ready(n, view().last.value);
  }
  // Lets `d` pass, while slave n acknowledges all blocks.
  void pass_as_master(Duration d, std::uint32_t n = 2) {
    for (Duration t = 0ns; t < d; t += 1ms) {
      pass(1ms);
      ready(n, view().last.value);
    }
  }

  // ---- What the tracker sent and reported since the last forget()

  template <class T>
  std::vector<Sent> sent() const {
    std::vector<Sent> found;
    for (const auto& s : sent_)
      if (std::holds_alternative<T>(s.message.body)) found.push_back(s);
    return found;
  }
  template <class T>
  std::vector<T> said() const {
    std::vector<T> found;
    for (const auto& s : sent_)
      if (const auto message = message_in<T>(s.message.body)) found.push_back(*message);
    return found;
  }
  template <class T>
  std::vector<T> said_to(std::uint32_t n) const {
    std::vector<T> found;
    for (const auto& s : sent_)
      if (const auto message = message_in<T>(s.message.body); message && s.to == address_of(n))
        found.push_back(*message);
    return found;
  }
  std::size_t datagrams() const { return sent_.size(); }  // number of datagrams to other members
  // The number of datagrams to this address in this version of the protocol.
  std::size_t datagrams(const Endpoint& to, std::uint8_t version) const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (sent_[i].to == to && bytes_[i].at(4) == version) ++n;
    return n;
  }
  const std::vector<Reply>& replies() const { return replies_; }
  const std::vector<HttpAnswer>& http_answers() const { return http_; }
  // most_work() is the most work of a single step, and most_rows_written() is the most rows of a
  // single write to the log's disk.
  std::size_t most_work() const { return most_work_; }
  void watch(Watch* watch) { watch_ = watch; }
  std::size_t most_rows_written() const { return most_rows_written_; }
  template <class T>
  std::vector<T> replied() const {
    std::vector<T> found;
    for (const auto& r : replies_)
      if (const auto* body = std::get_if<T>(&r.response)) found.push_back(*body);
    return found;
  }
  template <class T>
  std::vector<T> events() const {
    std::vector<T> found;
    for (const auto& e : events_)
      if (const auto* one = std::get_if<T>(&e)) found.push_back(*one);
    return found;
  }
  void forget() {
    sent_.clear();
    replies_.clear();
    http_.clear();
    events_.clear();
    bytes_.clear();
    plain_.clear();
  }

  static std::uint64_t ns(Time t) {
    return static_cast<std::uint64_t>(t.time_since_epoch().count());
  }
  Duration others_clock{};

 private:
  void boot(std::optional<db::TrackerImage> image = {}) {
    ++boots_;
    imaged_ = image.has_value();
    Tracker::Start start{settings_, image ? std::move(*image) : tracker_db_.load(),
                         ballot_db_.load(), boot_id(), draw_.value_or(draw_of(boots_))};
    tracker_ = std::make_unique<Tracker>(std::move(start), std::make_unique<PlainLinks>(seal()));
    exit_.clear();
    const bool again = boots_ > 1;
    std::optional<TrackerView> before;
    if (again) before = last_view_;
    step([this](Outbox& out) { tracker_->start(now_, out); });
    if (before && before->store == view().store) Invariants::across_restart(*before, view());
  }

  template <class F>
  void step(F f) {
    call(f);
    if (!hold_ballot_) sync_ballot();
    if (!hold_log_) sync_log();
    if (!hold_ballot_) sync_ballot();
  }
  // Makes one call of the node, and then checks all invariants.
  template <class F>
  void call(F f) {
    Outbox out;
    out.set_nonces(&nonces_);
    if (watch_) watch_->begins();
    f(out);
    if (watch_) watch_->ended(out);
    most_work_ = std::max(most_work_, out.work());
    for (auto& write : out.log_writes()) {
      most_rows_written_ = std::max(most_rows_written_, write.write.rows_written());
      log_tickets_.push_back(std::move(write));
    }
    for (auto& write : out.ballot_writes()) ballot_tickets_.push_back(std::move(write));
    for (const auto& e : out.events()) events_.push_back(e);
    for (std::size_t i = 0; i < out.datagrams(); ++i) take(out.datagram(i));
    if (!out.exit_reason().empty()) exit_ = out.exit_reason();
    Invariants::basic(view());
    if (last_view_.boot == view().boot) Invariants::delta(last_view_, view());
    last_view_ = view();
  }
  void take(const Outbox::Datagram& datagram) {
    if (datagram.channel == Channel::http) {
      http_.push_back({datagram.to, {datagram.bytes.begin(), datagram.bytes.end()}});
      return;
    }
    if (datagram.channel == Channel::peers) {
      const auto response = wire::decode_response(datagram.bytes);
      if (watch_ && !response) return;  // an answer in another dialect
      SWARM_ASSERT(response.has_value(), "a tracker says to peers what they can read");
      replies_.push_back({datagram.to, *response});
      return;
    }
    const auto& bytes = bytes_.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
    auto message = wire::decode(bytes, seal(), plain_.emplace_back());
    SWARM_ASSERT(message.has_value(), "a tracker says what the others can read");
    sent_.push_back({datagram.to, *message});
  }

  TrackerSettings settings_;
  db::SqliteTrackerDb tracker_db_{":memory:"};
  db::SqliteBallotDb ballot_db_{":memory:"};
  std::unique_ptr<Tracker> tracker_;
  std::uint32_t boots_ = 0;
  Time now_;
  std::optional<StartDraw> draw_;
  CountedNonces nonces_;
  bool hold_ballot_ = false, hold_log_ = false, imaged_ = false;
  std::deque<Outbox::LogWrite> log_tickets_;
  std::deque<Outbox::BallotWrite> ballot_tickets_;
  std::deque<std::vector<std::uint8_t>> bytes_, plain_;  // the messages in sent_ point into them
  std::vector<Sent> sent_;
  std::vector<Reply> replies_;
  std::vector<HttpAnswer> http_;
  std::vector<Event> events_;
  std::string exit_;
  std::size_t most_work_ = 0, most_rows_written_ = 0;
  Watch* watch_ = nullptr;
  TrackerView last_view_;
};

}  // namespace swarm::test
