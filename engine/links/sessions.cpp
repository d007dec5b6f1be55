#include "engine/links/sessions.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"

namespace swarm {
namespace {

bool is_group(const Endpoint& address) {
  return address.ip.is_v4() && address.ip.v4() >> 28 == 0xe;
}

template <std::size_t n>
bool equal(const std::array<std::uint8_t, n>& a, const std::array<std::uint8_t, n>& b) {
  return sodium_memcmp(a.data(), b.data(), n) == 0;
}

// A nonce is used for the repetitions of an OPEN for this long.
constexpr Duration nonce_lasts = 1s;
// While it is not known whether a PROVE has come, it is repeated before a message, but not more
// often.
constexpr Duration prove_again = 1ms;
// A message that has waited for longer is of no use.
constexpr Duration waits_for = 1s;

}  // namespace

SessionLinks::SessionLinks(Settings settings, const Entropy& entropy)
    : settings_(std::move(settings)),
      secrets_(entropy),
      seal_(settings_.swarm_secret, settings_.cipher),
      challenge_key_(secrets_.bytes<sizeof(Drawn)>(SecretPurpose::challenge_key)),
      death_proof_(secrets_.bytes<sizeof(Drawn)>(SecretPurpose::death_proof)) {}

// ---- Sending

void SessionLinks::send(Time now, Outbox& out, std::span<const Endpoint> to,
                        const wire::Header& header, const wire::Body& body) {
  SWARM_ASSERT(header.boot == settings_.self.boot && header.store == settings_.self.store,
               "a process speaks for itself");
  now_ = now;
  out_ = &out;
  const auto* const dead = std::get_if<wire::Dead>(&body);
  if (dead == nullptr && !std::holds_alternative<wire::Unverified>(body))
    wire::encode_unsealed(header, body, unsealed_);
  for (const auto& address : to) {
    if (dead != nullptr) {
      wire::Dead proven = *dead;
      proven.proof = death_proof_;
      wire::encode(header, proven, seal_, out.nonce(), buffer_);
      out.send(Channel::cluster, address, buffer_);
      if (!settings_.previous_protocol) continue;
      wire::encode_previous(header, body, settings_.swarm_secret, buffer_);
      out.send(Channel::cluster, address, buffer_);
    } else if (std::holds_alternative<wire::Unverified>(body)) {
      send_outside(address, body);
    } else {
      send_to(address, header, body);
    }
  }
}

void SessionLinks::send_to(const Endpoint& address, const wire::Header& header,
                           const wire::Body& body) {
  Target& t = target(address);
  if (speaks_previous(t)) {
    wire::encode_previous(header, body, settings_.swarm_secret, buffer_);
    out_->send(Channel::cluster, address, buffer_);
  }
  if (is_group(address)) return send_to_group(address);
  Session* const session = session_of(t);
  // Whoever has not proven its address gets one datagram for one.
  if (session == nullptr && answers_previous(address)) return;
  if (session == nullptr) {
    wait(t, unsealed_);
    return open(address, t);
  }
  Session* const next = find(t.next);
  if (next != nullptr && !next->proven) prove(*next);
  if (!session->proven) prove(*session);
  send_in(*session, t.session, unsealed_);
  const bool waits = next != nullptr && now_ - next->made < nonce_lasts;
  if (needs_another(*session) && !waits) open(address, t);
}

// Only an instance that looks for others speaks to the group. All with which it has a session are
// such others, or have answered it.
void SessionLinks::send_to_group(const Endpoint& group) {
  for (auto& [address, t] : targets_)
    if (Session* const session = session_of(t); session != nullptr && !is_silent(*session)) {
      if (!session->proven) prove(*session);
      send_in(*session, t.session, unsealed_);
    }
  Target& t = target(group);
  wait(t, unsealed_);
  open(group, t);
}

void SessionLinks::send_in(Session& session, std::uint64_t id, Bytes unsealed) {
  buffer_.assign(unsealed.begin(), unsealed.end());
  wire::seal_in_session(buffer_, id, out_->nonce(++session.sent), session.sends);
  out_->send(Channel::cluster, session.address, buffer_);
}

void SessionLinks::send_outside(const Endpoint& to, const wire::Body& body) {
  const wire::Header header{{}, {}, {}, settings_.self.boot, settings_.self.store, {}};
  wire::encode(header, body, seal_, out_->nonce(), buffer_);
  out_->send(Channel::cluster, to, buffer_);
}

// A PROVE comes before the message, because the receiver cannot read the message without it.
void SessionLinks::prove(Session& session) {
  if (now_ < session.proved + prove_again) return;
  session.proved = now_;
  send_outside(session.address, session.prove);
}

void SessionLinks::wait(Target& target, Bytes unsealed) {
  if (!wire::claims_to_be<wire::Status>(unsealed) && !wire::claims_to_be<wire::Hello>(unsealed) &&
      !wire::claims_to_be<wire::GenesisOffer>(unsealed) &&
      !wire::claims_to_be<wire::Join>(unsealed))
    return;
  std::erase_if(target.waiting, [&](const Waiting& w) {
    return w.datagram[wire::type_at] == unsealed[wire::type_at];
  });
  if (target.waiting.size() == most_waiting) target.waiting.erase(target.waiting.begin());
  target.waiting.push_back({{unsealed.begin(), unsealed.end()}, now_});
}

// Sends what waits at `from` in the session of `to`. What waits at a group is for everybody, so it
// stays there.
void SessionLinks::send_waiting(Target& from, Target& to) {
  Session* const session = session_of(to);
  if (session == nullptr) return;
  for (const auto& waiting : from.waiting)
    if (now_ - waiting.since <= waits_for) send_in(*session, to.session, waiting.datagram);
  if (&from == &to) from.waiting.clear();
}

void SessionLinks::open(const Endpoint& to, Target& target) {
  if (now_ < target.opened + target.retry) return;
  if (!target.opening || now_ - target.drawn > nonce_lasts) {
    target.nonce = handshake::open_nonce(
        challenge_key_, secrets_.number(SecretPurpose::session_open), out_->nonce());
    target.drawn = now_;
    target.answered.clear();
  }
  const bool again = std::exchange(target.opening, true);
  const bool spoke_previous =
      target.heard_previous != Time::min() &&
      now_ - target.heard_previous < version_lasts * settings_.status_interval;
  target.retry =
      again ? std::min(2 * target.retry, std::max(settings_.status_interval / 4, first_retry))
            : first_retry;
  if (spoke_previous) target.retry = settings_.status_interval;
  target.opened = now_;
  send_outside(to, wire::Open{target.nonce, {}});
}

// ---- Receiving

SessionLinks::Received SessionLinks::receive(Time now, Outbox& out, const Endpoint& from,
                                             Bytes datagram) {
  now_ = now;
  out_ = &out;
  Received received = wire::is_outside_sessions(datagram) ? receive_outside(from, datagram)
                                                          : receive_in_session(from, datagram);
  if (!received && received.error() == Reject::bad_version && settings_.previous_protocol)
    return receive_previous(from, datagram);
  return received;
}

SessionLinks::Received SessionLinks::receive_in_session(const Endpoint& from, Bytes datagram) {
  const auto said = wire::read_session(datagram);
  if (!said) return tl::unexpected(said.error());
  // What is cheap comes first: a flood of datagrams of no session costs little.
  const auto found = sessions_.find(said->session);
  if (found == sessions_.end() || found->second->address != from ||
      now_ - found->second->made > ends) {
    // The sender may have a session that this process has not, because one of them began anew. The
    // answer goes only to an address with which this process speaks anyhow, and is no larger.
    const auto known = targets_.find(from);
    if (known != targets_.end() && session_of(known->second) == nullptr &&
        datagram.size() >= wire::open_size)
      open(from, known->second);
    return tl::unexpected(Reject::unknown_session);
  }
  Session& session = *found->second;
  if (session.dead) return tl::unexpected(Reject::unknown_session);
  switch (session.received.look(said->number, now_)) {
    case ReplayWindow::Verdict::repeated:
      return tl::unexpected(Reject::repeated);
    case ReplayWindow::Verdict::late:
      return tl::unexpected(Reject::too_old);
    case ReplayWindow::Verdict::fresh:
      break;
  }
  auto message = wire::decode_in_session(datagram, session.hears, session.other.boot,
                                         session.other.store, plain_);
  if (!message)
    return tl::unexpected(message.error() == Reject::bad_mac ? Reject::unknown_session
                                                             : message.error());
  session.received.take(said->number, now_);
  session.proven = session.has_spoken = true;
  session.heard = now_;
  use_if_better(from, said->session, session);
  session.from = message->header.from;
  return std::move(*message);
}

// Both processes should use the same session: the latest of which they know that the other one has
// it, too. If they disagree, the one with the larger boot follows the other one.
void SessionLinks::use_if_better(const Endpoint& address, std::uint64_t id, const Session& heard) {
  const auto found = targets_.find(address);
  if (found == targets_.end()) return;
  Target& t = found->second;
  if (t.next == id) t.next = 0;
  Session* const used = session_of(t);
  if (used == &heard) return;
  if (used == nullptr)
    t.session = id;
  else if (used->other.boot == heard.other.boot &&
           (!used->proven || is_silent(*used) || heard.made > used->made ||
            settings_.self.boot > heard.other.boot))
    t.session = id;
}

SessionLinks::Received SessionLinks::receive_previous(const Endpoint& from, Bytes datagram) {
  auto message = wire::decode_previous(datagram, settings_.swarm_secret);
  if (!message) return tl::unexpected(message.error());
  // A process with a session speaks no other way. So its datagrams of the previous version, from
  // the time before the session, cannot be played again.
  if (has_session_of(message->header.boot)) return tl::unexpected(Reject::repeated);
  if (!std::holds_alternative<wire::Dead>(message->body)) {
    if (const auto known = targets_.find(from); known != targets_.end())
      known->second.heard_previous = now_;
    asked_in_previous_ = from;
    asked_in_previous_at_ = now_;
  }
  return std::move(*message);
}

SessionLinks::Received SessionLinks::receive_outside(const Endpoint& from, Bytes datagram) {
  const auto message = wire::decode(datagram, seal_, plain_);
  if (!message) return tl::unexpected(message.error());
  const auto& header = message->header;
  if (header.boot == settings_.self.boot) return tl::unexpected(Reject::not_for_me);
  if (const auto* m = std::get_if<wire::Open>(&message->body)) return on_open(from, header, *m);
  if (const auto* m = std::get_if<wire::Challenge>(&message->body))
    return on_challenge(from, header, *m);
  if (const auto* m = std::get_if<wire::Prove>(&message->body)) return on_prove(from, header, *m);
  if (const auto* m = std::get_if<wire::Dead>(&message->body)) return on_dead(header, *m);
  return std::nullopt;  // UNVERIFIED: this process can verify it, so nothing is wrong (R32)
}

SessionLinks::Received SessionLinks::on_open(const Endpoint& from, const wire::Header& header,
                                             const wire::Open& m) {
  const auto time = handshake::reading_of(now_);
  const auto echo = handshake::echo(settings_.swarm_secret, m.nonce, from, settings_.address);
  send_outside(from, wire::Challenge{echo, time,
                                     handshake::challenge(challenge_key_, m.nonce,
                                                          {header.boot, header.store}, from, time),
                                     handshake::hash_of_proof(death_proof_)});
  return std::nullopt;
}

SessionLinks::Received SessionLinks::on_challenge(const Endpoint& from, const wire::Header& header,
                                                  const wire::Challenge& m) {
  const auto opened = std::find_if(targets_.begin(), targets_.end(), [&](const auto& entry) {
    return entry.second.opening && now_ - entry.second.drawn <= nonce_lasts &&
           (entry.first == from || is_group(entry.first)) &&
           handshake::echo(settings_.swarm_secret, entry.second.nonce, settings_.address, from) ==
               m.echo;
  });
  if (opened == targets_.end()) return tl::unexpected(Reject::unknown_session);
  const Endpoint opened_at = opened->first;
  const std::uint64_t nonce = opened->second.nonce;
  // A process answers each repetition of an OPEN. One answer counts. Otherwise a session that has
  // ended could begin anew.
  auto& answered = opened->second.answered;
  if (answered.size() == most_answers || std::ranges::find(answered, header.boot) != answered.end())
    return std::nullopt;
  if (is_dead({header.boot, header.store})) return tl::unexpected(Reject::unknown_session);
  answered.push_back(header.boot);
  const handshake::Process other{header.boot, header.store};
  const auto keys = handshake::session(settings_.swarm_secret, settings_.cipher, nonce, m.nonce,
                                       settings_.self, other);
  if (keys.id == 0 || sessions_.contains(keys.id)) return tl::unexpected(Reject::unknown_session);
  Session& session = begin(keys.id, other, from, m.death);
  session.sends = keys.from_opener;
  session.hears = keys.from_challenger;
  session.prove = {nonce, m.time, m.nonce, handshake::hash_of_proof(death_proof_)};
  follow(stores_.at(other.store), other.boot, handshake::reading_of(now_));
  Target& t = target(from);
  follow(t, other.boot);
  // A session that lives is used until the other process is known to have the new one, too.
  const Session* const present = session_of(t);
  const bool lives = present != nullptr && present->other.boot == header.boot && present->proven &&
                     !is_silent(*present);
  (lives ? t.next : t.session) = keys.id;
  t.opening = false;
  prove(session);
  send_waiting(t, t);
  const auto group = targets_.find(opened_at);
  if (opened_at != from && group != targets_.end()) send_waiting(group->second, t);
  return std::nullopt;
}

SessionLinks::Received SessionLinks::on_prove(const Endpoint& from, const wire::Header& header,
                                              const wire::Prove& m) {
  const handshake::Process other{header.boot, header.store};
  const auto time = handshake::reading_of(now_);
  if (m.time > time || time - m.time > static_cast<std::uint64_t>(challenge_lasts.count()))
    return tl::unexpected(Reject::too_old);
  if (!equal(m.challenge, handshake::challenge(challenge_key_, m.nonce, other, from, m.time)))
    return tl::unexpected(Reject::unknown_session);
  const auto keys = handshake::session(settings_.swarm_secret, settings_.cipher, m.nonce,
                                       m.challenge, other, settings_.self);
  if (sessions_.contains(keys.id)) return std::nullopt;  // it was repeated
  const auto at = targets_.find(from);
  const bool is_over =
      at != targets_.end() && at->second.boot != other.boot && m.time <= at->second.since;
  if (keys.id == 0 || is_over || is_dead(other) || !is_new(other, m.time, keys.id))
    return tl::unexpected(Reject::repeated);
  Session& session = begin(keys.id, other, from, m.death);
  session.sends = keys.from_challenger;
  session.hears = keys.from_opener;
  session.proven = true;
  note_proven(other, m.time, keys.id);
  Target& t = target(from);
  follow(t, other.boot);
  t.session = keys.id;
  t.opening = false;
  send_waiting(t, t);
  return std::nullopt;
}

// The proof is told only by the supervisor of a process that has ended, and it counts once.
SessionLinks::Received SessionLinks::on_dead(const wire::Header& header, const wire::Dead& m) {
  const auto hash = handshake::hash_of_proof(m.proof);
  const auto store = stores_.find(header.store);
  bool believed = false;
  if (store != stores_.end())
    for (const auto id : store->second.sessions) {
      Session& session = *sessions_.at(id);
      if (session.other.boot != header.boot || session.dead || !equal(session.death, hash))
        continue;
      session.dead = believed = true;
    }
  if (!believed) return tl::unexpected(Reject::unknown_session);
  store->second.dead = header.boot;
  return wire::Message{header, m};
}

}  // namespace swarm
