// A Peer Info Sender with what it needs, and clients of each dialect (the seed's peers, BEP 15,
// HTTP) that ask it.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tracker/connection_id.hpp"
#include "engine/tracker/peer_info_sender.hpp"
#include "engine/wire/bep15.hpp"

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
  hash.bytes.fill(static_cast<std::uint8_t>('a' + n));  // which HTTP takes as it is
  return hash;
}

struct Log : Proposer {
  LogIndex propose(const Operation& operation) override {
    operations.push_back(operation);
    return ++last;
  }
  std::vector<Operation> operations;
  LogIndex last{100};
};

struct Relayed : RelayedAnswers {
  void answer_relayed(const Asker& asker, Bytes answer) override {
    answers.emplace_back(asker, std::vector<std::uint8_t>(answer.begin(), answer.end()));
  }
  std::vector<std::pair<Asker, std::vector<std::uint8_t>>> answers;
};

struct Sent {
  Channel channel;
  Endpoint to;
  std::vector<std::uint8_t> bytes;
};

// A client of the seed's dialect, or of BEP 15: each encodes its own requests.
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

struct Room {
  explicit Room(TrackerSettings s = {}) : settings(s), sender(settings, table, relayed, 7) {
    secret.fill(9);
    sender.set_secrets(secret, {});
    sender.set_swarm_time({600'000'000}, Time{});
    ids.set_secrets(secret, {});
  }

  Time time() const { return Time(now); }
  ConnectionId id_of(const Endpoint& peer) const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return ids.make(peer.ip, {600'000'000 + static_cast<std::uint64_t>(us)});
  }
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
  // Over HTTP.
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
  void apply(const Operation& operation) {
    std::vector<db::RowChange> rows;
    table.apply(operation, time(), rows);
    sender.applied(time(), operation);
  }
  std::vector<Endpoint> step_down() {  // who asked this tracker alone
    std::vector<Endpoint> alone;
    Outbox end;
    EXPECT_TRUE(sender.stepped_down(time()).empty());
    EXPECT_FALSE(sender.take_back(
        time(), end, [&](const StoredRequest& r) { alone.push_back(r.asker().client); }));
    return alone;
  }
  std::vector<Sent> commit() {
    for (; applied < log.operations.size(); ++applied) apply(log.operations[applied]);
    sender.committed(time(), log.last, term, out);
    return sent();
  }
  std::vector<Sent> take_over() {
    term = term + 1;
    sender.begin_serving(time());
    sender.serve_kept(time(), {}, term, log, out);
    return sent();
  }
  void registered(const Endpoint& peer, PeerState state = leecher, std::uint8_t c = 1) {
    apply(Register{content(c), peer, state});
  }

  TrackerSettings settings;
  SwarmTable table{1};
  Relayed relayed;
  PeerInfoSender sender;
  Secret secret{};
  ConnectionIds ids;
  Log log;
  Outbox out;
  std::vector<Event> events;
  std::size_t applied = 0;
  Term term{3};
  Duration now{};
};

// The only answer, which is of this kind.
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
