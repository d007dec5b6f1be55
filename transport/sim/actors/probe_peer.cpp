#include "transport/sim/actors/probe_peer.hpp"

#include <algorithm>

#include "engine/base/random.hpp"

namespace swarm::sim {

using namespace wire;

namespace {

constexpr Duration in_flight = 100ms;   // nearly every answer comes within this time
constexpr Duration stop_again = 500ms;  // the wait before an unanswered stop is sent again
constexpr std::size_t most_stopping = 64;
// Offsets of the transaction ids of stops and connects, so that they differ from registrations'.
constexpr std::uint32_t of_stops = 0x40000000, of_connects = 0x80000000;

}  // namespace

ProbePeer::ProbePeer(const ProbeSettings& settings, const StartDraw& draw)
    : settings_(settings), seed_(mix(draw.chance)) {
  next_transaction_.value =
      static_cast<std::uint32_t>(secret_number(draw.entropy, SecretPurpose::transaction, 0));
}

void ProbePeer::start(Time now, Outbox& out) {
  connect(now, out);
}

void ProbePeer::persisted(Time, Ticket, Outbox&) {}

void ProbePeer::active(Time now, bool on) {
  if (on != active()) next_probe_ = on ? now : never;
  paced_stop_ = std::max(paced_stop_, now);
}

Time ProbePeer::next_wake() const {
  if (!has_connection_) return next_connect_;
  return std::min({next_connect_, next_probe_, active() ? never : next_stop()});
}

void ProbePeer::wake(Time now, Outbox& out) {
  if (next_connect_ <= now) connect(now, out);
  if (has_connection_ && next_probe_ <= now) probe(now, out);
  if (has_connection_ && !active() && next_stop() <= now) stop_some(now, out);
}

void ProbePeer::connect(Time now, Outbox& out) {
  if (!connecting_now_) connecting_ = next_transaction_ + of_connects;
  connecting_now_ = true;
  next_connect_ = now + settings_.connect_retry;
  out.send(Channel::peers, settings_.trackers, encode(ConnectRequest{connecting_}).bytes());
}

void ProbePeer::probe(Time now, Outbox& out) {
  // After a pause of its host, the probe goes on at its pace and does not catch up.
  next_probe_ += pace(now);
  if (next_probe_ <= now) next_probe_ = now + pace(now);
  samples_.push_back({next_transaction_, now});
  send(AnnounceEvent::started, next_transaction_, next_transaction_, out);
  ++next_transaction_;
  const bool many = standing_ > most_standing && stopping_.size() < most_stopping;
  if (many && samples_[next_stop_].sent + in_flight <= now) stop_next(now, out);
}

Duration ProbePeer::pace(Time now) const {
  return waits_since_ >= now ? settings_.every
                             : std::max(settings_.every, (now - waits_since_) / 1000);
}

void ProbePeer::send(AnnounceEvent event, TransactionId of, TransactionId as, Outbox& out) {
  AnnounceRequest request;
  request.connection = connection_;
  request.transaction = as;
  request.info_hash = content_of(of);
  request.event = event;
  request.port = settings_.port;
  out.send(Channel::peers, settings_.trackers, encode(request).bytes());
}

// --- stopping its registrations ----------------------------------------------------------------

Time ProbePeer::next_stop() const {
  Time at = stopping_.empty() ? never : stopping_.front().again;
  if (next_stop_ < samples_.size() && stopping_.size() < most_stopping)
    at = std::min(at, samples_[next_stop_].sent + in_flight);
  return at == never ? never : std::max(at, paced_stop_);
}

void ProbePeer::stop_some(Time now, Outbox& out) {
  paced_stop_ = now + settings_.every;
  if (!stopping_.empty() && stopping_.front().again <= now) {
    const auto again = stopping_.front();
    stopping_.pop_front();
    stopping_.push_back({again.sample, now + stop_again});
    const auto transaction = samples_[again.sample].transaction;
    return send(AnnounceEvent::stopped, transaction, transaction + of_stops, out);
  }
  stop_next(now, out);
}

// Stops a registration even if it was not answered: perhaps only the answer was lost.
void ProbePeer::stop_next(Time now, Outbox& out) {
  const auto& sample = samples_[next_stop_];
  if (sample.answered != never) --standing_;
  stopping_.push_back({next_stop_++, now + stop_again});
  out.event(event::PeerStopping{content_of(sample.transaction)});
  send(AnnounceEvent::stopped, sample.transaction, sample.transaction + of_stops, out);
}

InfoHash ProbePeer::content_of(TransactionId transaction) const {
  const std::uint64_t first = mix(seed_ ^ std::uint64_t{transaction.value} << 20);
  InfoHash content;
  for (std::size_t i = 0; i < content.bytes.size(); ++i)
    content.bytes[i] = static_cast<std::uint8_t>(mix(first + i));
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
  const auto number = [&](TransactionId of) {
    return static_cast<std::size_t>(of - samples_.front().transaction);
  };
  if (const auto stopped = number(transaction + (0 - of_stops)); stopped < next_stop_) {
    std::erase_if(stopping_, [&](const Stop& stop) { return stop.sample == stopped; });
    return;
  }
  const std::size_t at = number(transaction);
  if (at >= samples_.size() || samples_[at].answered != never) return;
  Sample& sample = samples_[at];
  sample.answered = now;
  if (at < next_stop_) return;  // its stop was sent, so the registration may be gone by now
  ++standing_;
  out.event(event::PeerRegistered{content_of(transaction), transaction, sample.sent, 1});
}

}  // namespace swarm::sim
