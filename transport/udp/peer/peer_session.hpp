// A running announce, declare or watch: its peer and socket, its requests, and its end.
#pragma once

#include <functional>
#include <memory>

#include "transport/udp/net/asio.hpp"
#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/peer/peer_report.hpp"

namespace swarm::udp {

enum class PeerExit : int {
  done = 0,
  failed = 1,
  usage = 2,
  stopped = 3,  // the user stopped it before everything was fetched
  wrong = 4,    // the data on disk is wrong
  no_tracker = 5,
};

class PeerSession {
 public:
  // Opens the socket and sends the first request. `finished` is called once, on the thread that
  // runs `io`; it may destroy this session. `report` must outlive the session. Throws SocketError,
  // InterfaceError.
  PeerSession(asio::io_context& io, const PeerOptions& options, PeerReport& report,
              std::function<void(PeerExit)> finished);
  ~PeerSession();

  // For Ctrl-C. If a tracker has answered, watch sends `stopped` and finishes after the answer, or
  // after 2 s. A second call, and any call for the other commands, finishes at once.
  void interrupt();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared, because a timer may still fire after the destructor
};

}  // namespace swarm::udp
