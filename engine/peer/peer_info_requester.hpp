// Peer Info Requester (seed table 1): sends connects, announces and scrapes to settings.trackers
// (the multicast group). A scrape declares that this peer has the contents. Each request is
// retransmitted until an answer comes.
//
// Each content has one entry, with at most one request under way. A new event waits until this
// request is answered, so a network that reorders datagrams cannot make *stopped* arrive before
// *completed*. An entry is small, so that a hundred thousand peers fit into a simulation.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/secrets.hpp"
#include "engine/node/outbox.hpp"
#include "engine/peer/peer_listener.hpp"
#include "engine/peer/peer_settings.hpp"
#include "engine/wire/seed_protocol.hpp"

namespace swarm {

class PeerInfoRequester {
 public:
  PeerInfoRequester(const PeerSettings& settings, std::uint16_t port, const StartDraw& draw);

  // Announces *started*, and then *none* at the interval that the tracker sets. Does nothing if the
  // content is joined already.
  void join(Time now, const InfoHash& content, Outbox& out);
  // Announces *completed*. Does nothing if the content is not joined.
  void complete(Time now, const InfoHash& content, Outbox& out);
  // Announces *stopped*, and forgets the content after the answer. Emits PeerStopping at once.
  void leave(Time now, const InfoHash& content, Outbox& out);
  // Announces *none* at once, to get more peers. Does nothing while a request of this content is
  // under way.
  void refresh(Time now, const InfoHash& content, Outbox& out);
  // Announces `event` once, and forgets the content after the answer.
  void announce_once(Time now, const InfoHash& content, wire::AnnounceEvent event, Outbox& out);
  // Declares by scrapes that this peer has all of these contents; at most 24 fit into one scrape.
  // After the answer, the contents count as joined: they are announced again at an interval, and
  // leave() works for them.
  void declare(Time now, std::span<const InfoHash> contents, Outbox& out);

  // This host has a new address, and listens on `port` there. Forgets every content; the caller
  // must join or declare the contents that it still wants. At the trackers, the registrations of
  // the former address expire.
  void begin_anew(std::uint16_t port);

  // Handles an answer. Emits PeerRegistered at the first answer to *started*, to *completed*, and
  // to a scrape (for each of its contents). Emits PeerError for an error reply. Calls
  // settings.listener, and `listener` if it is not null. Returns false if the datagram answers no
  // request that is under way, or does not come from where the request went: from the one tracker,
  // or from any tracker if the request went to the group.
  bool receive(Time now, const Endpoint& from, Bytes datagram, Outbox& out,
               PeerListener* listener = nullptr);
  void wake(Time now, Outbox& out);
  Time next_wake() const;  // O(contents)

  std::size_t contents() const { return contents_.size(); }
  bool idle() const;  // no request waits for its answer
  // The draw of the exchange of the same peer. It gives away nothing of this component's values.
  StartDraw draw_for_exchange() const;
  std::size_t memory() const;  // bytes on the heap

 private:
  enum class Phase : std::uint8_t {
    resting,  // no request is under way; `next`: when to announce again
    blocked,  // the request waits for a connection id
    sent,     // the request waits for its answer; `next`: when to retransmit it
  };
  // A request and its retransmissions, which share one transaction id. If too many answers with
  // other ids came meanwhile, somebody may be guessing. Then the next retransmission has a new id.
  // It is not drawn before, so that a flood of guesses does not keep the right answer from coming.
  struct Exchange {
    Time first_sent;
    Time next = never;
    TransactionId transaction;
    std::uint16_t sendings = 0;  // a count that has reached its maximum stays there
    std::uint8_t guesses = 0;    // answers to no request that came while this one was under way
    Phase phase = Phase::resting;
  };
  struct Content {
    Exchange exchange;
    InfoHash hash;
    bool waiting = false;  // `then` is announced once the request under way is answered
    bool once = false;     // this entry is erased when all its requests are answered
    wire::AnnounceEvent event{};
    wire::AnnounceEvent then{};
    // The last event to announce: the waiting one, if there is one.
    wire::AnnounceEvent wanted() const { return waiting ? then : event; }
  };
  struct Declaration {
    Exchange exchange;
    std::vector<InfoHash> contents;
    std::vector<InfoHash> leaving;  // of `contents`: to announce as *stopped* after the answer
  };

  Content* find(const InfoHash& content);
  Content& add(const InfoHash& content);
  Content& find_or_add(const InfoHash& content);
  void announce(Time now, Content& content, wire::AnnounceEvent event, Outbox& out);
  void announce_now(Time now, Content& content, wire::AnnounceEvent event, Outbox& out);
  void declare_some(Time now, std::span<const InfoHash> contents, Outbox& out);
  bool leave_declared(const InfoHash& content);  // true: a declaration of it is under way

  bool connected(Time now) const { return now < connection_until_; }
  void connect(Time now, Outbox& out);
  void begin(Exchange& exchange);
  // Sends the request if there is a connection id. If there is none, asks for one first.
  void transmit(Time now, Content& content, Outbox& out);
  void transmit(Time now, Declaration& declaration, Outbox& out);
  bool may_send(Time now, Exchange& exchange, Outbox& out);
  void send(Time now, Exchange& exchange, const wire::Datagram& datagram, Outbox& out);
  TransactionId next_transaction();
  Duration retransmit_after(std::uint16_t sendings);

  struct Answer {
    Time now;
    Endpoint from;
    PeerListener* listener;  // in addition to settings.listener; may be null
  };
  bool may_answer(const Endpoint& from) const;
  template <class Body>
  void for_each_under_way(const Body& body);
  void renew(Exchange& exchange, Outbox& out);
  bool accept(const Answer& answer, const wire::ConnectResponse& response, Outbox& out);
  bool accept(const Answer& answer, const wire::AnnounceResponse& response, Outbox& out);
  bool accept(const Answer& answer, const wire::ScrapeResponse& response, Outbox& out);
  bool accept(const Answer& answer, const wire::ErrorResponse& response, Outbox& out);
  void tell(const Answer& answer, const Exchange& exchange) const;
  void tell(const Answer& answer, const Content& content,
            const wire::AnnounceResponse& response) const;
  Duration interval(const wire::AnnounceResponse& response) const;
  void registered(const Exchange& exchange, const InfoHash& content, Outbox& out);
  template <class Request>
  void refused(Time now, Request& request, bool bad_connection, Outbox& out);

  const PeerSettings* settings_;
  StartDraw draw_;
  ConnectionId connection_;
  Time connection_until_ = Time::min();
  Exchange connecting_;
  std::vector<Content> contents_;
  std::unique_ptr<std::vector<Declaration>> declarations_;  // usually null
  std::uint32_t draws_ = 0;                                 // of chances
  std::uint32_t transactions_ = 0;                          // drawn so far
  std::uint16_t port_;
};

}  // namespace swarm
