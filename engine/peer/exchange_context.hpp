// The state that the components of an exchange share.
#pragma once

#include <map>

#include "engine/base/random.hpp"
#include "engine/base/secrets.hpp"
#include "engine/node/outbox.hpp"
#include "engine/peer/content.hpp"
#include "engine/peer/peer_settings.hpp"

namespace swarm {

struct ExchangeContext {
  ExchangeContext(const ExchangeSettings& its_settings, const StartDraw& draw)
      : settings(its_settings), random(draw.chance), secrets(draw.entropy) {}

  const ExchangeSettings& settings;
  Random random;    // of chances
  Secrets secrets;  // of keys and nonces
  std::map<InfoHash, Content> contents;
  std::uint64_t tickets = 0;  // the ticket of the latest store request
  Time wake = never;          // no timer is due before this time
  bool some_over = false;  // some sessions are over, but Sessions::sweep() has not removed them yet
  std::vector<std::uint8_t> scratch;

  void wake_at(Time time) { wake = std::min(wake, time); }

  Content* find(const InfoHash& hash) {
    const auto at = contents.find(hash);
    return at == contents.end() ? nullptr : &at->second;
  }
  // Sends to an address, outside any session.
  void send(const Endpoint& to, const wire::PeerMessage& message, Outbox& out) {
    scratch.clear();
    wire::encode(message, scratch);
    out.send(Channel::peers, to, scratch);
  }
  // Sends within a session. The caller has put the session's token into the message.
  void send(Time now, Session& session, const wire::PeerMessage& message, Outbox& out) {
    session.said = now;
    send(session.peer, message, out);
  }
  StoreRequest store_request(StoreRequest::Kind kind, const Content& content,
                             std::uint32_t chunk = 0) {
    return {kind, ++tickets, content.hash, chunk, nullptr, nullptr};
  }
};

}  // namespace swarm
