// Sends the info dictionary to peers that know only the info-hash, and fetches it from other peers.
// It comes in pieces, from one peer at a time, and is accepted only if its SHA-1 is the info-hash.
// A peer has some seconds to send it. Then another peer has its turn, if there is one.
#pragma once

#include "engine/peer/sessions.hpp"

namespace swarm {

class InfoExchange {
 public:
  InfoExchange(ExchangeContext& context, Sessions& sessions)
      : context_(context), sessions_(sessions) {}

  void on_ask(Time now, Session& session, const wire::peer::AskInfo& ask, Outbox& out);
  // True: this piece has completed a usable dictionary, and content.metainfo is set now.
  bool on_info(Time now, Session& session, const wire::peer::Info& info, Outbox& out);
  // True: a dictionary with the right hash came, but it describes no content that can be fetched.
  static bool is_useless(const Content& content) { return !content.useless_info.empty(); }
  // The turn of this session is over: the peer has no dictionary, or the session ends.
  void ended(Time now, Session& session, Outbox& out);
  // Asks a peer for the dictionary, if it has not come and no peer is being asked for it.
  void search(Time now, Content& content, Outbox& out);
  void wake(Time now, Content& content, Outbox& out);

 private:
  void ask(Time now, Content& content, Outbox& out);
  static bool is_late(Time now, const Content& content);
  void late(Time now, Content& content, Outbox& out);
  void begin_anew(Content& content);
  bool finish(Time now, Content& content, Outbox& out);

  ExchangeContext& context_;
  Sessions& sessions_;
};

}  // namespace swarm
