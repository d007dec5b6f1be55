#include "transport/udp/system/os_random.hpp"

#include <sys/random.h>
#include <time.h>

#include <cerrno>
#include <stdexcept>

namespace swarm::udp {
namespace {

template <class T>
T from_system() {
  T value{};
  static_assert(sizeof value <= 256);  // up to this size, the call gives everything or nothing
  ssize_t given = -1;
  do {
    given = ::getrandom(&value, sizeof value, 0);
  } while (given < 0 && errno == EINTR);
  if (given != static_cast<ssize_t>(sizeof value))
    throw std::runtime_error("the system gives no random numbers");
  return value;
}

}  // namespace

std::uint64_t os_random_number() {
  return from_system<std::uint64_t>();
}

std::array<std::uint8_t, 16> os_random_bytes() {
  return from_system<std::array<std::uint8_t, 16>>();
}

std::array<std::uint64_t, 2> os_times() {
  const auto now = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
  };
  return {now(CLOCK_REALTIME), now(CLOCK_BOOTTIME)};
}

std::array<std::uint8_t, 16> with_time(std::array<std::uint8_t, 16> bytes,
                                       const std::array<std::uint64_t, 2>& times) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ times[i / 8] >> (8 * (i % 8)));
  return bytes;
}

StartDraw os_start_draw() {
  return {os_random_number(), {from_system<Drawn>()}};
}

}  // namespace swarm::udp
