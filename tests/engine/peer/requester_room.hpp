// The fixture of all tests of the Peer Info Requester: the requester, a clock, and the requests
// that it sends.
#pragma once

#include <gtest/gtest.h>

#include "engine/peer/peer.hpp"
#include "engine/peer/peer_info_requester.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::requesters {

using namespace wire;

inline constexpr Endpoint group{0xef000001, 6969};
inline constexpr Endpoint tracker{1, 6969};

inline InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(n);
  return hash;
}

// One peer. The test plays the tracker.
struct Room {
  Time time() const { return Time(now); }

  std::vector<Request> sent() {
    std::vector<Request> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      EXPECT_EQ(out.datagram(i).channel, Channel::peers);
      EXPECT_EQ(out.datagram(i).to, settings.trackers);
      all.push_back(decode_request(out.datagram(i).bytes).value());
    }
    events = out.events();
    out.clear();
    return all;
  }
  std::vector<Request> join(std::uint8_t c) { return peer.join(time(), content(c), out), sent(); }
  std::vector<Request> complete(std::uint8_t c) {
    return peer.complete(time(), content(c), out), sent();
  }
  std::vector<Request> leave(std::uint8_t c) { return peer.leave(time(), content(c), out), sent(); }
  std::vector<Request> declare(const std::vector<InfoHash>& contents) {
    return peer.declare(time(), contents, out), sent();
  }
  std::vector<Request> announce_once(std::uint8_t c, AnnounceEvent event) {
    return peer.announce_once(time(), content(c), event, out), sent();
  }
  std::vector<Request> wake() { return peer.wake(time(), out), sent(); }
  // Lets time pass until the peer wants to do something.
  std::vector<Request> wait() {
    now = peer.next_wake() - Time{};
    return wake();
  }
  template <class R>
  std::vector<Request> reply(const R& response) {
    return reply_from(tracker, response);
  }
  template <class R>
  std::vector<Request> reply_from(const Endpoint& from, const R& response) {
    peer.receive(time(), {Channel::peers, from, false}, encode(response).bytes(), out);
    return sent();
  }
  std::vector<Request> connect(const std::vector<Request>& requests, std::uint64_t id = 77) {
    return reply(ConnectResponse{std::get<ConnectRequest>(requests.at(0)).transaction, {id}});
  }
  // Connects the peer and registers it for content 1.
  void joined(std::uint32_t interval = 300) {
    const auto announce = std::get<AnnounceRequest>(connect(join(1)).at(0));
    reply(AnnounceResponse{announce.transaction, interval, {}});
  }

  PeerSettings settings{.trackers = group};
  StartDraw draw = test::draw_of(5);
  Peer peer{settings, 6881, draw};
  Outbox out{};
  std::vector<Event> events{};
  Duration now{};
};

inline const AnnounceRequest& announce(const std::vector<Request>& requests, std::size_t i = 0) {
  return std::get<AnnounceRequest>(requests.at(i));
}

template <class E>
std::vector<E> all(const std::vector<Event>& events) {
  std::vector<E> found;
  for (const auto& event : events)
    if (const auto* e = std::get_if<E>(&event)) found.push_back(*e);
  return found;
}

}  // namespace swarm::requesters
