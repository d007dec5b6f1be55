// What peers asked for and what they were told: the book that the databases are held against.
#pragma once

#include <map>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm::lan {

// What a peer last wanted to be of a content.
enum class Wanted { leecher, seeder, absent };

struct Registration {
  InfoHash content;
  Endpoint peer;
  friend auto operator<=>(const Registration&, const Registration&) = default;
};

// A datagram that a tracker sent to a peer, whatever it is.
struct Receipt {
  Time at;
  Endpoint tracker, peer;
};

class Ledger {
 public:
  struct Entry {
    Wanted wanted{};
    bool settled{};     // the trackers have acknowledged just that
    bool registered{};  // some registration was acknowledged before
  };

  void tried(const Registration& registration, Wanted wanted);
  void acknowledged(const Registration& registration, Wanted wanted);
  void received(const Receipt& receipt) { receipts_.push_back(receipt); }
  void stream_ended(Time at) { stream_ended_ = at; }  // no new registrations from here on

  const std::map<Registration, Entry>& entries() const { return entries_; }
  const std::vector<Receipt>& receipts() const { return receipts_; }  // as they came

  // Of registrations; one that was completed or declared again counts once.
  std::size_t tried() const { return entries_.size(); }
  std::size_t acknowledged() const;
  std::size_t stopped() const;   // ended by their peer, and acknowledged
  std::size_t standing() const;  // acknowledged, and nothing else was wanted since

  // Between two datagrams that followed each other, while there were new registrations.
  Duration longest_silence() const;

 private:
  std::map<Registration, Entry> entries_;
  std::vector<Receipt> receipts_;
  Time stream_ended_ = never;
};

}  // namespace swarm::lan
