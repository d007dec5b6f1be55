// The output of announce, declare and watch. Results go to one stream, as lines or as JSON objects.
// Messages go to another stream. Each line is flushed.
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
  // A different tracker answers now, or the same tracker answers after a silence of at least
  // --timeout. `before`: the tracker of the previous answer. `waited`: the time without an answer.
  void failover(Time now, const Endpoint& tracker, const Endpoint& before, Duration waited);

  void message(std::string_view sentence);

  // False if the results can no longer be written.
  bool is_read() const;

 private:
  void line(std::string_view colour, std::string_view text);

  std::ostream& out_;
  std::ostream& messages_;
  PeerStyle style_;
};

// Returns a sentence that explains an error of a tracker. `text` is the error as on the wire.
std::string explain_refusal(std::uint64_t text);
// Returns "1 peer" or "2 peers".
std::string counted(std::size_t n, std::string_view thing);
// Returns "0.4 ms" (below 10 ms), "37 ms" (below 10 s) or "12.5 s".
std::string waiting_text(Duration duration);

}  // namespace swarm::udp
