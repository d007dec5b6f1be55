// Peer Info Sender (seed table 1): answers the peers, each in its dialect (client_request.hpp).
// Only a master that may answer calls serve(). Every other tracker calls keep(), which is cheap and
// keeps a request for a second (R18).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/requester.hpp"
#include "engine/tracker/answering/sender_keys.hpp"
#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/answering/stored_request.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

struct ClientRequest;

class PeerInfoSender {
 public:
  // `relayed` gets the answers to requests that came through slaves.
  PeerInfoSender(const AnsweringSettings& settings, SwarmTable& table, RelayedAnswers& relayed,
                 const SenderKeys& keys);
  ~PeerInfoSender();

  // Set the secrets of connection ids (CONFIG), and the swarm time at the local time `at` (R14).
  void set_secrets(const Secret& current, const Secret& previous);
  void set_swarm_time(SwarmTime time, Time at);

  // True: the request has a connection id that is valid for its source, as far as this tracker
  // knows the secrets and the swarm time. For HTTP, which needs no id, always true. For a connect
  // request, which has no id, false.
  bool connected(Time now, const Requester& requester, const ClientRequest& request) const;

  // True: the source may get one more error (see ErrorLimit).
  bool may_err(Time now, const Requester& requester, Dialect dialect);

  // Keeps a request at a tracker that is not the master, or may not answer (yet).
  void keep(Time now, const Requester& requester, Bytes request);

  // Serves a request at the master; the caller has just checked the lease. If the request changes
  // nothing, and no uncommitted block changes its registrations, it is answered at once (R17).
  // Otherwise it waits for its block, and committed() answers it (R16).
  // If a slave has kept the request, `requester.arrived` is earlier than `now`. The request then
  // does not undo changes that were made after this time (R18).
  void serve(Time now, const Requester& requester, Bytes request, Term term, Proposer& log,
             Outbox& out);
  // The blocks up to `index` are committed and applied, and the caller has just checked the lease.
  // Answers the requests that waited for these blocks, as many as one step has room for. True:
  // there are more, call it again.
  bool committed(Time now, LogIndex index, Term term, Outbox& out);
  // Called at every tracker for each operation that is appended to the log. Notes the time at which
  // the registrations changed (R18).
  void applied(Time now, const Operation& operation);
  // Called when the table was loaded from the disk or a snapshot. All registrations count as
  // changed now.
  void loaded(Time now);
  // Called at the start for the operations of each block of the log on the disk that is no older
  // than a lifetime. `at`: the approximate time at which the operation was appended. If the
  // operation counted a download, remembers this.
  void remember_counted(Time at, const Operation& operation);

  // Called when a candidate has just won. Proposes the changes that kept requests want, so that
  // they are committed together with the NOOP. It looks at the same requests as serve_kept(), but
  // only at the youngest, as many as one step has room for, because the former master has answered
  // most of the oldest. The requests stay kept, and serve_kept() answers them.
  void prepare_takeover(Time now, Time since, Proposer& log);
  // Called when a new master begins to answer. All peers get a full lifetime of grace (R17).
  void begin_serving(Time now);
  // Called when the master can answer, for the first time or again. Answers the kept requests that
  // arrived at or after `since` and are at most settings.kept_requests_age old, oldest first (R18).
  // True: there are more, call it again.
  bool serve_kept(Time now, Time since, Term term, Proposer& log, Outbox& out);
  // Called when the mastership has ended. The requests that wait for a commit get no answer from
  // this master. Returns memory that is no longer needed; freeing it takes long.
  [[nodiscard]] std::vector<std::shared_ptr<void>> stepped_down(Time now);
  // Takes back the requests that waited for a commit when the mastership ended, as many as one step
  // has room for. Requests to the multicast group are kept again. Relayed requests are dropped,
  // because their slaves relay them again. Requests to this tracker alone are passed to `alone`,
  // because only this tracker can pass them on. True: there are more, call it again.
  bool take_back(Time now, Outbox& out, const std::function<void(const StoredRequest&)>& alone);

  bool waiting() const;  // true: a request waits for a commit
  // The age of the oldest request that waits for a commit, and that other trackers may have kept,
  // too. Zero: there is none.
  Duration oldest_unanswered(Time now) const;

  // Expiry in bounded steps (expiry.hpp). Only a master that may answer calls these two.
  Time next_expiry() const;
  void expire(Time now, Proposer& log, Outbox& out);

  // Applies the reloadable settings. If the lifetime of peers becomes shorter, each peer still gets
  // the longer lifetime once, because peers still use the longer interval that they were told.
  void reload(Time now, const AnsweringSettings& settings);
  bool full() const;  // a cap is reached

  void forget_old(Time now);  // forgets kept requests, changes and downloads that are too old
  std::size_t kept() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
