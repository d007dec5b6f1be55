// The progress of contents as text: the line that share and fetch show while they work.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::udp {

// The figures of one content, or the sum of several. Sizes in bytes, rates in bytes per second.
struct ContentFigures {
  std::string name;  // unescaped; progress_text() makes it printable
  enum class Phase : std::uint8_t {
    searching,  // only its info-hash is known
    opening,    // the store has not reported yet which chunks are here
    checking,   // the store is hashing what is on disk
    fetching,
    complete,
  } phase{};
  std::uint64_t size{}, had{};  // had: verified and on disk
  std::uint64_t doubtful{};     // bytes still to be hashed
  std::uint64_t down_rate{}, up_rate{};
  std::uint64_t received{}, wasted{}, sent{};  // bytes of blocks; wasted: duplicate or wrong
  std::uint32_t peers{}, uploaders{};
  friend bool operator==(const ContentFigures&, const ContentFigures&) = default;

  double percent() const;                // 0 to 100; 100 only if everything is here
  std::optional<Duration> left() const;  // only while fetching, if blocks arrive
  ContentFigures& operator+=(const ContentFigures& other);  // keeps the name and the earlier phase
};

// One line without a line end, of at most `columns` characters (0: no limit). A long name is
// shortened first.
std::string progress_text(const ContentFigures& figures, std::size_t columns = 0);

// The rate of a growing number over the last seconds.
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

// rounded down to tenths; 100 only if part is the whole
double percent_of(std::uint64_t part, std::uint64_t whole);
std::string bytes_text(std::uint64_t bytes);   // 512 B, 12.3 kB, 1.21 GB: three digits
std::string time_left_text(Duration left);     // 4 s, 3 min 20 s, 2 h 5 min
std::string grouped(std::uint64_t number);     // 1,234,567
std::string printable(std::string_view text);  // replaces control characters and broken UTF-8 by ?
// printable; replaces its middle by ...
std::string shortened(std::string_view text, std::size_t columns);

}  // namespace swarm::udp
