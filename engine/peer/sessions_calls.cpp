// The sessions: which peers this peer calls, and how many sessions others may have.
#include <algorithm>
#include <utility>

#include "engine/peer/sessions.hpp"

namespace swarm {
namespace {

constexpr Duration call_again = 3s;  // to peers that the application named
constexpr std::size_t most_candidates = 200;
constexpr std::uint32_t one_of = 4;  // one address may have one of so many sessions

}  // namespace

Session& Sessions::call(Time now, Content& content, const Endpoint& peer, Outbox& out) {
  Session& session = add(content, peer);
  session.called = true;
  session.heard = now;
  session.most_hellos = Reach::first_hellos;
  say_hello(now, session, out);
  return session;
}

void Sessions::candidates(Time now, Content& content, std::span<const Endpoint> peers,
                          const Endpoint& tracker, Outbox& out) {
  for (const auto& peer : peers) {
    if (may_be_peer(peer, tracker) && !own_.contains(peer))
      note(now, content, peer);
    else
      ++content.refusals.no_peer;
  }
  call_some(now, content, out);
}

// If too many peers wait, those that would wait longest make room: they did not answer before.
void Sessions::note(Time now, Content& content, const Endpoint& peer) {
  auto& known = content.candidates;
  if (std::find(known.begin(), known.end(), peer) != known.end()) return;
  const auto same_address = std::count_if(known.begin(), known.end(), [&](const Endpoint& other) {
    return other.ip.network() == peer.ip.network();
  });
  if (static_cast<std::size_t>(same_address) >= share()) {
    ++content.refusals.address_share;
    return;
  }
  if (known.size() >= most_candidates) {
    ++content.refusals.too_many;
    const auto resting = std::find_if(known.begin(), known.end(), [&](const Endpoint& other) {
      return reach_.may_call(now, other.ip) > now;
    });
    if (resting == known.end()) return;
    known.erase(resting);
  }
  known.push_back(peer);
}

std::uint32_t Sessions::called(const Content& content) const {
  return static_cast<std::uint32_t>(
      std::count_if(content.sessions.begin(), content.sessions.end(),
                    [](const auto& session) { return session->called && !session->over(); }));
}

// While this peer fetches, peers that call it get only half of the sessions. The other half is for
// peers that it calls.
bool Sessions::is_full(const Content& content) const {
  const std::size_t most = context_.settings.most_peers, all = content.sessions.size();
  const bool fetches = !content.metainfo || content.may_fetch();
  return all >= most || (fetches && all - called(content) >= most - most / 2);
}

// One host can open any number of ports. So one address gets at most a quarter of the sessions,
// whoever calls whom, and the rest is left to other hosts.
std::size_t Sessions::share() const {
  return std::max(context_.settings.most_peers / one_of, 1U);
}

bool Sessions::has_share(const Content& content, const Ip& address) const {
  const auto taken =
      std::count_if(content.sessions.begin(), content.sessions.end(), [&](const auto& session) {
        return !session->over() && session->peer.ip.network() == address.network();
      });
  return static_cast<std::size_t>(taken) >= share();
}

bool Sessions::may_call(Content& content, const Endpoint& peer) const {
  return !content.banned.contains(peer) && content.find(peer) == nullptr &&
         content.sessions.size() < context_.settings.most_peers;
}

void Sessions::call_some(Time now, Content& content, Outbox& out) {
  if (content.failed || (content.metainfo && !content.may_fetch())) return;
  call_given(now, content, out);
  call_candidates(now, content, out);
  context_.wake_at(content.next_call);
}

// The application named these peers. So they are called again and again, and even if their address
// has its share of the sessions, or does not answer.
void Sessions::call_given(Time now, Content& content, Outbox& out) {
  if (content.given.empty()) return;
  for (const auto& peer : content.given)
    if (may_call(content, peer)) call(now, content, peer, out);
  content.next_call = std::min(content.next_call, now + call_again);
}

// Calls candidates for only half of the sessions. The other half is for peers that call this peer.
void Sessions::call_candidates(Time now, Content& content, Outbox& out) {
  const auto most = std::max(context_.settings.most_peers / 2, 1U);
  auto& known = content.candidates;
  for (std::size_t i = 0; i < known.size() && called(content) < most;) {
    const Endpoint peer = known[i];
    const Time free = reach_.may_call(now, peer.ip);
    const bool may = may_call(content, peer), has_its_share = has_share(content, peer.ip);
    if (may && !has_its_share && free > now) {
      content.next_call = std::min(content.next_call, free);
      ++i;
      continue;
    }
    known.erase(known.begin() + static_cast<std::ptrdiff_t>(i));
    if (!may) continue;
    if (has_its_share) {
      ++content.refusals.address_share;
      continue;
    }
    Session& session = call(now, content, peer, out);
    session.most_hellos = reach_.call(peer.ip);
    session.counted = true;
  }
}

// A call ended that no answer had come to, except perhaps a refusal. The next candidate has its
// turn.
void Sessions::call_ended(Time now, Session& session, event::PeerDropped::Why why) {
  using Why = event::PeerDropped::Why;
  session.counted = false;
  if (why == Why::refused) return reach_.answered(session.peer.ip);
  if (why != Why::silent) return reach_.cancelled(session.peer.ip);
  reach_.failed(now, session.peer.ip);
  if (session.content->candidates.empty()) return;
  session.content->next_call = now;
  context_.wake_at(now);
}

// The address has answered a call.
void Sessions::answered(Session& session) {
  if (std::exchange(session.counted, false)) reach_.answered(session.peer.ip);
}

}  // namespace swarm
