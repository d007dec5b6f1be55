// share and fetch under way: one peer on one socket, which exchanges any number of contents.
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
  // Opens the database, the socket and the contents (each hash once), and begins. `finished` is
  // called once, on the thread that runs `io`, when the trackers and the peers have been told and
  // the contents are closed: of a fetch without --seed when all of them are complete, otherwise
  // after interrupt(), or when none of them can go on. It may end this session. `report` outlives
  // it. Throws SocketError, InterfaceError, db::DbError.
  ContentSession(asio::io_context& io, const PeerOptions& options,
                 std::vector<ContentSource> contents, ContentReport& report,
                 std::function<void(PeerExit)> finished);
  ~ContentSession();

  // Ctrl-C. PeerExit::done, of a fetch that is not complete: PeerExit::stopped.
  void interrupt();

  Endpoint local() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // its timer may fire once more
};

}  // namespace swarm::udp
