#include "transport/sim/actors/bep15_client.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"

namespace swarm::sim {

using namespace wire::bep15;
using wire::AnnounceEvent;

bool told_completed(const ClientLog& log) {
  return std::any_of(log.announces.begin(), log.announces.end(), [](const ClientAnnounce& one) {
    return one.told == AnnounceEvent::completed && one.answered != never;
  });
}

Bep15Client::Bep15Client(const ClientSettings& settings, const StartDraw& draw, ClientLog& log)
    : settings_(settings), log_(log), seed_(mix(draw.chance)) {
  SWARM_ASSERT(!settings_.tiers.empty(), "a client knows a tracker");
  for (const auto& address : settings_.tiers) tiers_.emplace_back().address = address;
  next_transaction_.value =
      static_cast<std::uint32_t>(secret_number(draw.entropy, SecretPurpose::transaction, 0));
  done_ = log_.announces.size();
}

// --- what it wants -----------------------------------------------------------------------------

void Bep15Client::start(Time now, Outbox& out) {
  want(now, AnnounceEvent::started, out);
}

void Bep15Client::complete(Time now, Outbox& out) {
  complete_ = true;
  want(now, AnnounceEvent::completed, out);
}

void Bep15Client::leave(Time now, Outbox& out) {
  done_ = log_.announces.size();
  for (auto& tier : tiers_) tier.step = Step::idle;
  turn_at_ = again_at_ = refresh_at_ = never;
  if (!habits().says_stopped) return;
  out.event(event::PeerStopping{settings_.content});
  want(now, AnnounceEvent::stopped, out);
}

// The client makes one announce at a time. Further announces wait.
void Bep15Client::want(Time now, AnnounceEvent event, Outbox& out) {
  const bool busy = pending();
  log_.announces.push_back({event, now});
  refresh_at_ = never;
  if (!busy) begin(now, out);
}

// --- whom it asks ------------------------------------------------------------------------------

void Bep15Client::begin(Time now, Outbox& out) {
  rounds_ = 0;
  if (habits().from_the_top) first_ = 0;
  begin_round(now, out);
}

void Bep15Client::begin_round(Time now, Outbox& out) {
  asked_ = 0;
  again_at_ = never;
  turn(now, out);
}

void Bep15Client::turn(Time now, Outbox& out) {
  if (asked_ > 0) ++log_.turns;
  do ask(now, tiers_[(first_ + asked_++) % tiers_.size()], out);
  while (at_once() && asked_ < tiers_.size());
  turn_at_ = asked_ < tiers_.size() ? now + habits().next_tier : never;
}

void Bep15Client::ask(Time now, Tier& tier, Outbox& out) {
  tier.announce = done_;
  tier.event = log_.announces[done_].event;
  const bool turned = !at_once() && asked_ > 1;
  if (turned && habits().starts_anew && tier.event != AnnounceEvent::stopped)
    tier.event = AnnounceEvent::started;
  begin(now, tier, tier.connection_until > now ? Step::announcing : Step::connecting, out);
}

void Bep15Client::begin(Time now, Tier& tier, Step step, Outbox& out) {
  tier.step = step;
  tier.transaction = next_transaction_;
  ++next_transaction_;
  tier.sendings = 0;
  tier.gives_up = now + habits().give_up;
  send(tier, out);
  if (habits().again > 0s) tier.next_sending = now + habits().again;
}

void Bep15Client::send(Tier& tier, Outbox& out) {
  if (tier.step == Step::connecting)
    encode(ConnectRequest{tier.transaction}, scratch_);
  else
    encode(request(tier), scratch_);
  out.send(Channel::peers, tier.address, scratch_);
  ++log_.announces[tier.announce].datagrams;
  if (complete_ && tier.event != AnnounceEvent::completed && !told_completed(log_))
    log_.seeder_before = true;
  ++tier.sendings;
  tier.next_sending = never;
}

AnnounceRequest Bep15Client::request(const Tier& tier) const {
  constexpr std::uint64_t size = 1 << 20;
  AnnounceRequest request;
  request.connection = tier.connection;
  request.transaction = tier.transaction;
  request.info_hash = settings_.content;
  for (std::size_t i = 0; i < request.peer_id.bytes.size(); ++i)
    request.peer_id.bytes[i] = static_cast<std::uint8_t>(mix(seed_ + i));
  request.downloaded = complete_ ? size : 0;
  request.left = complete_ ? 0 : size;
  request.event = tier.event;
  request.key = static_cast<std::uint32_t>(seed_ >> 32);
  request.port = settings_.port;
  return request;
}

// --- time --------------------------------------------------------------------------------------

Time Bep15Client::next_wake() const {
  Time next = std::min({turn_at_, again_at_, refresh_at_});
  for (const auto& tier : tiers_)
    if (tier.step != Step::idle) next = std::min({next, tier.next_sending, tier.gives_up});
  return next;
}

void Bep15Client::wake(Time now, Outbox& out) {
  for (auto& tier : tiers_) wake(now, tier, out);
  if (turn_at_ <= now) turn(now, out);
  if (again_at_ <= now) begin_round(now, out);
  if (refresh_at_ <= now) want(now, AnnounceEvent::none, out);
}

void Bep15Client::wake(Time now, Tier& tier, Outbox& out) {
  if (tier.step == Step::idle) return;
  if (tier.gives_up <= now)
    give_up(now, tier);
  else if (tier.next_sending <= now)
    send(tier, out);
}

void Bep15Client::give_up(Time now, Tier& tier) {
  tier.step = Step::idle;
  const bool all = std::all_of(tiers_.begin(), tiers_.end(),
                               [](const Tier& other) { return other.step == Step::idle; });
  if (!pending() || !all || asked_ < tiers_.size()) return;
  const auto& waits = habits().try_again;
  again_at_ = now + waits[std::min(rounds_++, waits.size() - 1)];
}

// --- answers -----------------------------------------------------------------------------------

void Bep15Client::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  const auto response = decode_response(datagram, false);
  if (!response) return;
  const auto transaction = std::visit([](const auto& one) { return one.transaction; }, *response);
  for (auto& tier : tiers_) {
    if (tier.address != arrival.from || tier.transaction != transaction) continue;
    const auto* connected = std::get_if<ConnectResponse>(&*response);
    const auto* announced = std::get_if<AnnounceResponse>(&*response);
    const auto* error = std::get_if<ErrorResponse>(&*response);
    if (connected != nullptr && tier.step == Step::connecting)
      return on_connected(now, tier, *connected, out);
    if (announced != nullptr && tier.step == Step::announcing)
      return on_announced(now, tier, *announced, out);
    if (error != nullptr && tier.step != Step::idle) return on_error(now, tier, *error, out);
  }
}

void Bep15Client::on_connected(Time now, Tier& tier, const ConnectResponse& response, Outbox& out) {
  tier.connection = response.connection;
  tier.connection_until = now + habits().id_kept;
  if (turn_at_ != never) turn_at_ = now + habits().next_tier;
  begin(now, tier, Step::announcing, out);
}

void Bep15Client::on_announced(Time now, Tier& tier, const AnnounceResponse& response,
                               Outbox& out) {
  tier.step = Step::idle;
  if (!pending() || tier.announce != done_) return;  // another tier was quicker
  auto& announce = log_.announces[done_++];
  announce.answered = now;
  announce.told = tier.event;
  announce.peers = static_cast<std::uint32_t>(response.peers.size());
  if (announce.event != AnnounceEvent::stopped)
    out.event(
        event::PeerRegistered{settings_.content, tier.transaction, announce.wanted, tier.sendings});
  turn_at_ = again_at_ = never;
  if (!at_once()) {
    first_ = static_cast<std::size_t>(&tier - tiers_.data());
    for (auto& other : tiers_) other.step = Step::idle;
  }
  if (pending()) return begin(now, out);
  if (announce.event == AnnounceEvent::stopped) return;
  refresh_at_ =
      now + std::max<Duration>(std::chrono::seconds(response.interval), habits().least_interval);
}

void Bep15Client::on_error(Time now, Tier& tier, const ErrorResponse& response, Outbox& out) {
  log_.errors.push_back(response.text);
  if (habits().insists) return begin(now, tier, tier.step, out);
  tier.connection_until = now;
  give_up(now, tier);
  if (turn_at_ != never) turn_at_ = now;
}

}  // namespace swarm::sim
