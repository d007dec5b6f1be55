#include "tests/bench/load.hpp"

#include <poll.h>

#include <deque>
#include <future>
#include <stdexcept>

#include "engine/base/random.hpp"
#include "tests/bench/batch_socket.hpp"
#include "tests/bench/steady_clock.hpp"

namespace swarm::bench {
namespace {

constexpr std::uint32_t first_port = 1024;
constexpr std::uint32_t most_per_source = 60'000;
constexpr std::uint32_t most_slots = 0x8000;            // of a source
constexpr TransactionId connecting{0xffffffff};         // no slot has it
constexpr Duration connection_age = 50s;                // a peer uses an id for a minute
constexpr std::uint32_t idle_rounds_before_sleep = 64;  // a sleeper's waking is paid by the server

enum class Kind { first_registrations, further_registrations, refreshes };

// A request under way.
struct Slot {
  wire::AnnounceRequest request;
  Time first_sent, last_sent;
  bool busy{};
};

struct Source {
  Source(const LoadSettings& settings, std::uint32_t which)
      : socket({settings.first_source + which, 0}),
        number(which),
        random(which),
        peers((settings.peers - which + settings.sources - 1) / settings.sources),
        slots(std::clamp(settings.in_flight / settings.sources, 1U, most_slots)) {
    socket.connect(settings.target);
  }
  BatchSocket socket;
  std::uint32_t number;
  Random random;
  std::uint32_t peers;         // that announce from here
  std::uint64_t registered{};  // of its registrations: how many were begun
  ConnectionId connection;
  Time connected;
  std::vector<Slot> slots;
};

void add(LoadResult& sum, const LoadResult& part) {
  sum.elapsed = std::max(sum.elapsed, part.elapsed);
  sum.answers += part.answers;
  sum.errors += part.errors;
  sum.sendings += part.sendings;
  sum.lost += part.lost;
  sum.peers += part.peers;
  sum.bytes += part.bytes;
  sum.latencies.add(part.latencies);
}

void check(const LoadSettings& s) {
  if (s.sources == 0 || s.threads == 0 || s.threads > s.sources)
    throw std::runtime_error("there must be at least as many sources as threads, and one of each");
  if (s.peers < s.sources || s.peers > s.sources * most_per_source)
    throw std::runtime_error("each source address serves 1 to 60000 peers");
  if (s.contents == 0 || s.contents > s.peers)
    throw std::runtime_error("there must be 1 to " + std::to_string(s.peers) + " contents");
}

// One thread's part: some of the sources.
class Worker {
 public:
  Worker(const LoadSettings& settings, std::uint32_t number) : settings_(settings) {
    for (std::uint32_t i = number; i < settings.sources; i += settings.threads)
      sources_.emplace_back(settings, i);
  }

  void connect() {
    for (int attempt = 0; attempt < 50; ++attempt) {
      bool all = true;
      for (auto& source : sources_)
        if (!source.connection) {
          all = false;
          ask_for_connection(source, steady_now());
          source.socket.flush();
        }
      if (all) return;
      sleep(100ms);
      for (auto& source : sources_) receive(source, steady_now());
    }
    throw std::runtime_error(to_string(settings_.target) + " gives no connection ids");
  }

  // Until nothing is left to ask, or until `end`.
  LoadResult run(Kind kind, Time end) {
    result_ = {};
    kind_ = kind;
    const Time begin = last_answer_ = steady_now();
    for (auto& source : sources_) {
      if (kind == Kind::further_registrations)
        source.registered =
            std::max(source.registered, std::uint64_t{settings_.first_round} * source.peers);
      for (auto& slot : source.slots) begin_request(source, slot, begin);
    }
    std::uint32_t idle = 0;
    for (Time now = begin; now < end && busy_ > 0; now = steady_now()) {
      bool any = false;
      for (auto& source : sources_) any = receive(source, now) || any;
      for (auto& source : sources_) source.socket.flush();
      if (now - last_look_ > 5ms) look_for_losses(now);
      idle = any ? 0 : idle + 1;
      if (idle > idle_rounds_before_sleep) sleep(1ms);
    }
    result_.elapsed = steady_now() - begin;
    abandon();
    return result_;
  }

 private:
  const LoadSettings& settings_;
  std::deque<Source> sources_;
  LoadResult result_;
  Kind kind_{};
  std::size_t busy_ = 0;
  Time last_answer_, last_look_;

  // Registration i of a source: in round i / peers each peer announces another content.
  void choose(Source& source, wire::AnnounceRequest& request) {
    const bool refresh = kind_ == Kind::refreshes;
    const std::uint64_t i = refresh ? source.random.below(source.peers) : source.registered++;
    const std::uint64_t round = i / source.peers;
    const auto place = static_cast<std::uint32_t>(i % source.peers);
    const std::uint64_t peer = source.number + std::uint64_t{settings_.sources} * place;
    const std::uint64_t content = peer * settings_.contents / settings_.peers + round;
    request.event = refresh ? wire::AnnounceEvent::none : wire::AnnounceEvent::started;
    request.info_hash = content_hash(static_cast<std::uint32_t>(content % settings_.contents));
    request.peer_id.bytes = {'-', 'T', 'L', '0', '1', '0', '0', '-'};
    request.key = static_cast<std::uint32_t>(peer);
    request.port = static_cast<std::uint16_t>(first_port + place);
    request.num_want = settings_.num_want;
  }

  void begin_request(Source& source, Slot& slot, Time now) {
    if (kind_ == Kind::first_registrations && source.registered >= source.peers) return;
    choose(source, slot.request);
    const auto index = static_cast<std::uint32_t>(&slot - source.slots.data());
    const std::uint32_t generation = (slot.request.transaction.value >> 16) + 1;
    slot.request.transaction = {generation << 16 | index};
    slot.first_sent = now;
    slot.busy = true;
    ++busy_;
    send(source, slot, now);
  }

  void send(Source& source, Slot& slot, Time now) {
    slot.request.connection = source.connection;
    slot.last_sent = now;
    source.socket.put(announce_request(settings_.dialect, slot.request).bytes());
    ++result_.sendings;
  }

  void ask_for_connection(Source& source, Time now) {
    source.connected = now;
    source.socket.put(connect_request(settings_.dialect, connecting).bytes());
  }

  bool receive(Source& source, Time now) {
    const auto handle = [&](const Endpoint&, Bytes bytes) { answered(source, bytes, now); };
    return source.socket.receive(handle) > 0;
  }

  void answered(Source& source, Bytes bytes, Time now) {
    const auto answer = read_answer(settings_.dialect, bytes);
    if (!answer) return;
    if (answer->action == wire::Action::connect) {
      source.connection = answer->connection;
      return;
    }
    const std::size_t index = answer->transaction.value & 0xffff;
    if (index >= source.slots.size()) return;
    auto& slot = source.slots[index];
    if (!slot.busy || slot.request.transaction != answer->transaction) return;  // a late copy
    slot.busy = false;
    --busy_;
    last_answer_ = now;
    count(*answer, bytes, now - slot.first_sent);
    begin_request(source, slot, now);
  }

  void count(const Answer& answer, Bytes bytes, Duration latency) {
    if (answer.action == wire::Action::error) {
      ++result_.errors;
      return;
    }
    ++result_.answers;
    result_.peers += answer.peers;
    result_.bytes += bytes.size();
    result_.latencies.add(latency);
  }

  void look_for_losses(Time now) {
    last_look_ = now;
    if (now - last_answer_ > settings_.patience)
      throw std::runtime_error(to_string(settings_.target) + " answers no more");
    for (auto& source : sources_) {
      if (now - source.connected > connection_age) ask_for_connection(source, now);
      for (auto& slot : source.slots)
        if (slot.busy && now - slot.last_sent > settings_.retransmission) {
          ++result_.lost;
          send(source, slot, now);
        }
      source.socket.flush();
    }
  }

  void abandon() {
    for (auto& source : sources_)
      for (auto& slot : source.slots) slot.busy = false;
    busy_ = 0;
  }

  void sleep(Duration most) {
    std::vector<pollfd> wanted;
    for (const auto& source : sources_) wanted.push_back({source.socket.descriptor(), POLLIN, 0});
    poll(wanted.data(), wanted.size(), static_cast<int>(most / 1ms));
  }
};

}  // namespace

InfoHash content_hash(std::uint32_t content) {
  InfoHash hash;
  for (std::uint32_t i = 0; i < hash.bytes.size(); ++i) {
    const std::uint64_t word = mix(content * 4ULL + i / 8);
    hash.bytes[i] = static_cast<std::uint8_t>(word >> (8 * (i % 8)));
  }
  return hash;
}

struct Load::Impl {
  explicit Impl(const LoadSettings& s) : settings(s) {
    check(settings);
    for (std::uint32_t i = 0; i < settings.threads; ++i) workers.emplace_back(settings, i);
    for (auto& worker : workers) worker.connect();
  }
  LoadResult run(Kind kind, Time end) {
    std::vector<std::future<LoadResult>> parts;
    for (auto& worker : workers)
      parts.push_back(
          std::async(std::launch::async, [&worker, kind, end] { return worker.run(kind, end); }));
    LoadResult sum;
    for (auto& part : parts) add(sum, part.get());
    return sum;
  }

  LoadSettings settings;
  std::deque<Worker> workers;
};

Load::Load(const LoadSettings& settings) : impl_(std::make_unique<Impl>(settings)) {}
Load::~Load() = default;

LoadResult Load::register_all() {
  return impl_->run(Kind::first_registrations, never);
}

LoadResult Load::refresh(Duration duration) {
  return impl_->run(Kind::refreshes, steady_now() + duration);
}

LoadResult Load::register_more(Duration duration) {
  return impl_->run(Kind::further_registrations, steady_now() + duration);
}

}  // namespace swarm::bench
