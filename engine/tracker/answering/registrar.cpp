#include "engine/tracker/answering/registrar.hpp"

namespace swarm {
namespace {

bool holds(DesiredState desired, std::optional<PeerState> state) {
  switch (desired) {
    case DesiredState::registered:
      return state.has_value();
    case DesiredState::leecher:
      return state == PeerState::leecher;
    case DesiredState::seeder:
      return state == PeerState::seeder;
    case DesiredState::absent:
      break;
  }
  return !state;
}

std::optional<PeerState> outcome_of(DesiredState desired) {
  if (desired == DesiredState::absent) return std::nullopt;
  return desired == DesiredState::seeder ? PeerState::seeder : PeerState::leecher;
}

Operation operation_for(const Registrar::Wanted& wanted, bool counts) {
  const auto& key = wanted.key;
  if (const auto state = outcome_of(wanted.desired))
    return Register{key.content, key.peer, *state, counts};
  return Remove{key.content, key.peer};
}

}  // namespace

Registrar::Registrar(const AnsweringSettings& settings, SwarmTable& table, std::uint64_t seed)
    : settings_(settings),
      table_(table),
      changes_(seed, settings.kept_requests),
      counted_(seed, settings.kept_requests),
      uncommitted_(seed) {}

std::optional<Registrar::Settled> Registrar::settle(const Wanted& wanted, const Timestamp& asked,
                                                    bool late, Proposer& log) {
  const auto& key = wanted.key;
  const auto change = uncommitted_.find(key);
  const auto state = change ? change->outcome : table_.announced(key.content, key.peer);
  const LogIndex touched = change ? change->block : LogIndex{};
  if (holds(wanted.desired, state)) {
    // The time is recorded, because an older request that comes late must not undo this state. For
    // refreshes it is not recorded: they are many, and each follows an earlier request.
    if (!wanted.refresh) changes_.record(asked, key);
    return Settled{touched};
  }
  if (late && changes_.changed_after(asked, key)) return std::nullopt;
  // The peer has sent this request before it was complete, and the network has duplicated or
  // delayed it. If the peer really is a leecher, its next announce says so again.
  const Timestamp lately{asked.at - settings_.relay_age - 1s};
  if (wanted.desired == DesiredState::leecher && state == PeerState::seeder &&
      changes_.changed_after(lately, key))
    return Settled{touched};
  if (!state && full_for(key)) return Settled{touched, false};
  const bool counted = counts(wanted, asked.at, state);
  const LogIndex block = log.propose(operation_for(wanted, counted));
  uncommitted_.proposed(key, block, outcome_of(wanted.desired),
                        table_.find(key.content, key.peer).has_value());
  changes_.record(asked, key);
  if (counted) counted_.record(asked.at, key);
  return Settled{block};
}

// A download is counted if the peer was a leecher here before, and if no download of its network
// was counted lately.
bool Registrar::counts(const Wanted& wanted, Time asked, std::optional<PeerState> state) const {
  return wanted.completed && state == PeerState::leecher &&
         !counted_.counted(asked - wanted.lifetime, wanted.key);
}

std::optional<LogIndex> Registrar::expire(const RegistrationKey& key, Proposer& log) {
  if (uncommitted_.find(key)) return std::nullopt;
  const LogIndex block = log.propose(Remove{key.content, key.peer});
  uncommitted_.proposed(key, block, std::nullopt, table_.find(key.content, key.peer).has_value());
  return block;
}

void Registrar::applied(const Timestamp& at, const Operation& operation) {
  if (const auto* reg = std::get_if<Register>(&operation))
    applied(at, {reg->info_hash, reg->peer}, reg->completed);
  else if (const auto* removal = std::get_if<Remove>(&operation))
    applied(at, {removal->info_hash, removal->peer});
  else if (const auto* expiry = std::get_if<Expire>(&operation))
    for (const auto& peer : expiry->peers) changes_.record_all_of(peer, at);
}

void Registrar::remember_counted(Time at, const Operation& operation) {
  const auto* reg = std::get_if<Register>(&operation);
  if (reg && reg->completed) counted_.record(at, {reg->info_hash, reg->peer});
}

// If this master proposed the change, it was recorded with the time of its request. The time of the
// block would be too late, because younger requests may have waited for the same block.
void Registrar::applied(const Timestamp& at, const RegistrationKey& key, bool counted) {
  if (uncommitted_.find(key)) return;
  changes_.record(at, key);
  if (counted) counted_.record(at.at, key);
}

// For the caps of the whole table, each uncommitted change counts as one more registration.
bool Registrar::full_for(const RegistrationKey& key) const {
  const auto coming = uncommitted_.size();
  const auto counts = table_.counts(key.content, !key.peer.ip.is_v4());
  const bool new_content = counts.seeders + counts.leechers == 0;
  const auto held = table_.contents_of(key.peer);
  const bool new_peer = held == 0;
  const auto reached = [](std::uint32_t cap, std::size_t n) { return cap > 0 && n >= cap; };
  return reached(settings_.max_contents_per_peer, uncommitted_.count_of(key.peer, held)) ||
         reached(settings_.max_contents_per_network,
                 uncommitted_.count_of_network(key.peer.ip,
                                               table_.registrations_of_network(key.peer.ip))) ||
         (new_content && table_.contents() + coming >= settings_.max_contents) ||
         (new_peer && table_.peers() + coming >= settings_.max_peers) ||
         (memory_used_up() && table_.spare(new_peer, new_content) <= coming);
}

bool Registrar::full() const {
  return table_.contents() >= settings_.max_contents || table_.peers() >= settings_.max_peers ||
         (memory_used_up() && table_.spare(true, true) == 0);
}

bool Registrar::memory_used_up() const {
  return settings_.max_memory > 0 && table_.memory() >= settings_.max_memory;
}

}  // namespace swarm
