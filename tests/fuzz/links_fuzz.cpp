// Fuzzer of the sessions between trackers. The input is a list of things that happen to three
// processes:
//
//   thing := kind 1  argument 1  [size 1  bytes]
//
// Datagrams get lost, are held back, are played again, come from other addresses, and are changed.
// Some are made anew under the swarm's secret, so that the messages of a handshake are reached with
// every content. No assertion fails, no message arrives twice, and none arrives that was not sent.
#include <cstdlib>
#include <set>

#include "engine/base/bytes.hpp"
#include "tests/engine/links/linked.hpp"
#include "tests/engine/wire/resealed.hpp"

namespace {

using namespace swarm;
using namespace swarm::test;

constexpr std::size_t most_recorded = 2000;

// Of the outside form, with any content.
std::vector<std::uint8_t> sealed(const Linked& net, std::uint8_t type, Bytes content) {
  static const wire::Seal seal(Linked::secret, wire::Cipher::xchacha20_poly1305);
  std::vector<std::uint8_t> bytes;
  wire::encode(net.header(1), wire::Unverified{}, seal, {}, bytes);
  bytes.resize(wire::sealed_from);
  const auto outside = static_cast<std::uint8_t>(27 + type % 4);
  bytes[wire::type_at] = type % 5 == 4 ? std::uint8_t{13} : outside;
  bytes.insert(bytes.end(), content.begin(), content.end());
  seal_whole(bytes, seal);
  return bytes;
}

void play(Linked& net, std::uint8_t argument, Reader& in) {
  if (net.recorded().empty()) return;
  Flight copy = net.recorded()[(in.u8() * 256u + argument) % net.recorded().size()];
  const auto how = in.u8();
  if ((how & 1) != 0) copy.to = address_of(1u + how / 8u % 3u);
  if ((how & 2) != 0) copy.from = address_of(1u + how / 32u % 4u);
  if ((how & 4) != 0) copy.bytes[(in.u8() * 256u + in.u8()) % copy.bytes.size()] ^= in.u8();
  net.arrive(copy);
}

void happen(Linked& net, std::uint64_t& number, std::uint8_t kind, std::uint8_t argument,
            Reader& in) {
  const auto n = 1u + argument % 3u, other = 1u + (argument / 3u + n) % 3u;
  switch (kind % 8) {
    case 0:
    case 1:
      if (n != other) net.send(n, other, ++number);
      return;
    case 2:
      return net.pass(argument * 1ms);
    case 3: {
      if (net.flights().empty()) return;
      const Flight flight = net.flights().front();
      net.flights().pop_front();
      if (argument != 0) net.arrive(flight);
      return;
    }
    case 4:
      if (argument < 16) net.start(n);
      return net.deliver_all();
    case 5:
    case 6:
      return play(net, argument, in);
    default: {
      const Bytes content = in.take(std::min<std::size_t>(in.u8(), in.left()));
      net.hear(n, address_of(other), sealed(net, argument, content));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Linked net;
  for (std::uint32_t n = 1; n <= 3; ++n) net.start(n);
  std::uint64_t number = 0;
  Reader in({data, size});
  while (in.left() >= 2 && net.recorded().size() < most_recorded) {
    const auto kind = in.u8(), argument = in.u8();
    happen(net, number, kind, argument, in);
  }
  std::set<std::uint64_t> seen;
  for (const auto& d : net.delivered()) {
    // A DEAD that the fuzzer has made needs a proof that nobody has told.
    if (d.type == wire::Body(wire::Dead{}).index()) std::abort();
    if (d.number == 0 || d.number > number || !seen.insert(d.number).second) std::abort();
  }
  return 0;
}
