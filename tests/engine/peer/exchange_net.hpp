// A few peers that exchange contents in memory and in virtual time. Each has a store and a link to
// the network; all links are equal. No tracker answers a peer before name() is called: introduce()
// tells a peer of another peer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <vector>

#include "engine/base/sha1.hpp"
#include "engine/peer/peer.hpp"
#include "engine/wire/metainfo.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::test {

// Returns pseudo-random bytes, which are the same for the same seed.
inline std::vector<std::uint8_t> some_bytes(std::size_t size, std::uint64_t seed = 1) {
  test::Words random(seed);
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return bytes;
}

inline MetainfoPtr metainfo_of(const std::vector<std::uint8_t>& bytes, std::uint32_t chunk_size,
                               const std::string& name = "content") {
  std::vector<Sha1Digest> chunks;
  for (std::size_t at = 0; at < bytes.size(); at += chunk_size)
    chunks.push_back(
        sha1(Bytes(bytes).subspan(at, std::min<std::size_t>(chunk_size, bytes.size() - at))));
  return make_metainfo(name, false, {{name, bytes.size()}}, chunk_size, std::move(chunks));
}

// Stores one content. Carries out each request at once, as if disks took no time.
struct MemoryContentStore {
  MetainfoPtr metainfo;
  std::vector<std::uint8_t> bytes;  // the bytes of all files
  Bitmap had, doubtful;
  bool closed = false, disk_full = false;
  std::uint64_t wrong_writes = 0;

  void hold(MetainfoPtr its, const std::vector<std::uint8_t>& all) {
    metainfo = std::move(its);
    bytes = all;
    had = Bitmap(metainfo->chunk_count(), true);
    doubtful = Bitmap(metainfo->chunk_count());
  }
  Bytes chunk(std::uint32_t n) const {
    return Bytes(bytes).subspan(metainfo->offset(n), metainfo->length(n));
  }
  bool right(std::uint32_t n, Bytes data) const { return sha1(data) == metainfo->chunks[n]; }

  StoreReport carry_out(const StoreRequest& request) {
    using Outcome = StoreReport::Outcome;
    StoreReport report{
        request.kind, Outcome::done, request.ticket, request.content, request.chunk, {}, {}, {}};
    switch (request.kind) {
      case StoreRequest::Kind::open:
        if (!metainfo) {
          metainfo = request.metainfo;
          bytes.resize(metainfo->size);
          had = doubtful = Bitmap(metainfo->chunk_count());
        }
        report.had = had;
        report.doubtful = doubtful;
        break;
      case StoreRequest::Kind::write:
        if (disk_full) {
          report.outcome = Outcome::failed;
        } else if (!right(request.chunk, *request.bytes)) {
          report.outcome = Outcome::wrong;
          ++wrong_writes;
        } else {
          std::copy(request.bytes->begin(), request.bytes->end(),
                    bytes.begin() + static_cast<std::ptrdiff_t>(metainfo->offset(request.chunk)));
          had.set(request.chunk);
          report.bytes = request.bytes;
        }
        break;
      case StoreRequest::Kind::read:
      case StoreRequest::Kind::check:
        doubtful.reset(request.chunk);
        if (right(request.chunk, chunk(request.chunk))) {
          had.set(request.chunk);
          if (request.kind == StoreRequest::Kind::read)
            report.bytes = std::make_shared<std::vector<std::uint8_t>>(chunk(request.chunk).begin(),
                                                                       chunk(request.chunk).end());
        } else {
          had.reset(request.chunk);
          report.outcome = Outcome::wrong;
        }
        break;
      case StoreRequest::Kind::close:
        closed = true;
        break;
    }
    return report;
  }
};

class ExchangeNet {
 public:
  struct Host {
    Endpoint address;
    PeerSettings settings;
    MemoryContentStore store;
    std::unique_ptr<Peer> peer;  // null while the host is down
    // If set, gets the datagrams of this host instead of a peer.
    std::function<void(Host&, const Endpoint&, Bytes, Outbox&)> strange;
    std::vector<Event> events;
    std::uint64_t sent_bytes = 0, datagrams = 0;
    std::uint64_t starts = 0;

    template <class Kind>
    std::size_t count() const {
      std::size_t n = 0;
      for (const auto& event : events) n += std::holds_alternative<Kind>(event) ? 1 : 0;
      return n;
    }
  };

  Duration latency = 200us, jitter = 0us;
  std::uint64_t ns_per_byte = 8;  // speed of each host's uplink: 1 Gbit/s
  std::uint32_t loss = 0;         // lost datagrams per million
  std::uint32_t interval = 300;   // seconds, in the answers of the tracker
  std::uint64_t announces = 0;    // requests that the tracker answered
  // If it returns true, the datagram is lost.
  std::function<bool(const Endpoint& from, const Endpoint& to, Bytes)> drop;
  std::function<void(const Endpoint& from, const Endpoint& to, Bytes)> watch;

  Host& add() {
    auto& host = *hosts_.emplace_back(std::make_unique<Host>());
    host.address = {0x0a000001 + static_cast<std::uint32_t>(hosts_.size()), 6881};
    host.settings.trackers = {0xefff0001, 6969};
    return host;
  }
  void start(Host& host) {
    host.peer = std::make_unique<Peer>(host.settings, host.address.port,
                                       draw_of(mix(host.address.ip.v4()) + ++host.starts));
    step(host, [&](Outbox& out) { host.peer->start(now_, out); });
  }
  void kill(Host& host) { host.peer.reset(); }

  void exchange(Host& host, const MetainfoPtr& metainfo) {
    if (!host.peer) start(host);
    step(host, [&](Outbox& out) { host.peer->exchange(now_, metainfo, out); });
  }
  void exchange(Host& host, const InfoHash& hash) {
    if (!host.peer) start(host);
    step(host, [&](Outbox& out) { host.peer->exchange(now_, hash, out); });
  }
  void introduce(Host& host, const Host& other, const InfoHash& content) {
    step(host, [&](Outbox& out) { host.peer->add_peer(now_, content, other.address, out); });
  }
  void stop(Host& host, const InfoHash& content) {
    step(host, [&](Outbox& out) { host.peer->stop(now_, content, out); });
  }
  // Gives the host another address. Datagrams on the way to its old address are lost.
  void move(Host& host, const Endpoint& to) {
    host.address = to;
    step(host, [&](Outbox& out) { host.peer->moved(now_, to.port, out); });
  }
  // From now on a tracker answers this host, and names these peers (at most 82) to it each time.
  void name(Host& host, std::vector<Endpoint> peers) { named_[host.address] = std::move(peers); }
  // Delivers a datagram that no host has sent.
  void inject(const Endpoint& from, const Endpoint& to, Bytes bytes) { transmit(from, to, bytes); }

  Time now() const { return now_; }
  // Lets time pass until `done` returns true. Returns false if it does not within `most`.
  bool run_until(const std::function<bool()>& done, Duration most = 60s) {
    const Time end = now_ + most;
    while (!done()) {
      if (!advance(end)) return done();
    }
    return true;
  }
  void run_for(Duration time) {
    run_until([] { return false; }, time);
  }

 private:
  struct Flying {
    Time at;
    std::uint64_t number;
    Endpoint from, to;
    std::vector<std::uint8_t> bytes;
    friend bool operator<(const Flying& a, const Flying& b) {
      return std::pair(a.at, a.number) > std::pair(b.at, b.number);
    }
  };

  Host* find(const Endpoint& address) {
    for (auto& host : hosts_)
      if (host->address == address) return host.get();
    return nullptr;
  }

  static constexpr Endpoint tracker{0x0a0000fe, 6969};

  void answer(const Flying& request) {
    const auto named = named_.find(request.from);
    const auto decoded = wire::decode_request(request.bytes);
    if (named == named_.end() || !decoded) return;
    ++announces;
    if (const auto* connect = std::get_if<wire::ConnectRequest>(&*decoded))
      return transmit(tracker, request.from,
                      encode(wire::ConnectResponse{connect->transaction, {1}}).bytes());
    const auto* announce = std::get_if<wire::AnnounceRequest>(&*decoded);
    if (announce == nullptr) return;
    wire::AnnounceResponse response{announce->transaction, interval, {}};
    for (const auto& peer : named->second) response.peers.push_back(peer);
    transmit(tracker, request.from, encode(response).bytes());
  }

  template <class Body>
  void step(Host& host, const Body& body) {
    Outbox out;
    body(out);
    for (;;) {
      for (const auto& event : out.events()) host.events.push_back(event);
      for (std::size_t i = 0; i < out.datagrams(); ++i) {
        const auto datagram = out.datagram(i);
        host.sent_bytes += datagram.bytes.size();
        ++host.datagrams;
        transmit(host.address, datagram.to, datagram.bytes);
      }
      if (out.store_requests().empty() || !host.peer) return;
      Outbox next;
      for (const auto& request : out.store_requests())
        host.peer->stored(now_, host.store.carry_out(request), next);
      out = std::move(next);
    }
  }

  void transmit(const Endpoint& from, const Endpoint& to, Bytes bytes) {
    if (watch) watch(from, to, bytes);
    Time& free = uplink_free_[from];
    free = std::max(free, now_) +
           Duration(static_cast<std::int64_t>((bytes.size() + 66) * ns_per_byte));
    if (random_.below(1'000'000) < loss || (drop && drop(from, to, bytes))) return;
    const Duration late = jitter == 0us ? 0us : random_.between(0us, jitter);
    flying_.push({free + latency + late, ++number_, from, to, {bytes.begin(), bytes.end()}});
  }

  // Carries out the next event. If there is none before `end`, sets the time to `end` and returns
  // false.
  bool advance(Time end) {
    Time next = flying_.empty() ? never : flying_.top().at;
    Host* woken = nullptr;
    for (auto& host : hosts_)
      if (host->peer && std::max(host->peer->next_wake(), now_) < next) {
        next = std::max(host->peer->next_wake(), now_);
        woken = host.get();
      }
    if (next > end) {
      now_ = end;
      return false;
    }
    now_ = next;
    if (woken != nullptr) {
      step(*woken, [&](Outbox& out) { woken->peer->wake(now_, out); });
      return true;
    }
    const Flying arrived = flying_.top();
    flying_.pop();
    Host* host = find(arrived.to);
    if (host == nullptr) {
      answer(arrived);
      return true;
    }
    step(*host, [&](Outbox& out) {
      if (host->strange)
        host->strange(*host, arrived.from, arrived.bytes, out);
      else if (host->peer)
        host->peer->receive(now_, {Channel::peers, arrived.from, false}, arrived.bytes, out);
    });
    return true;
  }

  Time now_{Duration(1s)};
  test::Words random_{7};
  std::vector<std::unique_ptr<Host>> hosts_;
  std::priority_queue<Flying> flying_;
  std::map<Endpoint, Time> uplink_free_;
  std::map<Endpoint, std::vector<Endpoint>> named_;
  std::uint64_t number_ = 0;
};

}  // namespace swarm::test
