// How a client is answered: what is wrong with its request, what the table says to it, in its
// dialect, over the way on which it came. Whether it may be answered yet, its caller decides
// (peer_info_sender).
#pragma once

#include <optional>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/node/outbox.hpp"
#include "engine/tracker/answering/announce_interval.hpp"
#include "engine/tracker/answering/client_answer.hpp"
#include "engine/tracker/answering/client_request.hpp"
#include "engine/tracker/answering/connection_id.hpp"
#include "engine/tracker/answering/error_limit.hpp"
#include "engine/tracker/answering/requester.hpp"
#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

// One call of the tracker.
struct AnsweringStep {
  Time now;
  Term term;
  Outbox& out;
};

class AnswerSender {
 public:
  static constexpr std::size_t work_of_answer = 4;  // units of Outbox::worked()

  // `settings`, `table` and `relayed` outlive it. chance: of its choices; seed: of its hashing.
  AnswerSender(const AnsweringSettings& settings, const SwarmTable& table, RelayedAnswers& relayed,
               std::uint64_t chance, std::uint64_t seed);

  void set_secrets(const Secret& current, const Secret& previous);
  void set_swarm_time(SwarmTime time, Time at);
  void reload();  // the settings are others
  // The registrations that there are now count for the interval.
  void notice_size(Time now);
  // Of a registration that is not announced again, in its peer's knowledge.
  Duration lifetime() const { return interval_.lifetime(); }

  // What is wrong with a request that can be read; nothing: it is to be answered.
  std::optional<wire::ClientError> objection(Time now, const Requester& requester,
                                             const ClientRequest& request) const;
  // See PeerInfoSender.
  bool connected(Time now, const Requester& requester, const ClientRequest& request) const;
  bool may_err(Time now, const Requester& requester, Dialect dialect);
  bool taken(const InfoHash& content) const;  // this tracker keeps registrations of it

  void answer(AnsweringStep& step, const Requester& requester, const ClientRequest& request);
  void refuse(AnsweringStep& step, const Requester& requester, const BadClientRequest& bad);
  void refuse(AnsweringStep& step, const Requester& requester, const ClientRequest& request,
              wire::ClientError error);
  // A slave would repeat the request in vain; a client asks again by itself.
  void leave_unanswered(const Requester& requester);

 private:
  using Request = const ClientRequest&;
  void answer(AnsweringStep&, const Requester&, Request, const ClientRequest::Connect&);
  void answer(AnsweringStep&, const Requester&, Request, const ClientRequest::Announce&);
  void answer(AnsweringStep&, const Requester&, Request, const ClientRequest::Declare&);
  void answer(AnsweringStep&, const Requester&, Request, const ClientRequest::Scrape&);
  void send(AnsweringStep& step, const Requester& to, Dialect dialect, Bytes answer,
            wire::Action action);
  SwarmTime swarm_now(Time now) const;
  SwarmTable::Counts counts_of(const InfoHash& content, const Requester& requester) const;
  void sample_for(const Requester& requester, Request request,
                  const ClientRequest::Announce& announce);
  std::uint32_t told_interval(Time now, Request request);

  const AnsweringSettings& settings_;
  const SwarmTable& table_;
  RelayedAnswers& relayed_;
  Random random_;
  AnnounceInterval interval_;
  ConnectionIds ids_;
  ErrorLimit errors_;
  SwarmTime swarm_time_;
  Time swarm_time_at_;
  // Reused.
  ClientAnswer encoded_;
  std::vector<Endpoint> sample_;
  std::vector<SwarmTable::Counts> counts_;
};

}  // namespace swarm
