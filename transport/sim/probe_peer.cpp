#include "transport/sim/probe_peer.hpp"

#include <algorithm>

#include "engine/random.hpp"

namespace swarm::sim {

using namespace wire;

ProbePeer::ProbePeer(const ProbeSettings& settings, std::uint64_t seed)
    : settings_(settings), seed_(mix(seed)) {
  next_transaction_.value = static_cast<std::uint32_t>(mix(seed_));
}

void ProbePeer::start(Time now, Outbox& out) {
  connect(now, out);
}

void ProbePeer::persisted(Time, Ticket, Outbox&) {}

void ProbePeer::active(Time now, bool on) {
  if (on != active()) next_probe_ = on ? now : never;
}

Time ProbePeer::next_wake() const {
  return std::min(next_connect_, has_connection_ ? next_probe_ : never);
}

void ProbePeer::wake(Time now, Outbox& out) {
  if (next_connect_ <= now) connect(now, out);
  if (has_connection_ && next_probe_ <= now) probe(now, out);
}

void ProbePeer::connect(Time now, Outbox& out) {
  if (!connecting_now_) connecting_ = next_transaction_ + 0x80000000U;  // far from the probes
  connecting_now_ = true;
  next_connect_ = now + settings_.connect_retry;
  out.send(Channel::peers, settings_.trackers, encode(ConnectRequest{connecting_}).bytes());
}

void ProbePeer::probe(Time now, Outbox& out) {
  // When its host stood still it goes on at its pace and does not make up for what it missed.
  next_probe_ += settings_.every;
  if (next_probe_ <= now) next_probe_ = now + settings_.every;
  AnnounceRequest request;
  request.connection = connection_;
  request.transaction = next_transaction_;
  request.info_hash = content_of(next_transaction_);
  request.event = AnnounceEvent::started;
  request.port = settings_.port;
  samples_.push_back({next_transaction_, now});
  ++next_transaction_;
  ++sent_;
  out.send(Channel::peers, settings_.trackers, encode(request).bytes());
}

InfoHash ProbePeer::content_of(TransactionId transaction) const {
  Random random(seed_ ^ std::uint64_t{transaction.value} << 20);
  InfoHash content;
  for (auto& byte : content.bytes) byte = static_cast<std::uint8_t>(random.next());
  return content;
}

void ProbePeer::receive(Time now, const Arrival&, Bytes datagram, Outbox& out) {
  const auto response = decode_response(datagram);
  if (!response) return;
  if (const auto* connection = std::get_if<ConnectResponse>(&*response)) {
    connected(now, *connection);
  } else if (const auto* announce = std::get_if<AnnounceResponse>(&*response)) {
    announced(now, announce->transaction, out);
  } else if (const auto* error = std::get_if<ErrorResponse>(&*response)) {
    out.event(event::PeerError{error->text});
    if (error->text == error_number(ClientError::bad_connection) && !connecting_now_)
      connect(now, out);
  }
}

void ProbePeer::connected(Time now, const ConnectResponse& response) {
  if (!connecting_now_ || response.transaction != connecting_) return;
  connecting_now_ = false;
  connection_ = response.connection;
  has_connection_ = true;
  next_connect_ = now + settings_.connection_refresh;
  if (next_probe_ != never) next_probe_ = std::max(next_probe_, now);
}

void ProbePeer::announced(Time now, TransactionId transaction, Outbox& out) {
  if (samples_.empty()) return;
  const std::size_t at = transaction - samples_.front().transaction;
  if (at >= samples_.size() || samples_[at].answered != never) return;
  Sample& sample = samples_[at];
  sample.answered = now;
  out.event(event::PeerRegistered{content_of(transaction), transaction, sample.sent, 1});
}

}  // namespace swarm::sim
