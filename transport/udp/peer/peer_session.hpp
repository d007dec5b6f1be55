// One command of swarm-peer under way: a peer on its socket, what it asks, and when it is done.
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
  stopped = 3,  // before all was fetched
  wrong = 4,    // what is on disk is not what it should be
  no_tracker = 5,
};

class PeerSession {
 public:
  // Opens the socket and asks. `finished` is called once, on the thread that runs `io`; it may end
  // this session. `report` outlives it. Throws SocketError, InterfaceError.
  PeerSession(asio::io_context& io, const PeerOptions& options, PeerReport& report,
              std::function<void(PeerExit)> finished);
  ~PeerSession();

  // Ctrl-C: watch says stopped, waits shortly for the answer and finishes; the others just finish.
  void interrupt();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // its timer may fire once more
};

}  // namespace swarm::udp
