#include "engine/tracker/peer_info_sender.hpp"

#include <map>
#include <set>
#include <unordered_set>

#include "engine/assert.hpp"
#include "engine/tracker/connection_id.hpp"
#include "engine/tracker/error_limit.hpp"
#include "engine/tracker/recent_changes.hpp"
#include "engine/tracker/stored_request.hpp"
#include "engine/tracker/uncommitted.hpp"
#include "engine/wire/client_protocol.hpp"

namespace swarm {
namespace {

using namespace wire;

constexpr std::size_t expired_at_once = Expire::most6;

// What a request wants to be true of (content, peer).
enum class Wish { registered, seeder, absent };

Wish wish_of(AnnounceEvent event) {
  switch (event) {
    case AnnounceEvent::completed:
      return Wish::seeder;
    case AnnounceEvent::stopped:
      return Wish::absent;
    case AnnounceEvent::none:
    case AnnounceEvent::started:
      break;
  }
  return Wish::registered;
}

bool holds(Wish wish, std::optional<PeerState> state) {
  if (wish == Wish::absent) return !state;
  return state && (wish == Wish::registered || *state == PeerState::seeder);
}

std::optional<PeerState> outcome_of(Wish wish) {
  if (wish == Wish::absent) return std::nullopt;
  return wish == Wish::seeder ? PeerState::seeder : PeerState::leecher;
}

Operation operation_for(Wish wish, const RegistrationKey& key) {
  if (const auto state = outcome_of(wish)) return Register{key.content, key.peer, *state};
  return Remove{key.content, key.peer};
}

// One request of one source; its repetition while it waits has no effect.
struct Question {
  Endpoint from;
  TransactionId transaction;
  friend bool operator==(const Question&, const Question&) = default;
};
struct QuestionHash {
  std::uint64_t seed;
  std::size_t operator()(const Question& q) const {
    return mix(mix(packed(q.from) ^ seed) ^ q.transaction.value);
  }
};
using Questions = std::unordered_set<Question, QuestionHash>;

// One call of the tracker.
struct Step {
  Time now;
  Term term;
  Outbox& out;
};

// A request as it is handled: just arrived, or kept.
struct Asked {
  const Asker& asker;
  std::uint64_t sequence;
  Bytes bytes;
  bool kept;
};

}  // namespace

struct PeerInfoSender::Impl {
  Impl(const TrackerSettings& s, SwarmTable& t, RelayedAnswers& r, std::uint64_t chance)
      : settings(s),
        table(t),
        relayed(r),
        seed(mix(chance)),
        random(chance),
        changes(seed, s.kept_requests),
        uncommitted(seed),
        errors(seed),
        waiting_questions(0, QuestionHash{seed}),
        handled(0, QuestionHash{seed}) {}

  TrackerSettings settings;
  SwarmTable& table;
  RelayedAnswers& relayed;
  std::uint64_t seed;  // of hashing
  Random random;
  ConnectionIds ids;
  SwarmTime swarm_time;
  Time swarm_time_at;
  std::uint64_t sequence = 0;  // of arrivals and applied operations

  std::deque<StoredRequest> kept;  // in the order of their arrival
  RecentChanges changes;
  Uncommitted uncommitted;
  ErrorLimit errors;

  std::map<LogIndex, std::vector<StoredRequest>> waiting;  // by the block they wait for
  Questions waiting_questions;
  std::multiset<Time> waiting_since;
  // Changes that were made and answered lately: a late copy of the same request must not make them
  // again.
  Questions handled;
  std::deque<std::pair<Time, Question>> handled_order;

  std::vector<Endpoint> scratch;

  SwarmTime swarm_now(Time now) const {
    const auto elapsed = std::max(now - swarm_time_at, Duration::zero());
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
    return {swarm_time.us + static_cast<std::uint64_t>(us)};
  }

  // Answers.

  void send(Step& step, const Asker& to, const Datagram& datagram, Action action) {
    if (to.slave) return relayed.answer_relayed(to, datagram.bytes());
    step.out.send(to.channel, to.client, datagram.bytes());
    step.out.event(event::Answered{step.term, to.client, static_cast<std::uint8_t>(action)});
  }
  void refuse(Step& step, const Asked& asked, const BadRequest& bad) {
    step.out.event(event::Rejected{bad.reason});
    if (bad.answer && errors.allows(step.now, asked.asker.client.ip))
      send(step, asked.asker, encode(*bad.answer), Action::error);
  }
  void refuse(Step& step, const Asked& asked, TransactionId transaction, ClientError error) {
    const auto reason =
        error == ClientError::bad_connection ? Reject::unknown_connection : Reject::bad_value;
    refuse(step, asked, {reason, ErrorResponse{transaction, error_number(error)}});
  }
  void answer(Step& step, const Asker& asker, const AnnounceRequest& request) {
    AnnounceResponse response{request.transaction, interval(), {}};
    if (request.event != AnnounceEvent::stopped) {
      const Endpoint peer{asker.client.ip, request.port};
      const auto state = table.find(request.info_hash, peer).value_or(PeerState::leecher);
      const std::size_t most =
          std::min<std::size_t>({request.num_want, settings.max_peers_per_reply, most_peers});
      scratch.clear();
      table.sample(request.info_hash, peer, state, most, random, scratch);
      for (const auto& other : scratch) response.peers.push_back(other);
    }
    send(step, asker, encode(response), Action::announce);
  }
  void answer(Step& step, const Asker& asker, const ScrapeRequest& request) {
    send(step, asker, encode(ScrapeResponse{request.transaction}), Action::scrape);
  }
  void answer(Step&, const Asker&, const ConnectRequest&) {}  // never waits
  std::uint32_t interval() const {
    const auto s = std::chrono::duration_cast<std::chrono::seconds>(settings.announce_interval);
    return static_cast<std::uint32_t>(std::max<std::int64_t>(s.count(), 1));
  }

  // Requests.

  void handle(Step& step, const Asked& asked, Proposer& log) {
    const auto request = decode_request(asked.bytes);
    if (!request) return refuse(step, asked, request.error());
    std::visit([&](const auto& r) { handle(step, asked, r, log); }, *request);
  }
  void handle(Step& step, const Asked& asked, const ConnectRequest& request, Proposer&) {
    const ConnectResponse response{request.transaction,
                                   ids.make(asked.asker.client.ip, swarm_now(step.now))};
    send(step, asked.asker, encode(response), Action::connect);
  }
  void handle(Step& step, const Asked& asked, const AnnounceRequest& request, Proposer& log) {
    if (!connected(step, asked, request.connection, request.transaction)) return;
    if (request.port == 0) return refuse(step, asked, request.transaction, ClientError::bad_port);
    if (request.ip != 0 && request.ip != asked.asker.client.ip)
      return refuse(step, asked, request.transaction, ClientError::bad_address);
    if (waits(asked.asker.client, request.transaction)) return;
    const Endpoint peer{asked.asker.client.ip, request.port};
    table.heard(peer, step.now);
    if (was_handled(step.now, asked.asker.client, request.transaction))
      return answer(step, asked.asker, request);
    const auto block =
        settle(asked, {request.info_hash, peer}, wish_of(request.event), log, &step.out);
    if (block) answer_after(*block, step, asked, request);
  }
  void handle(Step& step, const Asked& asked, const ScrapeRequest& request, Proposer& log) {
    if (!connected(step, asked, request.connection, request.transaction)) return;
    if (waits(asked.asker.client, request.transaction)) return;
    table.heard(asked.asker.client, step.now);
    if (was_handled(step.now, asked.asker.client, request.transaction))
      return answer(step, asked.asker, request);
    LogIndex last;
    bool settled = true;
    for (const auto& content : request.contents) {
      const auto block = settle(asked, {content, asked.asker.client}, Wish::seeder, log, &step.out);
      settled = settled && block.has_value();
      last = std::max(last, block.value_or(LogIndex{}));
    }
    if (settled) answer_after(last, step, asked, request);
  }
  bool connected(Step& step, const Asked& asked, ConnectionId id, TransactionId transaction) {
    if (ids.accepts(id, asked.asker.client.ip, swarm_now(step.now))) return true;
    refuse(step, asked, transaction, ClientError::bad_connection);
    return false;
  }
  bool waits(const Endpoint& from, TransactionId transaction) const {
    return waiting_questions.contains({from, transaction});
  }

  void forget_handled(Time now) {
    const Time limit = now - settings.kept_requests_age;
    while (!handled_order.empty() &&
           (handled_order.front().first < limit || handled_order.size() > settings.kept_requests)) {
      handled.erase(handled_order.front().second);
      handled_order.pop_front();
    }
  }
  bool was_handled(Time now, const Endpoint& from, TransactionId transaction) {
    forget_handled(now);
    return handled.contains({from, transaction});
  }
  void note_handled(Time now, const Question& question) {
    if (handled.insert(question).second) handled_order.emplace_back(now, question);
  }

  // Makes the wish come true. The block whose commit makes it so; zero: it is so already. Nothing:
  // a kept request that something newer contradicts (R18): changing would undo that, answering
  // would confirm what is not so; if the peer still wants it, its retransmission says so.
  // `tell`: who wants to know that it was not stored; may be null.
  std::optional<LogIndex> settle(const Asked& asked, const RegistrationKey& key, Wish wish,
                                 Proposer& log, Outbox* tell) {
    const auto change = uncommitted.find(key);
    const auto state = change ? change->outcome : table.find(key.content, key.peer);
    const LogIndex touched = change ? change->block : LogIndex{};
    if (holds(wish, state)) return touched;
    if (asked.kept && changes.changed_after(asked.sequence, key)) return std::nullopt;
    if (!state && full(key)) {
      if (tell) tell->event(event::NotStored{});
      return touched;
    }
    const LogIndex block = log.propose(operation_for(wish, key));
    uncommitted.proposed(key, block, outcome_of(wish));
    return block;
  }
  // What is under way counts as if all of it were new.
  bool full(const RegistrationKey& key) const {
    const auto coming = uncommitted.size();
    const auto counts = table.counts(key.content);
    const bool new_content = counts.seeders + counts.leechers == 0;
    const bool new_peer = !table.knows(key.peer);
    return (new_content && table.contents() + coming >= settings.max_contents) ||
           (new_peer && table.peers() + coming >= settings.max_peers) ||
           (memory_used_up() && table.spare(new_peer, new_content) <= coming);
  }
  bool memory_used_up() const {
    return settings.max_memory > 0 && table.memory() >= settings.max_memory;
  }

  // Only proposes what a kept request wants changed; what is wrong with it is found when it is
  // answered. The table lacks what the log's end has yet to commit: where that may matter the
  // request is left to serve_kept().
  void prepare(Time now, const StoredRequest& stored, Proposer& log) {
    const Asked asked{stored.asker(), stored.sequence(), stored.bytes(), true};
    const auto request = decode_request(asked.bytes);
    if (!request) return;
    const auto valid = [&](ConnectionId id) {
      return ids.accepts(id, asked.asker.client.ip, swarm_now(now));
    };
    const auto want = [&](const RegistrationKey& key, Wish wish) {
      if (!changes.changed(key)) settle(asked, key, wish, log, nullptr);
    };
    if (const auto* announce = std::get_if<AnnounceRequest>(&*request)) {
      if (!valid(announce->connection) || announce->port == 0 ||
          (announce->ip != 0 && announce->ip != asked.asker.client.ip))
        return;
      want({announce->info_hash, {asked.asker.client.ip, announce->port}},
           wish_of(announce->event));
    } else if (const auto* scrape = std::get_if<ScrapeRequest>(&*request)) {
      if (!valid(scrape->connection)) return;
      for (const auto& content : scrape->contents)
        want({content, asked.asker.client}, Wish::seeder);
    }
  }

  template <class R>
  void answer_after(LogIndex block, Step& step, const Asked& asked, const R& request) {
    if (!block) return answer(step, asked.asker, request);
    waiting[block].emplace_back(asked.asker, asked.sequence, asked.bytes);
    waiting_questions.insert({asked.asker.client, request.transaction});
    waiting_since.insert(asked.asker.arrived);
  }
  void answer(Step& step, const StoredRequest& request) {
    const auto decoded = decode_request(request.bytes());
    SWARM_ASSERT(decoded.has_value(), "what waits was decoded before");
    std::visit(
        [&](const auto& r) {
          waiting_questions.erase({request.asker().client, r.transaction});
          note_handled(step.now, {request.asker().client, r.transaction});
          answer(step, request.asker(), r);
        },
        *decoded);
    waiting_since.erase(waiting_since.find(request.asker().arrived));
  }

  // Which of them to answer: of a request that was retransmitted, the last copy, for which the
  // fewest changes are newer.
  std::vector<bool> last_copies(const std::deque<StoredRequest>& requests) const {
    std::vector<bool> last(requests.size());
    Questions seen(0, QuestionHash{seed});
    for (std::size_t i = requests.size(); i-- > 0;) {
      const auto decoded = decode_request(requests[i].bytes());
      SWARM_ASSERT(decoded.has_value(), "what is kept was decoded before");
      const auto transaction = std::visit([](const auto& r) { return r.transaction; }, *decoded);
      last[i] = seen.insert({requests[i].asker().client, transaction}).second;
    }
    return last;
  }

  void drop_old(Time now) {
    const Time limit = now - settings.kept_requests_age;
    while (!kept.empty() && kept.front().asker().arrived < limit) kept.pop_front();
    changes.forget_before(limit);
  }
};

PeerInfoSender::PeerInfoSender(const TrackerSettings& settings, SwarmTable& table,
                               RelayedAnswers& relayed, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(settings, table, relayed, seed)) {}
PeerInfoSender::~PeerInfoSender() = default;

void PeerInfoSender::set_secrets(const Secret& current, const Secret& previous) {
  impl_->ids.set_secrets(current, previous);
}

void PeerInfoSender::set_swarm_time(SwarmTime time, Time at) {
  impl_->swarm_time = time;
  impl_->swarm_time_at = at;
}

void PeerInfoSender::keep(Time now, const Asker& asker, Bytes request) {
  impl_->drop_old(now);
  if (!decode_request(request)) return;
  impl_->kept.emplace_back(asker, ++impl_->sequence, request);
  if (impl_->kept.size() > impl_->settings.kept_requests) impl_->kept.pop_front();
}

void PeerInfoSender::serve(Time now, const Asker& asker, Bytes request, Term term, Proposer& log,
                           Outbox& out) {
  Step step{now, term, out};
  impl_->handle(step, {asker, ++impl_->sequence, request, false}, log);
}

void PeerInfoSender::committed(Time now, LogIndex index, Term term, Outbox& out) {
  impl_->uncommitted.committed(index);
  Step step{now, term, out};
  auto& waiting = impl_->waiting;
  for (; !waiting.empty() && waiting.begin()->first <= index; waiting.erase(waiting.begin()))
    for (const auto& request : waiting.begin()->second) impl_->answer(step, request);
}

void PeerInfoSender::applied(Time now, const Operation& operation) {
  impl_->drop_old(now);
  // Only what came before this change may ask later whether it happened.
  if (impl_->kept.empty() && impl_->waiting.empty()) return;
  impl_->changes.record(now, ++impl_->sequence, operation);
}

void PeerInfoSender::prepare_takeover(Time now, Time since, Proposer& log) {
  impl_->drop_old(now);
  const auto last = impl_->last_copies(impl_->kept);
  for (std::size_t i = 0; i < impl_->kept.size(); ++i)
    if (last[i] && impl_->kept[i].asker().arrived >= since)
      impl_->prepare(now, impl_->kept[i], log);
}

void PeerInfoSender::begin_serving(Time now) {
  impl_->table.all_heard(now);
}

void PeerInfoSender::serve_kept(Time now, Time since, Term term, Proposer& log, Outbox& out) {
  impl_->drop_old(now);
  Step step{now, term, out};
  const auto requests = std::exchange(impl_->kept, {});
  const auto last = impl_->last_copies(requests);
  std::uint32_t answered = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& request = requests[i];
    if (request.asker().arrived < since || !last[i]) continue;
    ++answered;
    impl_->handle(step, {request.asker(), request.sequence(), request.bytes(), true}, log);
  }
  if (answered > 0) out.event(event::KeptAnswered{answered});
}

void PeerInfoSender::stepped_down(Time now) {
  std::vector<StoredRequest> all;
  for (auto& [block, requests] : impl_->waiting)
    for (auto& request : requests) all.push_back(std::move(request));
  for (auto& request : impl_->kept) all.push_back(std::move(request));
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.sequence() < b.sequence(); });
  const std::size_t room = impl_->settings.kept_requests;
  const std::size_t first = all.size() > room ? all.size() - room : 0;
  impl_->kept.clear();
  for (std::size_t i = first; i < all.size(); ++i) impl_->kept.push_back(std::move(all[i]));
  impl_->waiting.clear();
  impl_->waiting_questions.clear();
  impl_->waiting_since.clear();
  impl_->uncommitted.clear();
  impl_->drop_old(now);
}

bool PeerInfoSender::waiting() const {
  return !impl_->waiting.empty();
}

Duration PeerInfoSender::oldest_unanswered(Time now) const {
  if (impl_->waiting_since.empty()) return Duration::zero();
  return std::max(now - *impl_->waiting_since.begin(), Duration::zero());
}

Time PeerInfoSender::next_expiry() const {
  return later(impl_->table.oldest_heard(), impl_->settings.lifetime());
}

void PeerInfoSender::expire(Time now, Proposer& log, Outbox& out) {
  auto& due = impl_->scratch;
  due.clear();
  // A nanosecond more: heard exactly a lifetime ago is due, as next_expiry() says.
  impl_->table.unheard_since(now - impl_->settings.lifetime() + 1ns, expired_at_once, due);
  // A decision counts as hearing, so that the next call goes on with the others.
  for (const auto& peer : due) impl_->table.heard(peer, now);
  std::erase_if(due, [&](const auto& peer) { return impl_->uncommitted.expiring(peer); });
  const auto v6 = std::stable_partition(due.begin(), due.end(),
                                        [](const auto& peer) { return peer.ip.is_v4(); });
  for (const std::span family : {std::span(due.begin(), v6), std::span(v6, due.end())}) {
    if (family.empty()) continue;
    const LogIndex block = log.propose(Expire{{family.begin(), family.end()}});
    for (const auto& peer : family) {
      impl_->uncommitted.proposed_expiry(peer, block);
      out.event(event::PeerExpired{peer});
    }
  }
}

void PeerInfoSender::reload(Time now, const TrackerSettings& settings) {
  const Duration shorter = impl_->settings.lifetime() - settings.lifetime();
  impl_->settings = settings;
  if (shorter > 0ns) impl_->table.all_heard(now + shorter);
}

bool PeerInfoSender::full() const {
  const auto& settings = impl_->settings;
  const auto& table = impl_->table;
  return table.contents() >= settings.max_contents || table.peers() >= settings.max_peers ||
         (impl_->memory_used_up() && table.spare(true, true) == 0);
}

void PeerInfoSender::forget_old(Time now) {
  impl_->drop_old(now);
  impl_->forget_handled(now);
}

std::size_t PeerInfoSender::kept() const {
  return impl_->kept.size();
}

}  // namespace swarm
