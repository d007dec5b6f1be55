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
  // Opens the database, the socket and the contents (each hash once), and starts. `finished` is
  // called once, on the thread that runs `io`, after the trackers and peers got the farewell and
  // the contents are closed. A fetch without --seed finishes when all contents are complete.
  // Otherwise the session finishes after interrupt(), or when no content can go on. `finished` may
  // destroy this session. `report` must outlive the session. Throws SocketError, InterfaceError,
  // db::DbError.
  ContentSession(asio::io_context& io, const PeerOptions& options,
                 std::vector<ContentSource> contents, ContentReport& report,
                 std::function<void(PeerExit)> finished);
  ~ContentSession();

  // For Ctrl-C. The session then finishes with PeerExit::done, or PeerExit::stopped if a fetch is
  // incomplete.
  void interrupt();

  Endpoint local() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // its timer may still fire once
};

}  // namespace swarm::udp
