// A running share or fetch: one peer on one socket that exchanges any number of contents.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/peer/content_report.hpp"
#include "transport/udp/peer/content_source.hpp"
#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/peer/peer_session.hpp"

namespace swarm::udp {

class ContentSession {
 public:
  // Opens the database, the socket and the contents, and starts. If several contents have the same
  // hash, only the first is used. The session ends after interrupt(), or when all contents have
  // failed. A fetch without --seed also ends when each content is complete or has failed.
  //
  // At its end the session says goodbye to the trackers and peers, waits at most 2 s for the
  // trackers' answers, and waits until the contents are closed. Then it calls `finished` once, on
  // the thread that runs `io`. `finished` may destroy this session. `report` must outlive the
  // session. Throws SocketError, InterfaceError, db::DbError.
  ContentSession(asio::io_context& io, const PeerOptions& options,
                 std::vector<ContentSource> contents, ContentReport& report,
                 std::function<void(PeerExit)> finished);
  ~ContentSession();

  // For Ctrl-C. Ends the session with PeerExit::failed if a content has failed, PeerExit::stopped
  // if a fetch is incomplete, and otherwise PeerExit::done. A second call ends it at once.
  void interrupt();

  Endpoint local() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared, because a timer may still fire after the destructor
};

}  // namespace swarm::udp
