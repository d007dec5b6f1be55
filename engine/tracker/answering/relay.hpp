// The relay (docs/PROTOCOL.md, R23 to R25): any instance's address works, although only the master
// answers. If a client sent a request to a slave alone, the slave passes it on to the master
// (RELAY), and sends the master's answer (RELAY_REPLY) to the client, from the address that the
// client asked. While there is no master the request waits for the next one. No request is relayed
// twice. Requests are bounded in number and age.
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
  // All of these outlive it.
  Relay(Mastership& core, const AnsweringSettings& settings, PeerInfoSender& sender, Proposer& log);

  // At a tracker that was asked and may not answer (now):
  // The request goes to the master, now or when there is one.
  void keep(const Requester& requester, Bytes request);
  void followed();  // there is another master now
  void timer();     // at next_wake()
  Time next_wake() const { return wake_at_; }
  // The master's lease may be over, and so may the leases in replies on their way. So all requests
  // are sent again, with other ids.
  void clock_went_back();
  // The kept requests are older by that.
  void clock_stood_still(Duration by);
  void on_reply(Bytes content);  // RELAY_REPLY; admitted: from the master that is followed
  // R25: the master's answers are passed on until then. A time in the past: not at all.
  Time passes_until() const;
  std::size_t pending() const { return pending_.size(); }

  // At the master:
  void on_relay(MemberId slave, Bytes content);  // RELAY
  void answer_relayed(const Requester& requester, Bytes answer) override;
  // The master takes requests now: it answers the relayed ones that came too early, and those kept
  // here. True: there are more, call it again.
  bool serve_waiting();
  void stepped_down();

  static constexpr std::size_t most_of_one_source = 64;
  // The limit for requests of strangers while there is a master: a client that forges sources could
  // send very many.
  static constexpr std::uint32_t strangers_in_a_millisecond = 16, strangers_at_once = 128;
  static constexpr std::size_t most_unfinished = 256, most_unfinished_of_one = 64;

 private:
  struct Pending {
    Requester requester;
    bool shown{};     // its source has shown that it is there: by a connection id, or TCP
    bool repeated{};  // until it is answered; else it is sent once
    std::vector<std::uint8_t> bytes;
    Time due;                  // of the next sending, or of its end
    Duration backoff{};        // until the sending after that
    std::uint32_t sendings{};  // to this master
    Time first_sent{};
    std::uint32_t answer{};  // that the fragments are of
    RelayFragments reply;
  };
  struct Unfinished {
    Time since;
    RelayFragments fragments;
  };
  using All = std::map<std::uint64_t, Pending>;

  void add(const Requester& requester, bool shown, bool repeated, Bytes request);
  bool has_room(const Requester& requester, bool shown) const;
  bool has_master() const;  // another tracker
  bool may_send();          // one more in this millisecond
  bool takes_stranger();    // one more
  void send(std::uint64_t id, Pending& request);
  template <class Carrier, class Message>
  void send_in_fragments(MemberId to, Message message, Bytes all);
  Duration first_wait() const;                    // until a request is repeated
  void learn_round_trip(const Pending& request);  // it is answered
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
  std::map<Ip, std::size_t> of_source_;  // how many of them, by network
  std::size_t not_shown_ = 0;
  Time strangers_until_ =
      Time::min();  // when the strangers' requests so far are paid off, at an even pace
  Time burst_since_ = Time::min();
  std::size_t burst_sent_ = 0;
  std::uint64_t next_id_;
  Duration round_trip_ = 1ms;
  Term leased_term_;  // its master's lease lasts at least until:
  Time leased_until_ = Time::min();
  // Requests that slaves relayed to this tracker.
  std::deque<StoredRequest> early_;  // elected, it does not serve yet
  std::map<std::pair<MemberId, std::uint64_t>, Unfinished> unfinished_;
  std::uint32_t answers_ = 0;
  std::vector<std::uint8_t> encoded_;  // reused
};

}  // namespace swarm
