#include "tests/bench/witness.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "tests/bench/load.hpp"
#include "tests/bench/steady_clock.hpp"

namespace swarm::bench {
namespace {

constexpr Duration question_interval = 10ms;
constexpr Duration retransmission = 300ms;
constexpr Duration connection_age = 50s;
constexpr std::uint16_t first_port = 20'000;

}  // namespace

Witness::Witness(const Endpoint& group, std::uint32_t source_ip)
    : group_(group), socket_({source_ip, 0}) {
  for (std::uint32_t i = 0; i < peers; ++i) {
    Peer peer;
    peer.request.info_hash = content_hash(i % contents);
    peer.request.num_want = wire::most_peers;
    peer.request.port = static_cast<std::uint16_t>(first_port + i);
    peers_.push_back(peer);
  }
}

void Witness::settle(Duration patience) {
  const Time end = steady_now() + patience;
  while (!connection_ && steady_now() < end) {
    connect(steady_now());
    socket_.flush();
    std::this_thread::sleep_for(100ms);
    read_and_repeat(steady_now());
  }
  for (auto& peer : peers_) ask(peer, wire::AnnounceEvent::started, steady_now());
  if (!connection_ || !wait_for_all(patience))
    throw std::runtime_error("no tracker registers peers at " + to_string(group_));
  expected_ = peers / contents - 1;
  counts_ = {};
}

void Witness::tick(Time now) {
  read_and_repeat(now);
  if (now < next_question_) return;
  next_question_ = now + question_interval;
  if (now - connected_ > connection_age) connect(now);
  Peer& peer = peers_[turn_++ % peers_.size()];
  if (!peer.waits) ask(peer, wire::AnnounceEvent::none, now);
  socket_.flush();
}

void Witness::finish(Duration patience) {
  wait_for_all(patience);
  counts_.unanswered = waiting();
}

void Witness::connect(Time now) {
  connected_ = now;
  socket_.put(group_, connect_request(Dialect::seed, {++transactions_}).bytes());
}

void Witness::ask(Peer& peer, wire::AnnounceEvent event, Time now) {
  peer.request.event = event;
  peer.request.transaction = {++transactions_};
  peer.first_sent = now;
  peer.waits = true;
  send(peer, now);
}

void Witness::send(Peer& peer, Time now) {
  peer.request.connection = connection_;
  peer.last_sent = now;
  socket_.put(group_, announce_request(Dialect::seed, peer.request).bytes());
}

void Witness::answered(Bytes bytes, Time now) {
  const auto answer = read_answer(Dialect::seed, bytes);
  if (!answer) return;
  if (answer->action == wire::Action::connect) {
    connection_ = answer->connection;
    return;
  }
  const auto peer = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) {
    return p.waits && p.request.transaction == answer->transaction;
  });
  if (peer == peers_.end()) return;  // a late copy
  peer->waits = false;
  ++counts_.answers;
  counts_.longest = std::max(counts_.longest, now - peer->first_sent);
  const bool right =
      answer->action == wire::Action::announce && (expected_ == 0 || answer->peers == expected_);
  if (!right) ++counts_.wrong;
}

void Witness::read_and_repeat(Time now) {
  while (socket_.receive([&](const Endpoint&, Bytes bytes) { answered(bytes, now); }) > 0) {
  }
  for (auto& peer : peers_)
    if (peer.waits && now - peer.last_sent > retransmission) {
      ++counts_.resent;
      send(peer, now);
    }
  socket_.flush();
}

bool Witness::wait_for_all(Duration patience) {
  const Time end = steady_now() + patience;
  for (Time now = steady_now(); waiting() > 0 && now < end; now = steady_now()) {
    read_and_repeat(now);
    std::this_thread::sleep_for(1ms);
  }
  return waiting() == 0;
}

std::size_t Witness::waiting() const {
  return static_cast<std::size_t>(
      std::count_if(peers_.begin(), peers_.end(), [](const Peer& p) { return p.waits; }));
}

}  // namespace swarm::bench
