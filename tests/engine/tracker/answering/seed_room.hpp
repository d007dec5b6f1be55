// A Peer Info Sender that gets requests in the seed's dialect, and its answers.
#pragma once

#include <gtest/gtest.h>

#include "engine/wire/operations.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm::seed_peers {

using namespace wire;

inline constexpr auto leecher = PeerState::leecher;
inline constexpr auto seeder = PeerState::seeder;
inline constexpr auto started = AnnounceEvent::started;
inline constexpr auto none = AnnounceEvent::none;
inline constexpr auto completed = AnnounceEvent::completed;
inline constexpr auto stopped = AnnounceEvent::stopped;

inline constexpr Endpoint alice{0x0a000001, 6881};
inline constexpr Endpoint bob{0x0a000002, 6881};

inline InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

struct Sent {
  Endpoint to;
  Response response;
};

// One tracker's Peer Info Sender with its table, and short names for the requests of tests.
struct Room : SenderRoom {
  explicit Room(AnsweringSettings s = {}) : SenderRoom(s) {}

  Requester from_group(const Endpoint& client) const {
    return {.client = client, .arrived = time(), .multicast = true};
  }
  AnnounceRequest announce(const Endpoint& from, AnnounceEvent event, std::uint32_t transaction,
                           std::uint8_t c = 1) const {
    AnnounceRequest request{id_of(from), {transaction}, content(c), {}};
    request.event = event;
    request.num_want = 50;
    request.port = from.port;
    return request;
  }
  ScrapeRequest scrape(const Endpoint& from, std::uint32_t transaction,
                       std::initializer_list<std::uint8_t> contents) const {
    ScrapeRequest request{id_of(from), {transaction}, {}};
    for (const auto c : contents) request.contents.push_back(content(c));
    return request;
  }

  std::vector<Sent> sent() {
    std::vector<Sent> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      const auto datagram = out.datagram(i);
      EXPECT_EQ(datagram.channel, Channel::peers);
      all.push_back({datagram.to, decode_response(datagram.bytes).value()});
    }
    events = out.events();
    out.clear();
    return all;
  }
  template <class R>
  std::vector<Sent> serve(const Endpoint& from, const R& request) {
    sender.serve(time(), from_group(from), encode(request).bytes(), term, log, out);
    return sent();
  }
  template <class R>
  void keep(const Endpoint& from, const R& request) {
    sender.keep(time(), from_group(from), encode(request).bytes());
  }
  std::vector<Sent> commit() { return commit_all(), sent(); }
  std::vector<Sent> take_over(Duration since = {}) { return serve_again(Time(since)), sent(); }
  // Lets time pass until `end`. Each expiry is committed at once.
  void expire_until(Duration end) {
    for (Time next; (next = sender.next_expiry()) <= Time(end);) {
      now = next.time_since_epoch();
      sender.expire(next, log, out);
      commit();
    }
    now = end;
  }
  void registered(const Endpoint& peer, PeerState state, std::initializer_list<std::uint8_t> all) {
    for (const auto c : all) registered(peer, state, c);
  }
  void registered(const Endpoint& peer, PeerState state = leecher, std::uint8_t c = 1) {
    apply(Register{content(c), peer, state});
  }
};

template <class R>
const R& as(const Sent& sent) {
  return std::get<R>(sent.response);
}

inline std::vector<Endpoint> peers_of(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  const auto* response = sent.empty() ? nullptr : std::get_if<AnnounceResponse>(&sent[0].response);
  EXPECT_TRUE(response);
  if (!response) return {};
  return {response->peers.begin(), response->peers.end()};
}

template <class E>
std::size_t count(const std::vector<Event>& events) {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [](const auto& e) { return std::holds_alternative<E>(e); }));
}

}  // namespace swarm::seed_peers
