// The functions that change the rows of a swarm table. They also update the order in which peers
// were last heard, the members of each content, and the digest of all rows.
#pragma once

#include <algorithm>

#include "engine/tracker/table/found_rows.hpp"

namespace swarm::rows {

struct TableRows : FoundRows {
  using FoundRows::FoundRows;

  // The order in which peers were last heard.

  void link_newest(Row row) {
    peers[row].older = newest;
    peers[row].newer = no_row;
    (newest == no_row ? oldest : peers[newest].newer) = row;
    newest = row;
  }
  void unlink(Row row) {
    const Peer& p = peers[row];
    (p.older == no_row ? oldest : peers[p.older].newer) = p.newer;
    (p.newer == no_row ? newest : peers[p.newer].older) = p.older;
  }
  Time heard(const Peer& p) const { return std::max(p.heard, grace); }

  // The members of a content.

  void put(Content& content, std::uint32_t place, const MemberList::Entry& member) {
    content.members[place] = member;
    registrations[member.registration].place = place & most_place;
  }
  void swap(Content& content, std::uint32_t a, std::uint32_t b) {
    const MemberList::Entry first = content.members[a];
    put(content, a, content.members[b]);
    put(content, b, first);
  }
  Level level(const Registration& r) const { return contents[r.content].level(r.place); }
  void move(Row registration, Level wanted) {  // one swap for each level that it passes
    const Registration& r = registrations[registration];
    Content& content = contents[r.content];
    auto at = static_cast<std::size_t>(content.level(r.place));
    const auto to = static_cast<std::size_t>(wanted);
    for (; at > to; --at) swap(content, r.place, content.begins[at - 1]++);
    for (; at < to; ++at) swap(content, r.place, --content.begins[at]);
  }

  // Members that are alike.

  static Level first_level(PeerState state) {
    return state == PeerState::seeder ? Level::seeders : Level::leechers;
  }
  static Level more_level(PeerState state) {
    return state == PeerState::seeder ? Level::more_seeders : Level::more_leechers;
  }
  std::uint64_t hash(Row content, const Ip& network, PeerState state) const {
    const auto group = std::uint64_t{content} << 1 | static_cast<std::uint64_t>(state);
    return mix(hash_of({network, 0}, hash_key) ^ mix(group ^ hash_key));
  }
  auto first_hash() const {
    return [this](Row row) {
      const Registration& r = registrations[row];
      return hash(r.content, peers[r.peer].ip.network(), state(r));
    };
  }
  Row find_first(Row content, const Ip& network, PeerState wanted) const {
    return first_index.find(hash(content, network, wanted), [&](Row row) {
      const Registration& r = registrations[row];
      return r.content == content && state(r) == wanted && peers[r.peer].ip.network() == network;
    });
  }
  bool is_first(const Registration& r) const { return level(r) == first_level(state(r)); }
  void put_first(Row registration, PeerState state) {
    move(registration, first_level(state));
    first_index.insert(registration, first_hash());
  }
  // Makes this registration the first of those that are alike (Level).
  void make_first(Row registration) {
    const Registration& r = registrations[registration];
    const PeerState of = state(r);
    const Row before = find_first(r.content, peers[r.peer].ip.network(), of);
    if (before == registration) return;
    first_index.erase(before, first_hash());
    move(before, more_level(of));
    put_first(registration, of);
  }
  void join_alike(Row registration, PeerState wanted) {
    const Registration& r = registrations[registration];
    const Row first = find_first(r.content, peers[r.peer].ip.network(), wanted);
    if (first == no_row) return put_first(registration, wanted);
    alike.join(registration, first);
    move(registration, more_level(wanted));
  }
  void leave_alike(Row registration) {
    const Registration& r = registrations[registration];
    const Row next = alike.next(registration);
    if (is_first(r)) {
      if (next != registration)
        make_first(next);
      else
        first_index.erase(registration, first_hash());
    }
    alike.leave(registration);
    move(registration, Level::more_leechers);
  }

  void set_state(Row registration, PeerState wanted) {
    leave_alike(registration);
    join_alike(registration, wanted);
  }
  void add_member(Row row, Row registration, PeerState wanted) {
    Content& content = contents[row];
    member_memory -= content.members.memory();
    const Peer& peer = peers[registrations[registration].peer];
    content.members.push_back({registration, peer.ip.v4(), peer.port});
    member_memory += content.members.memory();
    registrations[registration].place = (content.members.size() - 1) & most_place;
    join_alike(registration, wanted);
  }
  void drop_member(Row registration) {
    leave_alike(registration);
    const Registration& r = registrations[registration];
    Content& content = contents[r.content];
    swap(content, r.place, content.members.size() - 1);
    member_memory -= content.members.memory();
    content.members.pop_back();
    member_memory += content.members.memory();
  }

  // Rows.

  Row add_peer(PeerRowId id, const Endpoint& address, Time now) {
    const Row row = peers.add();
    peers[row].id = id;
    peers[row].ip = address.ip;
    peers[row].port = address.port;
    peers[row].heard = now;
    peer_index.insert(row, peer_hash());
    link_newest(row);
    digest += digest_of(id, address);
    return row;
  }
  void drop_peer(Row row) {
    digest -= digest_of(peers[row].id, peers[row].address());
    unlink(row);
    peer_index.erase(row, peer_hash());
    peers.remove(row);
  }
  Row add_content(const InfoHash& hash_of_content, bool v6) {
    const Row row = contents.add();
    contents[row].hash = hash_of_content;
    contents[row].v6 = v6;
    content_index.insert(row, content_hash());
    return row;
  }
  void drop_content(Row row) {
    member_memory -= contents[row].members.memory();
    content_index.erase(row, content_hash());
    contents.remove(row);
  }
  static db::CompletedRow completed(const Content& c) { return {c.hash, c.v6, c.completed}; }
  void set_completed(Row row, std::uint32_t count) {
    Content& content = contents[row];
    digest -= digest_of(completed(content));
    content.completed = count;
    digest += digest_of(completed(content));
  }
  void count(Row peer, int change) {
    peers[peer].count(change);
    networks.add(peers[peer].ip, change);
  }
  Row add_registration(Row content, Row peer, PeerState wanted) {
    const Row row = registrations.add();
    Registration& r = registrations[row];
    r.content = content;
    r.peer = peer;
    r.next = peers[peer].first;
    if (r.next != no_row) registrations[r.next].previous = row;
    peers[peer].first = row;
    count(peer, +1);
    registration_index.insert(row, registration_hash());
    add_member(content, row, wanted);
    digest += digest_of_registration(r);
    return row;
  }
  // If the content has no members afterwards, the caller must drop it.
  void drop_registration(Row row) {
    Registration& r = registrations[row];
    digest -= digest_of_registration(r);
    registration_index.erase(row, registration_hash());
    (r.previous == no_row ? peers[r.peer].first : registrations[r.previous].next) = r.next;
    if (r.next != no_row) registrations[r.next].previous = r.previous;
    count(r.peer, -1);
    drop_member(row);
    registrations.remove(row);
  }
};

}  // namespace swarm::rows
