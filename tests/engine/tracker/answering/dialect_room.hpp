// A Peer Info Sender that gets requests in each dialect: the seed's, BEP 15 and HTTP.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/bep15.hpp"
#include "tests/engine/tracker/answering/sender_room.hpp"

namespace swarm::dialects {

using wire::AnnounceEvent;
namespace bep15 = wire::bep15;

inline constexpr auto leecher = PeerState::leecher;
inline constexpr auto seeder = PeerState::seeder;
inline constexpr auto none = AnnounceEvent::none;
inline constexpr auto started = AnnounceEvent::started;
inline constexpr auto completed = AnnounceEvent::completed;
inline constexpr auto stopped = AnnounceEvent::stopped;

inline constexpr Endpoint alice{0x0a000001, 6881};
inline constexpr Endpoint bob{0x0a000002, 6881};

inline Endpoint v6(std::uint8_t n, std::uint16_t port = 6881) {
  return {Ip::v6({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n}), port};
}

inline InfoHash content(std::uint8_t n) {
  InfoHash hash;
  hash.bytes.fill(static_cast<std::uint8_t>('a' + n));  // letters need no escaping in HTTP
  return hash;
}

struct Sent {
  Channel channel;
  Endpoint to;
  std::vector<std::uint8_t> bytes;
};

// bytes_of() encodes a request in the dialect of its type: BEP 15 or the seed's.
inline std::vector<std::uint8_t> bytes_of(const bep15::Request& request) {
  std::vector<std::uint8_t> bytes;
  encode(request, bytes);
  return bytes;
}
inline std::vector<std::uint8_t> bytes_of(const wire::Request& request) {
  const auto datagram = encode(request);
  return {datagram.bytes().begin(), datagram.bytes().end()};
}

inline std::vector<std::uint8_t> bytes_of(const std::string& target) {
  return {target.begin(), target.end()};
}
inline std::string text_of(const Sent& sent) {
  return {sent.bytes.begin(), sent.bytes.end()};
}

struct Room : SenderRoom {
  explicit Room(AnsweringSettings s = {}) : SenderRoom(s) {}

  bep15::AnnounceRequest announce(const Endpoint& from, AnnounceEvent event,
                                  std::uint32_t transaction, std::uint64_t left = 1000,
                                  std::uint8_t c = 1) const {
    bep15::AnnounceRequest request{id_of(from), {transaction}, content(c), {}};
    request.event = event;
    request.left = left;
    request.port = from.port;
    return request;
  }
  bep15::ScrapeRequest scrape(const Endpoint& from, std::initializer_list<std::uint8_t> c) const {
    bep15::ScrapeRequest request{id_of(from), {1}, {}};
    for (const auto n : c) request.contents.push_back(content(n));
    return request;
  }
  wire::AnnounceRequest seed_announce(const Endpoint& from, std::uint32_t transaction) const {
    wire::AnnounceRequest request{id_of(from), {transaction}, content(1), {}};
    request.num_want = 50;
    request.port = from.port;
    return request;
  }

  std::vector<Sent> sent() {
    std::vector<Sent> all;
    for (std::size_t i = 0; i < out.datagrams(); ++i) {
      const auto datagram = out.datagram(i);
      all.push_back(
          {datagram.channel, datagram.to, {datagram.bytes.begin(), datagram.bytes.end()}});
    }
    events = out.events();
    out.clear();
    return all;
  }
  template <class R>
  std::vector<Sent> serve(const Endpoint& from, const R& request) {
    sender.serve(time(), {from, time()}, bytes_of(request), term, log, out);
    return sent();
  }
  template <class R>
  std::vector<Sent> serve_late(const Endpoint& from, Duration arrived, const R& request) {
    sender.serve(time(), {from, Time(arrived), Channel::peers, {2}, 77}, bytes_of(request), term,
                 log, out);
    return sent();
  }
  // The part of an HTTP query that names a content and a peer.
  std::string about(std::uint8_t c) const {
    return fmt::format("info_hash={}&peer_id=-XX0000-000000000000&port=6881",
                       std::string(20, static_cast<char>('a' + c)));
  }
  std::vector<Sent> ask(const Endpoint& from, const std::string& target) {
    sender.serve(time(), {from, time(), Channel::http}, bytes_of(target), term, log, out);
    return sent();
  }
  template <class R>
  void keep(const Endpoint& from, const R& request) {
    sender.keep(time(), {from, time()}, bytes_of(request));
  }
  std::vector<Sent> commit() { return commit_all(), sent(); }
  std::vector<Sent> take_over() { return serve_again({}), sent(); }
  void registered(const Endpoint& peer, PeerState state = leecher, std::uint8_t c = 1) {
    apply(Register{content(c), peer, state});
  }
};

// Returns the only answer. Fails the test if there is not exactly one, or if it is of another kind.
template <class R>
R only(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  if (sent.empty()) return R{};
  const auto response = bep15::decode_response(sent[0].bytes, !sent[0].to.ip.is_v4());
  EXPECT_TRUE(response && std::holds_alternative<R>(*response));
  return response && std::holds_alternative<R>(*response) ? std::get<R>(*response) : R{};
}
inline std::string error_of(const std::vector<Sent>& sent) {
  return only<bep15::ErrorResponse>(sent).text;
}
inline std::string seed_error_of(const std::vector<Sent>& sent) {
  EXPECT_EQ(sent.size(), 1U);
  const auto response = wire::decode_response(sent.at(0).bytes);
  const auto* error = response ? std::get_if<wire::ErrorResponse>(&*response) : nullptr;
  std::string text;
  for (int shift = 56; error && shift >= 0; shift -= 8)
    text += static_cast<char>(error->text >> shift);
  return text;
}
inline std::vector<Endpoint> peers_of(const std::vector<Sent>& sent) {
  const auto response = only<bep15::AnnounceResponse>(sent);
  return {response.peers.begin(), response.peers.end()};
}

}  // namespace swarm::dialects
