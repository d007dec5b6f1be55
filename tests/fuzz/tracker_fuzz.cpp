// Fuzzer of a whole tracker. The input is a list of things that happen to it:
//
//   thing := kind 1  argument 1  [datagram: size 2  bytes]
//
// Datagrams get the right cluster, sender and MAC, so that every body is reached. Whatever a member
// says, no assertion fails and every invariant holds: bytes from the network never throw.
#include <cstdlib>

#include "engine/base/bytes.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"

namespace {

using namespace swarm;
using namespace swarm::test;

// The bytes are a body, behind a header that a member could have written.
void hear(SoloTracker& t, std::uint8_t argument, Bytes bytes) {
  if (bytes.empty()) return;
  const auto from = static_cast<std::uint32_t>(2 + (argument & 3));  // 5 is a stranger
  const std::uint64_t term = t.view().term.value + ((argument >> 2) & 3) - 1;
  std::vector<std::uint8_t> datagram;
  wire::encode(t.header(from, term), wire::Fetch{}, t.seal(), {}, datagram);
  datagram.resize(wire::header_size);
  datagram[5] = bytes[0];
  datagram.insert(datagram.end(), bytes.begin() + 1, bytes.end());
  t.seal(datagram);
  t.hear_bytes(datagram, address_of(from));
}

void order(Tracker& tracker, std::uint8_t which, Time now, Outbox& out) {
  switch (which % 6) {
    case 0:
      tracker.leave(now, out);
      return;
    case 1:
      tracker.remove(now, MemberId{which / 6u % 5}, out);
      return;
    case 2:
      tracker.hand_over(now, out);
      return;
    case 3:
      tracker.first_start(now, FirstStart::join, out);
      return;
    case 4:
      tracker.first_start(now, FirstStart::init, out);
      return;
    default:
      tracker.reload(now, TrackerSettings{}, out);
  }
}

void happen(SoloTracker& t, std::uint8_t kind, std::uint8_t argument, Reader& in) {
  switch (kind % 9) {
    case 0:
      return t.pass(argument * 100us);
    case 1:
      return t.hold_ballot(argument & 1);
    case 2:
      return t.hold_log(argument & 1);
    case 3:
      return t.sync_ballot();
    case 4:
      return t.sync_log();
    case 5:
      if (argument < 16) return t.serve();
      return t.act([&](Tracker& k, Time now, Outbox& out) { order(k, argument, now, out); });
    case 6:
      if (argument < 16) t.restart();
      return;
    default: {
      const std::size_t size = in.u16() % 1200;
      return hear(t, argument, in.take(std::min(size, in.left())));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in({data, size});
  SoloTracker t({.members = 3, .fresh = size > 0 && (data[0] & 0x80) != 0});
  for (int things = 0; in.left() >= 2 && things < 200 && t.exit_reason().empty(); ++things) {
    const auto kind = in.u8();
    happen(t, kind, in.u8(), in);
  }
  return 0;
}
