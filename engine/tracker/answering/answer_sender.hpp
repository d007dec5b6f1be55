// Makes the answer to a client's request from the table, or an error, and sends it. The answer has
// the dialect of the request, and goes back the way that the request came. The caller
// (peer_info_sender) decides when the request may be answered.
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
#include "engine/tracker/answering/sender_keys.hpp"
#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

// One step of the tracker.
struct AnsweringStep {
  Time now;
  Term term;
  Outbox& out;
};

class AnswerSender {
 public:
  static constexpr std::size_t work_of_answer = 4;  // units of Outbox::worked()

  // `settings`, `table` and `relayed` must outlive this object. `keys` decides its random
  // choices and hashing.
  AnswerSender(const AnsweringSettings& settings, const SwarmTable& table, RelayedAnswers& relayed,
               const SenderKeys& keys);

  void set_secrets(const Secret& current, const Secret& previous);
  void set_swarm_time(SwarmTime time, Time at);
  void reload();  // call it when the settings have changed
  // Notes the present number of registrations. The interval and the lifetime depend on it.
  void notice_size(Time now);
  // How long a registration lasts without a new announce (announce_interval.hpp).
  Duration lifetime() const { return interval_.lifetime(); }

  // Returns the error in a request that could be read. Empty: the request has no error.
  std::optional<wire::ClientError> objection(Time now, const Requester& requester,
                                             const ClientRequest& request) const;
  // peer_info_sender.hpp explains these two.
  bool connected(Time now, const Requester& requester, const ClientRequest& request) const;
  bool may_err(Time now, const Requester& requester, Dialect dialect);
  bool taken(const InfoHash& content) const;  // true: this tracker registers its peers

  void answer(AnsweringStep& step, const Requester& requester, const ClientRequest& request);
  void refuse(AnsweringStep& step, const Requester& requester, const BadClientRequest& bad);
  void refuse(AnsweringStep& step, const Requester& requester, const ClientRequest& request,
              wire::ClientError error);
  // Sends no answer to a client, which asks again by itself. If a slave relayed the request, the
  // slave gets an empty answer, so that it does not repeat the request. A client over HTTP is
  // refused.
  void leave_unanswered(const Requester& requester, Outbox& out);

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
  // Buffers that are reused.
  ClientAnswer encoded_;
  std::vector<Endpoint> sample_;
  std::vector<SwarmTable::Counts> counts_;
};

}  // namespace swarm
