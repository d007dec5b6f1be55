// How far contents are, as text: the line that share and fetch show while they work.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::udp {

// Of one content, or of several together. Sizes in bytes, rates in bytes per second.
struct ContentFigures {
  std::string name;  // as it is; progress_text makes it fit for a terminal
  enum class Phase : std::uint8_t {
    searching,  // only its hash is known
    opening,    // its store has not said yet what is here
    checking,   // what is on disk is being hashed
    fetching,
    complete,
  } phase{};
  std::uint64_t size{}, had{};  // had: verified and on disk
  std::uint64_t doubtful{};     // checking: still to be hashed
  std::uint64_t down_rate{}, up_rate{};
  std::uint64_t received{}, wasted{}, sent{};  // bytes of blocks; wasted: twice, or not right
  std::uint32_t peers{}, uploaders{};
  friend bool operator==(const ContentFigures&, const ContentFigures&) = default;

  double percent() const;                                   // 0 to 100; 100 only when all is here
  std::optional<Duration> left() const;                     // fetching, when something comes
  ContentFigures& operator+=(const ContentFigures& other);  // names stay; the phase is the earliest
};

// One line without its end, of at most `columns` characters (0: as long as it gets); a long name
// gives way first.
std::string progress_text(const ContentFigures& figures, std::size_t columns = 0);

// The rate of a number that grows, over the last seconds.
class RateMeter {
 public:
  void add(Time now, std::uint64_t total);
  std::uint64_t per_second() const;

 private:
  struct Sample {
    Time at;
    std::uint64_t total;
  };
  std::deque<Sample> samples_;
};

double percent_of(std::uint64_t part, std::uint64_t whole);  // in tenths; 100 only for all of it
std::string bytes_text(std::uint64_t bytes);   // 512 B, 12.3 kB, 1.21 GB: three digits
std::string time_left_text(Duration left);     // 4 s, 3 min 20 s, 2 h 5 min
std::string grouped(std::uint64_t number);     // 1,234,567
std::string printable(std::string_view text);  // control characters and broken UTF-8: ?
std::string shortened(std::string_view text, std::size_t columns);  // ..., printable, by its middle

}  // namespace swarm::udp
