// The output of swarm-peer: results to one stream, as lines or as JSON objects, and messages to
// another. Each line is flushed.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "engine/peer/peer_listener.hpp"

namespace swarm::udp {

struct PeerStyle {
  bool json{};
  bool colours{};
};

class PeerReport {
 public:
  PeerReport(std::ostream& out, std::ostream& messages, const PeerStyle& style)
      : out_(out), messages_(messages), style_(style) {}

  void announced(const TrackerAnswer& tracker, Duration waited, const AnnounceAnswer& answer);
  void declared(const InfoHash& content, const Endpoint& tracker, Duration waited);
  // For watch. `now` is boot_clock_now(), as in trace files.
  void came(Time now, const Endpoint& peer, const Endpoint& tracker);
  void went(Time now, const Endpoint& peer, const Endpoint& tracker);
  // Another tracker answers than before, or the same tracker answers after a long silence.
  void failover(Time now, const Endpoint& tracker, const Endpoint& before, Duration waited);

  void message(std::string_view sentence);

  // False if nobody reads the output any more.
  bool is_read() const;

 private:
  void line(std::string_view colour, std::string_view text);

  std::ostream& out_;
  std::ostream& messages_;
  PeerStyle style_;
};

// Explains an error response in words; `text` is its text as on the wire.
std::string explain_refusal(std::uint64_t text);
// 1 peer, 2 peers.
std::string counted(std::size_t n, std::string_view thing);
// 0.4 ms, 37 ms, 2.5 s.
std::string waiting_text(Duration duration);

}  // namespace swarm::udp
