#include "engine/tracker/answering/peer_info_sender.hpp"

#include <algorithm>

#include "engine/tracker/answering/answer_sender.hpp"
#include "engine/tracker/answering/client_request.hpp"
#include "engine/tracker/answering/expiry.hpp"
#include "engine/tracker/answering/kept_requests.hpp"
#include "engine/tracker/answering/registrar.hpp"
#include "engine/tracker/answering/waiting_for_commit.hpp"

namespace swarm {
namespace {

using Announce = ClientRequest::Announce;
using Declare = ClientRequest::Declare;

// The work of a proposed change, and of a kept request (its change, its answer, and its removal
// from the kept requests), in units of Outbox::worked().
constexpr std::size_t work_of_change = 3, work_of_kept = 8;
constexpr std::size_t work_of_taking_back = 2;
constexpr std::size_t least_freed_elsewhere = 1024;  // entries; fewer are freed at once
constexpr std::size_t least_room = 256;              // least work for waiting requests in one step
constexpr std::size_t prepared_at_once = 256;
// Each request frees a few of the remembered entries: more entries than it adds. If no requests
// come, forget_old() frees the rest.
constexpr std::size_t forgotten_with_each = 8, forgotten_at_once = 256;

// A request that is being handled. `late`: it has arrived earlier, and was kept.
struct Asked {
  const Requester& requester;
  Timestamp at;
  Bytes bytes;
  bool late;
};

// The peer that a request registers or removes. The request shows that this peer is there.
Endpoint peer_of(const Announce& request, const Endpoint& client) {
  return {client.ip, request.port};
}
Endpoint peer_of(const Declare&, const Endpoint& client) {
  return client;
}

}  // namespace

struct PeerInfoSender::Impl {
  Impl(const AnsweringSettings& s, SwarmTable& t, RelayedAnswers& relayed, const SenderKeys& keys)
      : settings(s),
        table(t),
        seed(keys.hashing),
        answers(settings, table, relayed, keys),
        kept(settings, seed),
        registrar(settings, table, seed),
        expiry(table, registrar),
        waiting(seed) {}

  AnsweringSettings settings;
  SwarmTable& table;
  std::uint64_t seed;            // of hashing
  std::uint64_t timestamps = 0;  // the number of the latest Timestamp

  AnswerSender answers;
  KeptRequests kept;
  Registrar registrar;
  Expiry expiry;
  WaitingForCommit waiting;

  RequestId id_of(const ClientRequest& request, const Requester& requester, Bytes bytes) const {
    return {requester.client, requester.slave, request_number(request, bytes, seed)};
  }

  void handle(AnsweringStep& step, const Asked& asked, Proposer& log) {
    const auto request = read_request(asked.requester, asked.bytes);
    if (!request) return answers.refuse(step, asked.requester, request.error());
    if (const auto error = answers.objection(step.now, asked.requester, *request))
      return answers.refuse(step, asked.requester, *request, *error);
    if (const auto* announce = std::get_if<Announce>(&request->what))
      handle(step, asked, *request, *announce, log);
    else if (const auto* declare = std::get_if<Declare>(&request->what))
      handle(step, asked, *request, *declare, log);
    else  // a connect or a scrape changes nothing
      answers.answer(step, asked.requester, *request);
  }
  template <class Change>  // Announce, or Declare
  void handle(AnsweringStep& step, const Asked& asked, const ClientRequest& request,
              const Change& change, Proposer& log) {
    const Bytes bytes = without_options(request, asked.bytes);
    const RequestId id = id_of(request, asked.requester, bytes);
    if (waiting.waits(id)) return;
    table.heard(peer_of(change, asked.requester.client), step.now);
    forget_handled(step.now);
    const auto block = settle(step, dated(asked, id), change, log);
    if (!block) return answers.leave_unanswered(asked.requester, step.out);
    if (!*block) return answers.answer(step, asked.requester, request);
    waiting.wait_for(*block, {asked.requester, asked.at.number, bytes, id.number});
  }

  // If a copy of the request was handled lately, the request gets the time of that copy. So it
  // cannot undo a change that was requested in the meantime (R18).
  Asked dated(const Asked& asked, const RequestId& id) const {
    const auto before = waiting.asked_before(id);
    return before ? Asked{asked.requester, *before, asked.bytes, true} : asked;
  }

  // Calls f for each registration that the request is to change or confirm.
  template <class F>
  void for_each_wanted(const Announce& announce, const Endpoint& client, const F& f) const {
    if (announce.port == 0) return;
    f({{announce.content, peer_of(announce, client)},
       announce.desired,
       announce.completed,
       announce.refresh,
       answers.lifetime()});
  }
  template <class F>
  void for_each_wanted(const Declare& declare, const Endpoint& client, const F& f) const {
    for (const auto& content : declare.contents)
      if (answers.taken(content)) f({{content, client}, DesiredState::seeder, false, true, {}});
  }
  // Proposes the changes that the request wants. Returns the block whose commit completes them.
  // Zero: there is nothing to wait for. Empty: the request must not be answered.
  template <class Change>
  std::optional<LogIndex> settle(AnsweringStep& step, const Asked& asked, const Change& change,
                                 Proposer& log) {
    std::optional<LogIndex> last = LogIndex{};
    for_each_wanted(change, asked.requester.client, [&](const Registrar::Wanted& wanted) {
      const auto settled = registrar.settle(wanted, asked.at, asked.late, log);
      step.out.worked(settled && settled->block ? work_of_change : 1);
      if (settled && !settled->stored)
        step.out.event(event::NotStored{wanted.key.content, wanted.key.peer});
      if (!settled)
        last = std::nullopt;
      else if (last)
        last = std::max(*last, settled->block);
    });
    return last;
  }
  void answer(AnsweringStep& step, const StoredRequest& stored) {
    const auto request = read_request(stored.requester(), stored.bytes());
    SWARM_ASSERT(request.has_value(), "what waits was read before");
    answers.answer(step, stored.requester(), *request);
  }

  // Proposes the changes that a kept request wants, but does not answer it: serve_kept() will send
  // the answer or the error. The table lacks the blocks that are not committed yet. If such a block
  // may concern a registration, serve_kept() will propose the change of this registration.
  void prepare(Time now, const StoredRequest& stored, Proposer& log) {
    const auto request = read_request(stored.requester(), stored.bytes());
    SWARM_ASSERT(request.has_value(), "what is kept was read before");
    if (answers.objection(now, stored.requester(), *request)) return;
    const auto want = [&](const Registrar::Wanted& wanted) {
      if (!registrar.changed(wanted.key)) registrar.settle(wanted, stored.timestamp(), true, log);
    };
    const auto& client = stored.requester().client;
    if (const auto* announce = std::get_if<Announce>(&request->what))
      for_each_wanted(*announce, client, want);
    else if (const auto* declare = std::get_if<Declare>(&request->what))
      for_each_wanted(*declare, client, want);
  }

  // Kept requests that arrived before this time do not get an answer any more.
  Time too_old(Time now) const { return now - settings.kept_requests_age; }
  void drop_old(Time now, std::size_t most = forgotten_with_each) {
    kept.drop_old(now, most);
    // No late request is older than this. A second is added, because the age of a relayed request
    // does not include the time that it took from the slave to the master.
    registrar.forget_before(now - std::max(settings.relay_age + 1s, settings.kept_requests_age),
                            most);
    registrar.forget_counted_before(now - answers.lifetime(), most);
  }
  void forget_handled(Time now, std::size_t most = forgotten_with_each) {
    waiting.forget_handled(now - settings.kept_requests_age, settings.kept_requests, most);
  }
};

PeerInfoSender::PeerInfoSender(const AnsweringSettings& settings, SwarmTable& table,
                               RelayedAnswers& relayed, const SenderKeys& keys)
    : impl_(std::make_unique<Impl>(settings, table, relayed, keys)) {}
PeerInfoSender::~PeerInfoSender() = default;

void PeerInfoSender::set_secrets(const Secret& current, const Secret& previous) {
  impl_->answers.set_secrets(current, previous);
}

void PeerInfoSender::set_swarm_time(SwarmTime time, Time at) {
  impl_->answers.set_swarm_time(time, at);
}

bool PeerInfoSender::connected(Time now, const Requester& requester,
                               const ClientRequest& request) const {
  return impl_->answers.connected(now, requester, request);
}

bool PeerInfoSender::may_err(Time now, const Requester& requester, Dialect dialect) {
  return impl_->answers.may_err(now, requester, dialect);
}

void PeerInfoSender::keep(Time now, const Requester& requester, Bytes bytes) {
  impl_->drop_old(now);
  const auto request = read_request(requester, bytes);
  if (!request) return;
  bytes = without_options(*request, bytes);
  const auto id = impl_->id_of(*request, requester, bytes);
  impl_->kept.push({requester, ++impl_->timestamps, bytes, id.number});
}

void PeerInfoSender::serve(Time now, const Requester& requester, Bytes request, Term term,
                           Proposer& log, Outbox& out) {
  AnsweringStep step{now, term, out};
  const bool late = requester.arrived < now;
  const Timestamp at{requester.arrived, late ? 0 : ++impl_->timestamps};
  impl_->handle(step, {requester, at, request, late}, log);
}

bool PeerInfoSender::committed(Time now, LogIndex index, Term term, Outbox& out) {
  out.worked(impl_->registrar.committed(index) / 2);
  impl_->expiry.committed(index);
  AnsweringStep step{now, term, out};
  return impl_->waiting.committed(
      index, now, out.room(least_room) / AnswerSender::work_of_answer,
      [&](const StoredRequest& request) { impl_->answer(step, request); });
}

void PeerInfoSender::applied(Time now, const Operation& operation) {
  impl_->drop_old(now);
  impl_->registrar.applied({now, ++impl_->timestamps}, operation);
}

void PeerInfoSender::loaded(Time now) {
  impl_->registrar.loaded({now, ++impl_->timestamps});
}

void PeerInfoSender::remember_counted(Time at, const Operation& operation) {
  impl_->registrar.remember_counted(at, operation);
}

void PeerInfoSender::prepare_takeover(Time now, Time since, Proposer& log) {
  impl_->drop_old(now);
  const auto prepare = [&](const StoredRequest& request) { impl_->prepare(now, request, log); };
  impl_->kept.for_youngest(std::max(since, impl_->too_old(now)), prepared_at_once, prepare);
}

void PeerInfoSender::begin_serving(Time now) {
  impl_->expiry.all_heard(now);
  impl_->expiry.forget_uncommitted();
}

bool PeerInfoSender::serve_kept(Time now, Time since, Term term, Proposer& log, Outbox& out) {
  impl_->drop_old(now);
  AnsweringStep step{now, term, out};
  std::uint32_t answered = 0;
  const auto answer = [&](const StoredRequest& request) {
    ++answered;
    impl_->handle(step, {request.requester(), request.timestamp(), request.bytes(), true}, log);
  };
  const bool more = impl_->kept.take(std::max(since, impl_->too_old(now)),
                                     out.room(least_room) / work_of_kept, answer);
  if (answered > 0) out.event(event::KeptAnswered{answered});
  return more;
}

std::vector<std::shared_ptr<void>> PeerInfoSender::stepped_down(Time now) {
  const bool large = impl_->waiting.size() + impl_->registrar.uncommitted() > least_freed_elsewhere;
  std::vector<std::shared_ptr<void>> freed;
  impl_->kept.put_back(impl_->waiting.give_back(freed));
  freed.push_back(impl_->registrar.forget_uncommitted());
  impl_->expiry.forget_uncommitted();
  impl_->drop_old(now);
  if (!large) freed.clear();
  return freed;
}

bool PeerInfoSender::take_back(Time now, Outbox& out,
                               const std::function<void(const StoredRequest&)>& alone) {
  const auto is_kept = [&](const StoredRequest& request) {
    if (request.requester().slave) return false;
    out.worked(work_of_taking_back);
    if (request.requester().multicast) return request.requester().arrived >= impl_->too_old(now);
    alone(request);
    return false;
  };
  return impl_->kept.take_back(out.room(least_room) / work_of_taking_back, is_kept);
}

bool PeerInfoSender::waiting() const {
  return impl_->waiting.any();
}

Duration PeerInfoSender::oldest_unanswered(Time now) const {
  const Time oldest = impl_->waiting.oldest();
  return oldest < now ? now - oldest : Duration::zero();
}

Time PeerInfoSender::next_expiry() const {
  return impl_->expiry.next(impl_->answers.lifetime());
}

void PeerInfoSender::expire(Time now, Proposer& log, Outbox& out) {
  impl_->expiry.step(now, impl_->answers.lifetime(), log, out);
}

void PeerInfoSender::reload(Time now, const AnsweringSettings& settings) {
  const Duration before = impl_->answers.lifetime();
  impl_->settings = settings;
  impl_->answers.reload();
  impl_->answers.notice_size(now);
  const Duration shorter = before - impl_->answers.lifetime();
  if (shorter > 0ns) impl_->expiry.all_heard(now + shorter);
}

bool PeerInfoSender::full() const {
  return impl_->registrar.full();
}

void PeerInfoSender::forget_old(Time now) {
  impl_->drop_old(now, forgotten_at_once);
  impl_->forget_handled(now, forgotten_at_once);
  impl_->answers.notice_size(now);
}

std::size_t PeerInfoSender::kept() const {
  return impl_->kept.size();
}

}  // namespace swarm
