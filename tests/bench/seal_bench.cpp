// What it costs to make a datagram between trackers and to read it, in one run side by side: in the
// previous version of the protocol (SipHash), sealed as in the real world, and sealed as in the
// simulator.
//
//   Datagram/NAME/N   CPU time of one datagram with N bytes of operations: encode and decode
#include <benchmark/benchmark.h>

#include "engine/base/secrets.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm::wire {
namespace {

const Secret secret{1, 2, 3};

Body body_with(Bytes operations) {
  return Prepare{{}, LogIndex{1}, Term{1}, Term{1}, 0, operations};
}

void previous(benchmark::State& state) {
  const std::vector<std::uint8_t> operations(static_cast<std::size_t>(state.range(0)), 4);
  const Body body = body_with(operations);
  std::vector<std::uint8_t> datagram;
  for (auto _ : state) {
    encode_previous({{}, {}, {}, {}, {}, Term{1}}, body, secret, datagram);
    benchmark::DoNotOptimize(decode_previous(datagram, secret));
  }
}

void sealed(benchmark::State& state, Cipher cipher) {
  const std::vector<std::uint8_t> operations(static_cast<std::size_t>(state.range(0)), 4);
  const Body body = body_with(operations);
  const Seal seal(secret, cipher);
  std::vector<std::uint8_t> datagram, plain;
  for (auto _ : state) {
    encode({{}, {}, {}, {}, {}, Term{1}}, body, seal, {}, datagram);
    benchmark::DoNotOptimize(decode(datagram, seal, plain));
  }
}

BENCHMARK(previous)->Name("Datagram/previous")->Arg(32)->Arg(1024);
BENCHMARK_CAPTURE(sealed, xchacha20, Cipher::xchacha20_poly1305)
    ->Name("Datagram/xchacha20-poly1305")
    ->Arg(32)
    ->Arg(1024);
BENCHMARK_CAPTURE(sealed, siphash, Cipher::siphash)->Name("Datagram/simulator")->Arg(32)->Arg(1024);

}  // namespace
}  // namespace swarm::wire

int main(int count, char** arguments) {
  swarm::start_cryptography();
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
}
