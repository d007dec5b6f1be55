// Sessions: the handshake, who is called, what each side has, keep-alive, the end. The rules of
// engine/wire/peer_protocol.hpp about tokens are here.
#pragma once

#include <functional>
#include <unordered_map>

#include "engine/peer/exchange_context.hpp"

namespace swarm {

class Sessions {
 public:
  // `ended` is told of each session that was open, just before it is forgotten or begins anew.
  Sessions(ExchangeContext& context, std::function<void(Time, Session&, Outbox&)> ended);

  // The session in which a datagram came; null: none has granted this token to this address.
  Session* find(wire::Token token, const Endpoint& from);

  void on_hello(Time now, const Endpoint& from, const wire::peer::Hello& hello, Outbox& out);
  void on_welcome(Time now, const Endpoint& from, const wire::peer::Welcome& welcome, Outbox& out);
  void on_reset(Time now, const Endpoint& from, const wire::peer::Reset& reset, Outbox& out);
  void on_ask(Time now, Session& session, const wire::peer::Ask& ask, Outbox& out);
  // Both keep the picker's count of copies.
  void on_have(Time now, Session& session, const wire::peer::Have& have);
  void on_bits(Time now, Session& session, const wire::peer::Bits& bits, Outbox& out);
  // A datagram with its token came: it hears us.
  void heard(Time now, Session& session, Outbox& out);
  // It came in no session: says so, when that cannot be used against anybody.
  void unknown(Time now, const Endpoint& from, wire::Token token, Outbox& out);
  // `chunk` is not there after all.
  void lacks(Session& session, std::uint32_t chunk);

  void candidates(Time now, Content& content, std::span<const Endpoint> peers, Outbox& out);
  void call_some(Time now, Content& content, Outbox& out);
  // The metainfo is here: what the others said they have can be understood.
  void measure(Time now, Content& content);
  // A chunk came to be had, or is had no more: tell the others, soon.
  void tell_have(Time now, Content& content);
  void push(Time now, Content& content, Outbox& out);
  // This host has another address, which nobody knows: each session begins anew, called from here.
  void greet_anew(Time now, Content& content, Outbox& out);
  void end(Time now, Session& session, event::PeerDropped::Why why, Outbox& out);
  void end_all(Time now, Content& content, Outbox& out);
  void ban(Time now, Content& content, const Endpoint& peer, Outbox& out);
  void wake(Time now, Content& content, Outbox& out);
  void sweep(Content& content);  // forgets those that are over

 private:
  wire::Token grant(const Endpoint& peer, const InfoHash& content) const;
  Session& add(Content& content, const Endpoint& peer);
  void call(Time now, Content& content, const Endpoint& peer, Outbox& out);
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

  ExchangeContext& context_;
  std::function<void(Time, Session&, Outbox&)> ended_;
  std::array<std::uint8_t, 16> secret_;
  wire::Nonce nonce_;
  std::unordered_map<std::uint64_t, Session*> by_token_;  // granted; looked up only
  Endpoint last_reset_;
  Time last_reset_at_{};
};

}  // namespace swarm
