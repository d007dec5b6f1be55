// How long the steps of a tracker with very many registrations take, in CPU time of its thread: the
// longest one of each kind of work, and what it had to do. No socket, no disk: what a step costs
// beside that is the host's (metric swarm_tracker_step_cpu_seconds_max).
// Usage: step_bench [REGISTRATIONS], by default 4,000,000; about 1.5 GB of memory
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/wire/bep15.hpp"
#include "tests/engine/base/words.hpp"
#include "tests/engine/tracker/solo_tracker.hpp"
#include "transport/udp/system/steady_allocator.hpp"

namespace swarm::test {
namespace {

using Requests = std::vector<std::vector<std::uint8_t>>;

constexpr std::size_t batch = 64;  // datagrams, as a host takes them
constexpr std::uint32_t contents_of_small = 10, contents_of_large = 10'000;
constexpr std::uint64_t first_index = 1000;  // the table is of this block
constexpr Arrival group{Channel::peers, {}, true};

Duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

double us(Duration d) {
  return static_cast<double>(d.count()) / 1000;
}

// The steps of one kind of work.
class Steps final : public SoloTracker::Watch {
 public:
  void begins() override { begun_ = cpu_time(); }
  void ended(const Outbox& out) override { took_.push_back({cpu_time() - begun_, out.work()}); }
  void report(const char* kind) {
    if (took_.empty()) return;
    std::sort(took_.begin(), took_.end());
    const auto& median = took_[took_.size() / 2];
    const auto& most = took_[took_.size() * 999 / 1000];
    std::size_t work = 0;
    for (const auto& step : took_) work = std::max(work, step.second);
    const auto& longest = took_.back();
    std::printf("%-44s %8zu %10.1f %10.1f %10.1f %8zu %8zu\n", kind, took_.size(), us(median.first),
                us(most.first), us(longest.first), longest.second, work);
    std::fflush(stdout);
    took_.clear();
  }

 private:
  Duration begun_{};
  std::vector<std::pair<Duration, std::size_t>> took_;
};

InfoHash content(std::uint64_t number) {
  InfoHash hash;
  for (std::size_t i = 0; i < 16; ++i)
    hash.bytes[i] = static_cast<std::uint8_t>(mix(number + (i / 8 << 40)) >> (8 * (i % 8)));
  return hash;
}

Endpoint peer(std::uint32_t number) {
  return {0x14000000 + number, 6881};
}

// Half of the registrations are of small peers, half of large ones; four of a content.
struct Shape {
  explicit Shape(std::uint32_t registrations)
      : contents(registrations / 4),
        small(registrations / 2 / contents_of_small),
        large(registrations / 2 / contents_of_large) {}
  std::uint32_t contents, small, large;
  std::uint32_t peers() const { return small + large; }
  std::uint32_t of(std::uint32_t p) const {
    return p < small ? contents_of_small : contents_of_large;
  }
  InfoHash held(std::uint32_t p, std::uint32_t i) const {
    return content((mix(p) + std::uint64_t{i} * 7919) % contents);
  }
};

db::TrackerImage image_of(const Shape& shape) {
  db::TrackerImage image;
  auto& t = image.tables;
  t.applied = {LogIndex{first_index}, Term{1}, {}, PeerRowId{shape.peers() + 1}, 0};
  t.config = voters(3);
  t.config_index = LogIndex{1};
  image.log_begin = LogIndex{first_index + 1};
  image.previous_term = Term{1};
  for (std::uint32_t p = 0; p < shape.peers(); ++p) {
    const PeerRowId id{p + 1};
    t.peers.push_back({id, peer(p)});
    for (std::uint32_t i = 0; i < shape.of(p); ++i)
      t.contents.push_back({shape.held(p, i), id, i % 3 ? PeerState::seeder : PeerState::leecher});
  }
  std::sort(t.contents.begin(), t.contents.end());
  return image;
}

SoloTracker::Options options_of(const Shape& shape) {
  SoloTracker::Options options;
  options.image = image_of(shape);
  options.settings.announce_interval = options.settings.longest_interval = 10s;
  options.settings.client_interval = 0s;
  options.settings.max_contents = 4 * shape.contents + 1'000'000;
  options.settings.max_memory = 0;
  options.settings.max_contents_per_peer = options.settings.max_contents_per_network = 0;
  return options;
}

class Bench {
 public:
  explicit Bench(const Shape& shape) : shape_(shape), t_(options_of(shape)), random_(1) {
    std::printf("%zu registrations, %zu contents, %zu peers; %zu MiB in memory\n",
                t_.tracker().table().registrations(), t_.tracker().table().contents(),
                t_.tracker().table().peers(), t_.tracker().memory() >> 20);
    std::printf("%-44s %8s %10s %10s %10s %8s %8s\n", "CPU time of a step, us", "steps", "median",
                "99.9 %", "longest", "its work", "most");
    t_.watch(&steps_);
  }

  void slave() {
    // Blocks come as a master sends them, and are committed with a stall in between.
    LogIndex last{first_index};
    for (int round = 0; round < 20; ++round) {
      for (int n = 0; n < 64; ++n) {
        ++last;
        t_.prepare(2, 1, new_block(last), 1, last.value - 65);
      }
      settle_slave(last);
    }
    steps_.report("slave: blocks of registrations, 64 at once");
    for (int round = 0; round < 20; ++round) {
      Expire expire;
      for (std::uint32_t i = 0; i < 64; ++i) expire.peers.push_back(peer(next_gone_++));
      ++last;
      t_.prepare(2, 1, block_of(last, expire), 1, last.value - 1);
      settle_slave(last);
    }
    steps_.report("slave: EXPIRE of 64 peers");
    Expire expire;
    for (std::uint32_t i = 0; i < 32; ++i) expire.peers.push_back(peer(shape_.peers() - 1 - i));
    ++last;
    t_.prepare(2, 1, block_of(last, expire), 1, last.value - 1);
    settle_slave(last);
    steps_.report("slave: EXPIRE of 32 large peers (old log)");
    keep(65'536);
    steps_.report("slave: requests are kept");
    t_.skip(3s);
    keep(batch);
    steps_.report("slave: the first batch after a silence");
    keep(65'536);
    steps_.report("slave: requests are kept");
  }

  void takeover() {
    t_.serve();
    steps_.report("takeover with 65,536 kept requests: election");
    as_master(200ms);
    steps_.report("takeover: kept requests are answered");
  }

  void master() {
    connect();
    steps_.report("master: connect");
    for (int round = 0; round < 300; ++round) announce(wire::AnnounceEvent::none);
    steps_.report("master: announces that change nothing");
    for (int round = 0; round < 300; ++round) scrape();
    steps_.report("master: BEP 15 scrapes of 74 contents");
    for (int round = 0; round < 200; ++round) declare(false);
    steps_.report("master: 24 contents told, all known");
    for (int round = 0; round < 100; ++round) declare(true);
    as_master(50ms);
    steps_.report("master: 24 new contents told");
    for (int round = 0; round < 300; ++round) announce(wire::AnnounceEvent::stopped);
    as_master(50ms);
    steps_.report("master: stopped");
    as_master(2s);
    connect();
    announce(wire::AnnounceEvent::none);
    steps_.report("master: the first batch after a silence");
  }

  void snapshot() {
    const auto told = [this] { return !t_.said_to<wire::SnapshotMeta>(3).empty(); };
    std::size_t n = 0;
    connect();
    steps_.report("master: connect");
    for (t_.forget(); !told() && n < 100'000; ++n) {
      if (n % 50 == 0) t_.hear(3, t_.view().term.value, wire::Fetch{LogIndex{1}, 1});
      if (n % 20 == 0 && n < 1000) declare(true);
      as_master(1ms, false);
    }
    std::printf("  (a snapshot took %zu rounds of a millisecond)\n", n);
    steps_.report("master: a snapshot is made meanwhile");
    as_master(70s);
    steps_.report("master: it is forgotten; expiry sweeps");
  }

  void expiry() {
    std::size_t n = 0;
    const auto before = t_.tracker().table().registrations();
    for (; t_.tracker().table().registrations() > before / 20 && n < 200'000; ++n) as_master(1ms);
    std::printf("  (%zu registrations expired in %zu rounds of a millisecond)\n",
                before - t_.tracker().table().registrations(), n);
    steps_.report("master: expiry");
  }

  void step_down() {
    connect();
    for (int round = 0; round < 600; ++round) {
      announce(wire::AnnounceEvent::started, false);
      t_.forget();
    }
    steps_.report("master: requests that wait for a commit");
    t_.hear(3, t_.view().term.value + 1, wire::KeepAlive{t_.master_state(1, 1, 0)});
    steps_.report("master: steps down with them");
    t_.pass(500ms);
    steps_.report("slave: what waited is kept again");
  }

 private:
  BlockPtr block_of(LogIndex index, const Operation& operation) {
    return block(index.value, 1, operation);
  }
  BlockPtr new_block(LogIndex index) {
    std::vector<std::uint8_t> operations;
    for (;;) {
      const Register one{content(1'000'000'000 + next_new_ % 100'000), peer(random_peer()),
                         PeerState::seeder, false};
      ++next_new_;
      if (operations.size() + wire::encoded_size(Operation(one)) > Block::most) break;
      wire::encode(Operation(one), operations);
    }
    return std::make_shared<Block>(Block{index, Term{1}, SwarmTime{}, std::move(operations)});
  }
  void settle_slave(LogIndex last) {
    for (int i = 0; i < 100; ++i) {
      t_.keep_alive(2, 1, last.value, 1, last.value);
      t_.pass(2ms);
      if (i > 2 && t_.view().applied == last) break;
    }
    t_.forget();
  }
  std::uint32_t random_peer() {
    return shape_.small / 2 + random_.quick_below(shape_.small - shape_.small / 2);
  }

  // Requests from many sources, all with good connection ids.

  struct Known {
    std::uint32_t number;
    ConnectionId connection;
  };
  void keep(std::uint32_t requests) {
    for (std::uint32_t n = 0; n < requests; n += batch) {
      for (std::size_t i = 0; i < batch; ++i)
        add(peer(random_peer()),
            wire::AnnounceRequest{ConnectionId{1}, next_id(),
                                  content(random_.next() % shape_.contents), PeerId{},
                                  wire::AnnounceEvent::started, 0, 0, 50, 6881});
      send();
      t_.keep_alive(2, 1, t_.view().last.value, 1, t_.view().last.value);
      t_.pass(100us);
      t_.forget();
    }
  }
  TransactionId next_id() { return TransactionId{++transactions_}; }
  void add(const Endpoint& from, const wire::Request& request) {
    const auto datagram = wire::encode(request);
    const Bytes bytes = datagram.bytes();
    add_bytes(from, {bytes.begin(), bytes.end()});
  }
  void add_bytes(const Endpoint& from, std::vector<std::uint8_t> bytes) {
    froms_.push_back(from);
    requests_.push_back(std::move(bytes));
  }
  void send() {
    t_.hear_clients(group, froms_, requests_);
    froms_.clear();
    requests_.clear();
  }
  void connect() {
    known_.clear();
    for (int n = 0; n < 32; ++n) {
      t_.forget();
      std::vector<std::uint32_t> numbers;
      for (std::size_t i = 0; i < batch; ++i) {
        numbers.push_back(random_peer());
        add(peer(numbers.back()), wire::ConnectRequest{next_id()});
      }
      send();
      as_master(1ms, false);
      for (const auto& reply : t_.replies())
        if (const auto* c = std::get_if<wire::ConnectResponse>(&reply.response))
          known_.push_back({reply.to.ip.v4() - peer(0).ip.v4(), c->connection});
      t_.forget();
    }
    if (known_.empty()) std::abort();
  }
  const Known& one() {
    return known_[random_.quick_below(static_cast<std::uint32_t>(known_.size()))];
  }

  void announce(wire::AnnounceEvent event, bool ready = true) {
    for (std::size_t i = 0; i < batch; ++i) {
      const auto& k = one();
      const auto hash = event == wire::AnnounceEvent::started
                            ? content(2'000'000'000 + next_new_++ % 300'000)
                            : shape_.held(k.number, random_.quick_below(contents_of_small));
      add(peer(k.number),
          wire::AnnounceRequest{k.connection, next_id(), hash, PeerId{}, event, 0, 0, 50, 6881});
    }
    send();
    if (ready) as_master(300us);
  }
  void scrape() {
    for (std::size_t i = 0; i < batch; ++i) {
      const auto& k = one();
      wire::bep15::ScrapeRequest request{k.connection, next_id(), {}};
      for (int n = 0; n < 74; ++n)
        request.contents.push_back(content(random_.next() % shape_.contents));
      std::vector<std::uint8_t> bytes;
      wire::bep15::encode(wire::bep15::Request(request), bytes);
      add_bytes(peer(k.number), std::move(bytes));
    }
    send();
    as_master(300us);
  }
  void declare(bool fresh) {
    for (std::size_t i = 0; i < batch; ++i) {
      const auto& k = one();
      wire::ScrapeRequest request{k.connection, next_id(), {}};
      for (std::uint32_t n = 0; n < wire::most_hashes; ++n)
        request.contents.push_back(fresh ? content(3'000'000'000 + next_new_++ % 500'000)
                                         : shape_.held(k.number, n % contents_of_small));
      add(peer(k.number), wire::Request(request));
    }
    send();
    as_master(300us);
  }

  // Its slave acknowledges at once.
  void as_master(Duration d, bool forget = true) {
    for (Duration passed = 0ns; passed < d; passed += 1ms) {
      t_.pass(std::min<Duration>(d, 1ms));
      t_.ready(2, t_.view().last.value);
      if (forget) t_.forget();
    }
  }

  Shape shape_;
  SoloTracker t_;
  Steps steps_;
  test::Words random_;
  std::vector<Known> known_;
  std::vector<Endpoint> froms_;
  Requests requests_;
  std::uint32_t transactions_ = 0;
  std::uint64_t next_new_ = 0;
  std::uint32_t next_gone_ = 0;
};

}  // namespace
}  // namespace swarm::test

int main(int argc, char** argv) {
  const long registrations = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 4'000'000;
  if (registrations < 100'000 || registrations > 100'000'000) {
    std::fprintf(stderr, "usage: step_bench [REGISTRATIONS], 100,000 and more\n");
    return 2;
  }
  swarm::udp::steady_allocator();
  swarm::test::Bench bench{swarm::test::Shape(static_cast<std::uint32_t>(registrations))};
  bench.slave();
  bench.takeover();
  bench.master();
  bench.snapshot();
  bench.expiry();
  bench.step_down();
}
