// The relay (docs/PROTOCOL.md, R23 to R25): clients can use the address of any instance, although
// only the master answers. If a client sends a request to a slave alone, the slave passes the
// request on to the master (RELAY). The slave sends the master's answer (RELAY_REPLY) to the
// client, from the address to which the client sent the request. While there is no master, the
// request waits for the next master. Only a master accepts a RELAY, so no request is relayed twice.
// The number and the age of requests are limited.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "engine/consensus/mastership.hpp"
#include "engine/tracker/answering/peer_info_sender.hpp"
#include "engine/tracker/answering/proposer.hpp"
#include "engine/tracker/answering/relay_fragments.hpp"
#include "engine/tracker/answering/requester.hpp"
#include "engine/tracker/answering/stored_request.hpp"
#include "engine/wire/relay_protocol.hpp"

namespace swarm {

class Relay final : public RelayedAnswers {
 public:
  // All of these must outlive the relay.
  Relay(Mastership& core, const AnsweringSettings& settings, PeerInfoSender& sender, Proposer& log);

  // ---- A tracker that received a request from a client and may not answer it

  // Sends the request to the master, now or as soon as there is one.
  void keep(const Requester& requester, Bytes request);
  void followed();  // this tracker follows a new master now
  void timer();     // call it at next_wake()
  Time next_wake() const { return wake_at_; }
  // The clock of the host went back. The master's lease may be over, and so may the leases in
  // replies that are on their way. So all requests are sent again with new ids, which those replies
  // do not have.
  void clock_went_back();
  // The clock stood still for `by`, so the kept requests are older than they seem by this time.
  void clock_stood_still(Duration by);
  void on_reply(Bytes content);  // RELAY_REPLY from the master that this tracker follows
  // R25: the time until which this tracker may pass on the master's answers. It may be in the past.
  Time passes_until() const;
  std::size_t pending() const { return pending_.size(); }

  // ---- The master

  void on_relay(MemberId slave, Bytes content);  // RELAY
  void answer_relayed(const Requester& requester, Bytes answer) override;
  // Called when the master takes requests. Answers the relayed requests that came too early, and
  // the clients' requests that waited here for a master. True: there are more, call it again.
  bool serve_waiting();
  void stepped_down();

  static constexpr std::size_t most_of_one_source = 64;
  // The limit for requests of strangers while there is a master. (R23: a stranger is a source whose
  // connection id this tracker cannot verify.) Without it, a client that forges sources could send
  // very many requests to the master.
  static constexpr std::uint32_t strangers_in_a_millisecond = 16, strangers_at_once = 128;
  static constexpr std::size_t most_unfinished = 256, most_unfinished_of_one = 64;

 private:
  struct Pending {
    Requester requester;
    bool shown{};     // a connection id or TCP has shown that the source is not forged
    bool repeated{};  // true: sent again until the answer comes; false: sent once
    std::vector<std::uint8_t> bytes;
    Time due;                  // when to send the request again, or to give it up
    Duration backoff{};        // the wait after the last sending
    std::uint32_t sendings{};  // how often it was sent to the present master
    Time first_sent{};
    std::uint32_t answer{};  // the number of the answer in `reply`
    RelayFragments reply;
  };
  struct Unfinished {
    Time since;
    RelayFragments fragments;
  };
  using All = std::map<std::uint64_t, Pending>;

  void add(const Requester& requester, bool shown, bool repeated, Bytes request);
  bool has_room(const Requester& requester, bool shown) const;
  bool has_master() const;  // true: another tracker is the master
  bool may_send();          // true: one more request may be sent in this millisecond
  bool takes_stranger();    // true: one more request of a stranger may be sent
  void send(std::uint64_t id, Pending& request);
  template <class Carrier, class Message>
  void send_in_fragments(MemberId to, Message message, Bytes all);
  Duration first_wait() const;                    // the wait before a request is sent again
  void learn_round_trip(const Pending& request);  // the request was answered now
  void due(std::uint64_t id, Pending& request, Time at);
  void set_timer();
  void forget(All::iterator at);
  Pending take(All::iterator at);
  void serve(const Requester& requester, Bytes request);
  Time end_of(const Pending& request) const;
  RelayFragments* unfinished(MemberId slave, const wire::RelayFragment& fragment);

  Mastership& core_;
  const AnsweringSettings& settings_;
  PeerInfoSender& sender_;
  Proposer& log_;
  Time wake_at_ = never;
  // Requests to this tracker alone, in the order of arrival.
  All pending_;
  std::set<std::pair<Time, std::uint64_t>> due_;
  std::map<Ip, std::size_t> of_source_;  // the number of pending requests, by network
  std::size_t not_shown_ = 0;
  // The time until which the strangers' requests so far would take, if sent at an even pace.
  Time strangers_until_ = Time::min();
  Time burst_since_ = Time::min();
  std::size_t burst_sent_ = 0;
  std::uint64_t next_id_;
  Duration round_trip_ = 1ms;
  // The lease of the master of leased_term_ lasts at least until leased_until_.
  Term leased_term_;
  Time leased_until_ = Time::min();
  // Requests that slaves relayed to this tracker.
  std::deque<StoredRequest> early_;  // they came after the election, before the master serves
  std::map<std::pair<MemberId, std::uint64_t>, Unfinished> unfinished_;
  std::uint32_t answers_ = 0;
  std::vector<std::uint8_t> encoded_;  // reused
};

}  // namespace swarm
