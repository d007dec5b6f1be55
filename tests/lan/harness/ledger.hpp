// Records which registrations peers requested, and which of them the trackers acknowledged. At the
// end, the databases are compared with it.
#pragma once

#include <map>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm::lan {

// What a peer last wanted to be for a content.
enum class Wanted { leecher, seeder, absent };

struct Registration {
  InfoHash content;
  Endpoint peer;
  friend auto operator<=>(const Registration&, const Registration&) = default;
};

// Any datagram that a peer received from a tracker.
struct Receipt {
  Time at;
  Endpoint tracker, peer;
};

class Ledger {
 public:
  struct Entry {
    Wanted wanted{};
    bool settled{};     // true if the trackers have acknowledged `wanted`
    bool registered{};  // true if any request of this registration was ever acknowledged
  };

  void tried(const Registration& registration, Wanted wanted);
  void acknowledged(const Registration& registration, Wanted wanted);
  void received(const Receipt& receipt) { receipts_.push_back(receipt); }
  void stream_ended(Time at) { stream_ended_ = at; }  // new registrations end at this time

  const std::map<Registration, Entry>& entries() const { return entries_; }
  const std::vector<Receipt>& receipts() const { return receipts_; }  // in order of arrival

  // Numbers of registrations. One that was completed or declared again counts once.
  std::size_t tried() const { return entries_.size(); }
  std::size_t acknowledged() const;
  std::size_t stopped() const;   // the peer stopped them, and the stop was acknowledged
  std::size_t standing() const;  // acknowledged, and not changed by the peer since

  // The longest time between two successive datagrams, while there were new registrations.
  Duration longest_silence() const;

 private:
  std::map<Registration, Entry> entries_;
  std::vector<Receipt> receipts_;
  Time stream_ended_ = never;
};

}  // namespace swarm::lan
