// Manages the sessions: decides which peers to call, does the handshake, tells the peers which
// chunks this peer has, sends keep-alives, and ends sessions. engine/wire/peer_protocol.hpp has the
// rules for tokens.
#pragma once

#include <functional>
#include <unordered_map>

#include "engine/peer/exchange_context.hpp"
#include "engine/peer/reach.hpp"

namespace swarm {

class Sessions {
 public:
  // `ended` is called for each open session just before the session ends or begins anew.
  Sessions(ExchangeContext& context, std::function<void(Time, Session&, Outbox&)> ended);

  // The session to which a datagram belongs. Null: this token was not granted to this address.
  Session* find(wire::Token token, const Endpoint& from);

  void on_hello(Time now, const Endpoint& from, const wire::peer::Hello& hello, Outbox& out);
  void on_welcome(Time now, const Endpoint& from, const wire::peer::Welcome& welcome, Outbox& out);
  void on_reset(Time now, const Endpoint& from, const wire::peer::Reset& reset, Outbox& out);
  void on_ask(Time now, Session& session, const wire::peer::Ask& ask, Outbox& out);
  // on_have() and on_bits() also update the picker's counts of copies.
  void on_have(Time now, Session& session, const wire::peer::Have& have);
  void on_bits(Time now, Session& session, const wire::peer::Bits& bits, Outbox& out);
  // A datagram with the session's token came. This proves that the other peer receives datagrams
  // from this peer.
  void heard(Time now, Session& session, Outbox& out);
  // A datagram came that belongs to no session. Answers with a reset, but not too often, so that a
  // forger of source addresses cannot flood another host with resets.
  void unknown(Time now, const Endpoint& from, wire::Token token, Outbox& out);
  // The other peer does not have `chunk` after all.
  void lacks(Session& session, std::uint32_t chunk);

  // `tracker` named these peers. Notes them, at most 200 for each content and share() for each
  // address, and drops the rest, and all addresses that are no other peer's. Calls as many as it
  // may. The others wait for the next call of call_some().
  void candidates(Time now, Content& content, std::span<const Endpoint> peers,
                  const Endpoint& tracker, Outbox& out);
  void call_some(Time now, Content& content, Outbox& out);
  // The number of chunks is known now, so the sessions begin to note the other peers' chunks.
  void measure(Time now, Content& content);
  // This peer has gained or lost a chunk. push() will tell the other peers soon.
  void tell_have(Time now, Content& content);
  void push(Time now, Content& content, Outbox& out);
  // This host has a new address, which no peer knows yet. Each session begins anew with a hello.
  void greet_anew(Time now, Content& content, Outbox& out);
  void end(Time now, Session& session, event::PeerDropped::Why why, Outbox& out);
  void end_all(Time now, Content& content, Outbox& out);
  void ban(Time now, Content& content, const Endpoint& peer, Outbox& out);
  void wake(Time now, Content& content, Outbox& out);
  void sweep(Content& content);  // deletes the sessions that are over

 private:
  wire::Token grant(const Endpoint& peer, const InfoHash& content) const;
  Session& add(Content& content, const Endpoint& peer);
  Session& call(Time now, Content& content, const Endpoint& peer, Outbox& out);
  void call_given(Time now, Content& content, Outbox& out);
  void call_candidates(Time now, Content& content, Outbox& out);
  bool may_call(Content& content, const Endpoint& peer) const;
  void note(Time now, Content& content, const Endpoint& peer);
  void met_itself(Time now, Content& content, const Endpoint& from, wire::Token grant, Outbox& out);
  void call_ended(Time now, Session& session, event::PeerDropped::Why why);
  void answered(Session& session);
  void say_hello(Time now, Session& session, Outbox& out);
  void restart(Time now, Session& session, Outbox& out);
  void accept(Time now, Content& content, const Endpoint& from, const wire::peer::Hello& hello,
              Outbox& out);
  void became_open(Time now, Session& session, Outbox& out);
  void send_bits(Time now, Session& session, std::uint32_t first, Outbox& out);
  void has_all(Session& session);
  void review_count(Time now, Session& session);
  void wake(Time now, Session& session, Outbox& out);
  bool needless(const Session& session) const;
  std::uint32_t called(const Content& content) const;
  bool is_full(const Content& content) const;
  std::size_t share() const;
  bool has_share(const Content& content, const Ip& address) const;

  ExchangeContext& context_;
  std::function<void(Time, Session&, Outbox&)> ended_;
  std::array<std::uint8_t, 16> secret_;
  wire::Nonce nonce_;
  std::unordered_map<std::uint64_t, Session*> by_token_;  // key: granted token; never iterated
  Reach reach_;
  std::set<Endpoint> own_;  // addresses at which this peer has met itself
  Endpoint last_reset_;
  Time last_reset_at_{};
};

}  // namespace swarm
