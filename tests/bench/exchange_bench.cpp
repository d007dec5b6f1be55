// What the engine itself costs per byte: two peers joined in memory, without sockets and disks. One
// has a content of 64 MiB, the other fetches it; the round trip is 100 us of virtual time.
//
//   Exchange/verify:0   the store takes every chunk for right
//   Exchange/verify:1   and with the SHA-1 of what is fetched, as every real store computes it
//
// bytes_per_second is per CPU second of both peers together.
#include <benchmark/benchmark.h>

#include "engine/base/sha1.hpp"
#include "engine/peer/peer.hpp"
#include "engine/wire/metainfo.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm {
namespace {

constexpr std::uint64_t content_size = 64 << 20;
constexpr std::uint32_t chunk_count = content_size / default_chunk_size;

// The same for every run: made once, not measured.
struct Content {
  Content() {
    test::Words random(1);
    std::vector<Sha1Digest> hashes;
    for (std::uint32_t i = 0; i < chunk_count; ++i) {
      std::vector<std::uint8_t> bytes(default_chunk_size);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
      hashes.push_back(sha1(bytes));
      chunks.push_back(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)));
    }
    metainfo = make_metainfo("content", false, {{"content", content_size}}, default_chunk_size,
                             std::move(hashes));
  }
  std::vector<ChunkBytes> chunks;
  MetainfoPtr metainfo;
};

class Side {
 public:
  Side(std::uint32_t ip, const Content& content, bool has, bool verify)
      : address{ip, 6881},
        content_(content),
        has_(has),
        verify_(verify),
        peer_(settings_, address.port, test::draw_of(ip)) {}

  void begin(Time now) {
    peer_.start(now, out_);
    peer_.exchange(now, content_.metainfo, out_);
    carry_out(now);
  }
  void meet(Time now, const Endpoint& other) {
    peer_.add_peer(now, content_.metainfo->info_hash, other, out_);
    carry_out(now);
  }
  // What the other one has sent, and what is due; what it answers goes into the outbox.
  void step(Time now, const Side& other, const Outbox& arrived) {
    for (std::size_t i = 0; i < arrived.datagrams(); ++i) {
      const auto datagram = arrived.datagram(i);
      if (datagram.to != address) continue;  // to the trackers
      peer_.receive(now, {Channel::peers, other.address, false}, datagram.bytes, out_);
    }
    if (peer_.next_wake() <= now) peer_.wake(now, out_);
    carry_out(now);
  }
  // What it has sent since it was asked last; valid until it is asked again.
  const Outbox& sent() {
    std::swap(out_, sent_);
    out_.clear();
    datagrams += sent_.datagrams();
    return sent_;
  }
  bool complete() const { return peer_.progress(content_.metainfo->info_hash).complete; }

  const Endpoint address;
  std::uint64_t datagrams = 0;

 private:
  void carry_out(Time now) {
    while (!out_.store_requests().empty()) {
      requests_.clear();
      std::swap(requests_, out_.store_requests());
      for (const auto& request : requests_) peer_.stored(now, report(request), out_);
    }
  }

  StoreReport report(const StoreRequest& request) const {
    using Outcome = StoreReport::Outcome;
    StoreReport report{
        request.kind, Outcome::done, request.ticket, request.content, request.chunk, {}, {}, {}};
    if (request.kind == StoreRequest::Kind::open) {
      report.had = Bitmap(chunk_count, has_);
      report.doubtful = Bitmap(chunk_count);
    } else if (request.kind == StoreRequest::Kind::read) {
      report.bytes = content_.chunks[request.chunk];
    } else if (request.kind == StoreRequest::Kind::write) {
      report.bytes = request.bytes;
      if (verify_ && sha1(*request.bytes) != content_.metainfo->chunks[request.chunk])
        report.outcome = Outcome::wrong;
    }
    return report;
  }

  const Content& content_;
  const bool has_, verify_;
  PeerSettings settings_;
  Peer peer_;
  Outbox out_, sent_;
  std::vector<StoreRequest> requests_;
};

void exchange(benchmark::State& state) {
  static const Content content;
  std::uint64_t datagrams = 0;
  for (auto _ : state) {
    Side from(0x0a000001, content, true, false),
        to(0x0a000002, content, false, state.range(0) != 0);
    Time now{1s};
    const Time end = now + 600s;
    from.begin(now);
    to.begin(now);
    to.meet(now, from.address);
    while (!to.complete() && now < end) {
      from.step(now += 50us, to, to.sent());
      to.step(now += 50us, from, from.sent());
    }
    if (!to.complete()) return state.SkipWithError("it was not fetched within ten minutes");
    datagrams += from.datagrams + to.datagrams;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(content_size) * state.iterations());
  state.counters["datagrams"] =
      benchmark::Counter(static_cast<double>(datagrams), benchmark::Counter::kAvgIterations);
}
BENCHMARK(exchange)
    ->Name("Exchange")
    ->ArgName("verify")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace swarm

BENCHMARK_MAIN();
