#include "engine/tracker/answering/answer_sender.hpp"

#include <algorithm>
#include <variant>

namespace swarm {
namespace {

using wire::Action;
using wire::ClientError;
using Connect = ClientRequest::Connect;
using Announce = ClientRequest::Announce;
using Declare = ClientRequest::Declare;
using Scrape = ClientRequest::Scrape;

AnnounceInterval interval_of(const AnsweringSettings& settings) {
  return AnnounceInterval(settings.announce_interval, settings.client_interval,
                          settings.longest_interval);
}

}  // namespace

AnswerSender::AnswerSender(const AnsweringSettings& settings, const SwarmTable& table,
                           RelayedAnswers& relayed, const SenderKeys& keys)
    : settings_(settings),
      table_(table),
      relayed_(relayed),
      random_(keys.chance),
      interval_(interval_of(settings)),
      errors_(keys.errors) {}

void AnswerSender::set_secrets(const Secret& current, const Secret& previous) {
  ids_.set_secrets(current, previous);
}

void AnswerSender::set_swarm_time(SwarmTime time, Time at) {
  swarm_time_ = time;
  swarm_time_at_ = at;
}

SwarmTime AnswerSender::swarm_now(Time now) const {
  const auto elapsed = std::max(now - swarm_time_at_, Duration::zero());
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  return {swarm_time_.us + static_cast<std::uint64_t>(us)};
}

void AnswerSender::reload() {
  interval_ = interval_of(settings_);
}

void AnswerSender::notice_size(Time now) {
  interval_.notice(now, table_.registrations());
}

// ---- What is wrong with a request

std::optional<ClientError> AnswerSender::objection(Time now, const Requester& requester,
                                                   const ClientRequest& request) const {
  if (std::holds_alternative<Connect>(request.what)) return std::nullopt;
  if (!connected(now, requester, request)) return ClientError::bad_connection;
  const auto* announce = std::get_if<Announce>(&request.what);
  if (announce && announce->foreign_ip) return ClientError::bad_address;
  if (announce && announce->desired != DesiredState::absent && !taken(announce->content))
    return ClientError::not_taken;
  return std::nullopt;
}

bool AnswerSender::connected(Time now, const Requester& requester,
                             const ClientRequest& request) const {
  if (request.dialect == Dialect::http) return true;
  const auto minutes =
      request.dialect == Dialect::seed ? ConnectionIds::seed_minutes : ConnectionIds::bep15_minutes;
  return ids_.accepts(request.connection, requester.client.ip, swarm_now(now), minutes);
}

bool AnswerSender::taken(const InfoHash& content) const {
  return !settings_.contents_taken || settings_.contents_taken->takes(content);
}

// Over TCP every request gets an answer, because an open connection costs more than an error.
bool AnswerSender::may_err(Time now, const Requester& requester, Dialect dialect) {
  return dialect == Dialect::http || errors_.allows(now, requester.client.ip, dialect);
}

void AnswerSender::refuse(AnsweringStep& step, const Requester& requester,
                          const BadClientRequest& bad) {
  step.out.event(event::Rejected{bad.reason});
  if (!bad.answer.empty() && may_err(step.now, requester, bad.dialect))
    send(step, requester, bad.dialect, bad.answer, Action::error);
  else
    leave_unanswered(requester, step.out);
}

void AnswerSender::refuse(AnsweringStep& step, const Requester& requester,
                          const ClientRequest& request, ClientError error) {
  const auto reason =
      error == ClientError::bad_connection ? Reject::unknown_connection : Reject::bad_value;
  step.out.event(event::Rejected{reason});
  if (may_err(step.now, requester, request.dialect))
    send(step, requester, request.dialect, encoded_.error(request, error), Action::error);
  else
    leave_unanswered(requester, step.out);
}

void AnswerSender::leave_unanswered(const Requester& requester, Outbox& out) {
  if (requester.slave) return relayed_.answer_relayed(requester, {});
  refuse_http(requester, out);
}

// ---- Answers

void AnswerSender::answer(AnsweringStep& step, const Requester& requester,
                          const ClientRequest& request) {
  std::visit([&](const auto& what) { answer(step, requester, request, what); }, request.what);
}

void AnswerSender::answer(AnsweringStep& step, const Requester& requester,
                          const ClientRequest& request, const Connect&) {
  const auto id = ids_.make(requester.client.ip, swarm_now(step.now));
  step.out.worked(1);
  send(step, requester, request.dialect, encoded_.connected(request, id), Action::connect);
}

void AnswerSender::answer(AnsweringStep& step, const Requester& requester,
                          const ClientRequest& request, const Announce& announce) {
  step.out.worked(work_of_answer);
  sample_.clear();
  if (announce.desired != DesiredState::absent) sample_for(requester, request, announce);
  SwarmTable::Counts swarm;
  if (request.dialect != Dialect::seed)  // answers of the seed's dialect have no counts
    swarm = counts_of(announce.content, requester);
  send(step, requester, request.dialect,
       encoded_.announced(request, {told_interval(step.now, request), swarm, sample_}),
       Action::announce);
}

// Those contents of the request that this tracker takes are registered already. If the request
// names other contents, too, the source gets an error.
void AnswerSender::answer(AnsweringStep& step, const Requester& requester,
                          const ClientRequest& request, const Declare& declare) {
  const auto is_taken = [this](const auto& content) { return taken(content); };
  if (!std::all_of(declare.contents.begin(), declare.contents.end(), is_taken))
    return refuse(step, requester, request, ClientError::not_taken);
  send(step, requester, request.dialect, encoded_.declared(request), Action::scrape);
}

void AnswerSender::answer(AnsweringStep& step, const Requester& requester,
                          const ClientRequest& request, const Scrape& scrape) {
  step.out.worked(scrape.contents.size());
  counts_.clear();
  for (const auto& content : scrape.contents) counts_.push_back(counts_of(content, requester));
  send(step, requester, request.dialect, encoded_.scraped(request, counts_), Action::scrape);
}

void AnswerSender::send(AnsweringStep& step, const Requester& to, Dialect dialect, Bytes answer,
                        Action action) {
  if (to.slave) return relayed_.answer_relayed(to, answer);
  step.out.send(to.channel, to.client, answer);
  step.out.event(event::Answered{step.term, to.client, static_cast<std::uint8_t>(action), dialect});
}

// The counts for an answer. For a content that this tracker does not take, they are zero. Such a
// content may still have registrations, from a time when the tracker took it.
SwarmTable::Counts AnswerSender::counts_of(const InfoHash& content,
                                           const Requester& requester) const {
  return taken(content) ? table_.counts(content, !requester.client.ip.is_v4())
                        : SwarmTable::Counts{};
}

void AnswerSender::sample_for(const Requester& requester, const ClientRequest& request,
                              const Announce& announce) {
  const Endpoint peer{requester.client.ip, announce.port};
  auto state = announce.desired == DesiredState::seeder ? PeerState::seeder : PeerState::leecher;
  state = announce.may_lack_all ? PeerState::leecher
                                : table_.find(announce.content, peer).value_or(state);
  const std::size_t most =
      std::min<std::size_t>({announce.peers_wanted, settings_.max_peers_per_reply,
                             ClientAnswer::most_peers(request, requester.client.ip)});
  table_.sample(announce.content, peer, state, most, random_, sample_);
}

// The interval for an answer, in seconds. In the seed's dialect it has no random part.
std::uint32_t AnswerSender::told_interval(Time now, const ClientRequest& request) {
  notice_size(now);
  const auto told = interval_.of(table_.registrations());
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(told).count();
  const auto seconds = static_cast<std::uint32_t>(std::max<std::int64_t>(s, 1));
  if (request.dialect == Dialect::seed) return seconds;
  return seconds + random_.quick_below(seconds / AnnounceInterval::jitter + 1);
}

}  // namespace swarm
