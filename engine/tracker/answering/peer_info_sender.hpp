// Peer Info Sender (seed table 1): answers the peers, each in its dialect (client_request.hpp).
// Only a master that may answer calls serve(); every other tracker keep()s requests for a second,
// cheaply (R18).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/tracker/answering/asker.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/answering/stored_request.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

struct ClientRequest;

class PeerInfoSender {
 public:
  // `relayed` takes the answers to what came through slaves.
  PeerInfoSender(const AnsweringSettings& settings, SwarmTable& table, RelayedAnswers& relayed,
                 std::uint64_t seed);
  ~PeerInfoSender();

  // Keys of the connection ids (CONFIG), and swarm time as of local time `at` (R14).
  void set_secrets(const Secret& current, const Secret& previous);
  void set_swarm_time(SwarmTime time, Time at);

  // It names a good connection id of its source; by the secrets and the swarm time known here.
  // HTTP needs none, and a connect request has none.
  bool connected(Time now, const Asker& asker, const ClientRequest& request) const;

  // It may be told of one more error (ErrorLimit).
  bool may_err(Time now, const Asker& asker, Dialect dialect);

  // Not the master, or not (yet) allowed to answer.
  void keep(Time now, const Asker& asker, Bytes request);

  // The master, lease checked by the caller just before. Answers at once what changes nothing and
  // is touched by no uncommitted block (R17); proposes what changes something and answers it when
  // committed() reports its block (R16).
  // `asker.arrived` may be earlier than `now`: a slave has kept it, and what has changed since
  // stands (R18).
  void serve(Time now, const Asker& asker, Bytes request, Term term, Proposer& log, Outbox& out);
  // `index` is committed and applied, the lease was checked just now. True: more wait for it than
  // one step answers, call it again.
  bool committed(Time now, LogIndex index, Term term, Outbox& out);
  // Every tracker, for each operation of the log when it is appended: R18's "changed after".
  void applied(Time now, const Operation& operation);
  // The table was loaded, from the disk or a snapshot: what was changed until now counts as
  // changed.
  void loaded(Time now);
  // At the start, each operation of the log that was found, and about when it was appended.
  void remember_counted(Time at, const Operation& operation);

  // A candidate has just won: proposes what the kept requests (as in serve_kept) want changed, so
  // that it is committed together with the NOOP; as many as one step is for, the youngest: of the
  // oldest most were answered before. They stay kept: serve_kept() answers them.
  void prepare_takeover(Time now, Time since, Proposer& log);
  // A new master may answer from here on: grace for all peers (R17).
  void begin_serving(Time now);
  // It can answer (again): the kept requests that arrived at or after `since` and are at most
  // settings.kept_requests_age old, oldest first (R18). True: there are more than one step is for,
  // call it again.
  bool serve_kept(Time now, Time since, Term term, Proposer& log, Outbox& out);
  // Mastership ended, none that waits for a commit is answered. What is returned, if anything, is
  // needed no more, and takes long to be freed.
  [[nodiscard]] std::vector<std::shared_ptr<void>> stepped_down(Time now);
  // Those that waited then, as many as one step is for: those that asked the group go back among
  // the kept requests, those that were relayed will be again; those that asked this tracker alone
  // are given to `alone`: only it can pass them on. True: there are more, call it again.
  bool take_back(Time now, Outbox& out, const std::function<void(const StoredRequest&)>& alone);

  bool waiting() const;  // for a commit
  // The age of the oldest waiting request that other trackers may have kept, too. Zero: none waits.
  Duration oldest_unanswered(Time now) const;

  // Expiry, in bounded steps (expiry.hpp); only the master calls it, and only when it may answer.
  Time next_expiry() const;
  void expire(Time now, Proposer& log, Outbox& out);

  // Takes over the reloadable settings. When the lifetime of peers becomes shorter, each keeps the
  // longer one that it was told of once more.
  void reload(Time now, const AnsweringSettings& settings);
  bool full() const;  // a cap is reached

  void forget_old(Time now);  // what is kept, and noted, for settings.kept_requests_age only
  std::size_t kept() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
