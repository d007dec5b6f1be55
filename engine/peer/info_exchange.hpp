// The info dictionary from peer to peer, for who knows only the info-hash: in pieces, from one peer
// at a time, and believed only when its SHA-1 is that hash.
#pragma once

#include "engine/peer/sessions.hpp"

namespace swarm {

class InfoExchange {
 public:
  InfoExchange(ExchangeContext& context, Sessions& sessions)
      : context_(context), sessions_(sessions) {}

  void on_ask(Time now, Session& session, const wire::peer::AskInfo& ask, Outbox& out);
  // True: it was the last piece, and content.metainfo is there now.
  bool on_info(Time now, Session& session, const wire::peer::Info& info, Outbox& out);
  // What came has the right hash, and describes nothing that can be fetched.
  static bool is_useless(const Content& content) { return !content.useless_info.empty(); }
  void refused(Time now, Session& session, Outbox& out);
  void ended(Time now, Session& session, Outbox& out);
  // Asks somebody, when it is not there and nobody is asked.
  void search(Time now, Content& content, Outbox& out);
  void wake(Time now, Content& content, Outbox& out);

 private:
  void ask(Time now, Content& content, Outbox& out);
  void begin_anew(Content& content);
  bool finish(Time now, Content& content, Outbox& out);

  ExchangeContext& context_;
  Sessions& sessions_;
};

}  // namespace swarm
