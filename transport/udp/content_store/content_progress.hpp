// Formats the progress of contents: the line that `swarm-peer share` and `fetch` show.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"

namespace swarm::udp {

// The figures of one content, or the sum over several contents. Sizes are in bytes, and rates in
// bytes per second.
struct ContentFigures {
  std::string name;  // unescaped; progress_text() makes it printable
  enum class Phase : std::uint8_t {
    searching,  // only the content's info-hash is known
    opening,    // the store has not reported yet which chunks are on disk
    checking,   // the store is hashing what is on disk
    fetching,
    complete,
  } phase{};
  std::uint64_t size{}, had{};  // had: bytes that are verified and on disk
  std::uint64_t doubtful{};     // bytes on disk that have not been hashed yet
  std::uint64_t down_rate{}, up_rate{};
  std::uint64_t received{}, wasted{}, sent{};  // block bytes; wasted: received twice, or wrong
  std::uint32_t peers{}, uploaders{};
  friend bool operator==(const ContentFigures&, const ContentFigures&) = default;

  double percent() const;  // 0 to 100; 100 only if the content is complete
  // The time left; nullopt unless the phase is `fetching` and blocks arrive.
  std::optional<Duration> left() const;
  // Adds all figures. Keeps this name, and takes the phase that comes first in `Phase`.
  ContentFigures& operator+=(const ContentFigures& other);
};

// Returns one line without a line end, of at most `columns` characters (0: no limit). If the line
// would be too long, shortens the name first, and then leaves out fields.
std::string progress_text(const ContentFigures& figures, std::size_t columns = 0);

// Measures how fast a number grows, over the last five seconds.
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

// Rounds down to tenths of a percent. Returns 100 only if `part` is at least `whole`.
double percent_of(std::uint64_t part, std::uint64_t whole);
std::string bytes_text(std::uint64_t bytes);   // with three digits: 512 B, 12.3 kB, 1.21 GB
std::string time_left_text(Duration left);     // 4 s, 3 min 20 s, 2 h 5 min
std::string grouped(std::uint64_t number);     // 1,234,567
std::string printable(std::string_view text);  // replaces control characters and broken UTF-8 by ?
// Like printable(), but replaces the middle of a text by ... if it has more than `columns`
// characters.
std::string shortened(std::string_view text, std::size_t columns);

}  // namespace swarm::udp
