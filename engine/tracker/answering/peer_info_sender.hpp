// Peer Info Sender (seed table 1): answers the peers, each in its dialect (client_request.hpp).
// Only a master that may answer calls serve(); every other tracker keep()s requests for a second,
// cheaply (R18).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/requester.hpp"
#include "engine/tracker/answering/settings.hpp"
#include "engine/tracker/answering/stored_request.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

struct ClientRequest;

class PeerInfoSender {
 public:
  // `relayed` takes the answers to requests that came through slaves.
  PeerInfoSender(const AnsweringSettings& settings, SwarmTable& table, RelayedAnswers& relayed,
                 std::uint64_t seed);
  ~PeerInfoSender();

  // Keys of the connection ids (CONFIG), and swarm time as of local time `at` (R14).
  void set_secrets(const Secret& current, const Secret& previous);
  void set_swarm_time(SwarmTime time, Time at);

  // True: the request names a good connection id of its source, by the secrets and the swarm time
  // known here. HTTP needs none, and a connect request has none.
  bool connected(Time now, const Requester& requester, const ClientRequest& request) const;

  // True: the source may get one more error (ErrorLimit).
  bool may_err(Time now, const Requester& requester, Dialect dialect);

  // At a tracker that is not the master, or may not answer (yet).
  void keep(Time now, const Requester& requester, Bytes request);

  // At the master; the caller has just checked the lease. A request that changes nothing, and that
  // no uncommitted block touches, is answered at once (R17). A request that changes something is
  // proposed, and answered when committed() reports its block (R16).
  // `requester.arrived` may be earlier than `now`: a slave has kept the request, and changes since
  // then stand (R18).
  void serve(Time now, const Requester& requester, Bytes request, Term term, Proposer& log,
             Outbox& out);
  // `index` is committed and applied, and the lease was just checked. True: more requests wait for
  // it than one step answers, call it again.
  bool committed(Time now, LogIndex index, Term term, Outbox& out);
  // At every tracker, for each operation when it is appended to the log: R18's "changed after".
  void applied(Time now, const Operation& operation);
  // The table was loaded, from the disk or a snapshot. All registrations count as changed now.
  void loaded(Time now);
  // At the start, for each operation of the log that was found; `at`: about when it was appended.
  void remember_counted(Time at, const Operation& operation);

  // A candidate has just won: proposes the changes by kept requests (as in serve_kept), so that
  // they are committed together with the NOOP. It takes as many as one step has room for, the
  // youngest, because most of the oldest were answered before. They stay kept, and serve_kept()
  // answers them.
  void prepare_takeover(Time now, Time since, Proposer& log);
  // A new master may answer from here on: grace for all peers (R17).
  void begin_serving(Time now);
  // The master can answer (again): answers the kept requests that arrived at or after `since` and
  // are at most settings.kept_requests_age old, oldest first (R18). True: there are more, call it
  // again.
  bool serve_kept(Time now, Time since, Term term, Proposer& log, Outbox& out);
  // The mastership has ended: no request that waits for a commit is answered. Returns memory that
  // is no longer needed and takes long to free.
  [[nodiscard]] std::vector<std::shared_ptr<void>> stepped_down(Time now);
  // Takes back the requests that waited then, as many as one step has room for. Requests to the
  // group are kept again. Relayed requests are dropped, because their slaves relay them again.
  // Requests to this tracker alone go to `alone`: only this tracker can pass them on. True: there
  // are more, call it again.
  bool take_back(Time now, Outbox& out, const std::function<void(const StoredRequest&)>& alone);

  bool waiting() const;  // for a commit
  // The age of the oldest waiting request that other trackers may have kept, too. Zero: none waits.
  Duration oldest_unanswered(Time now) const;

  // Expiry, in bounded steps (expiry.hpp); only the master calls it, and only when it may answer.
  Time next_expiry() const;
  void expire(Time now, Proposer& log, Outbox& out);

  // Takes over the reloadable settings. When the lifetime of peers becomes shorter, the longer one,
  // which follows from the interval that peers were given, counts once more.
  void reload(Time now, const AnsweringSettings& settings);
  bool full() const;  // a cap is reached

  void forget_old(Time now);  // requests and changes older than settings.kept_requests_age
  std::size_t kept() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
