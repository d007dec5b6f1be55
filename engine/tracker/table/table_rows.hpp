// The rows of a swarm table as they lie in memory: peers, contents, registrations, with what finds
// them, their order of hearing, the members of each content, and the digest of all.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/node/registration_key.hpp"
#include "engine/node/row_digest.hpp"
#include "engine/tracker/table/alike_rings.hpp"
#include "engine/tracker/table/member_list.hpp"
#include "engine/tracker/table/network_counts.hpp"
#include "engine/tracker/table/row_index.hpp"
#include "engine/tracker/table/slab.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm::rows {

using db::digest_of;

struct Peer {  // a row of PEER-INFO
  Time heard;
  PeerRowId id;
  Ip ip;
  Row older = no_row, newer = no_row;  // in the order in which they were last heard
  Row first = no_row;                  // registration
  std::uint16_t port{};
  std::uint16_t contents = 0;  // two bytes, where there is room for them: most_told stands for more
  Endpoint address() const { return {ip, port}; }
  Row& link() { return first; }
  void count(int change) {
    if (contents != SwarmTable::most_told) contents = static_cast<std::uint16_t>(contents + change);
  }
};

struct Registration {  // a row of CONTENTS
  Row peer = no_row, content = no_row;
  // Among the members of the content: settings.max_peers leaves three bits of it.
  std::uint32_t place : 29 = 0;
  std::uint32_t missed : 3 = 0;          // roll calls, since it was last announced
  Row next = no_row, previous = no_row;  // of the same peer
  Row& link() { return next; }
};

constexpr std::uint32_t most_place = (1U << 29) - 1;

// The members of a content lie in this order. Those of one state and one network (an IPv4 address,
// or an IPv6 /64) are alike: the first of them stands for all, so that an address has one place in
// an answer while others have none, whatever its ports.
enum class Level : std::uint8_t { more_seeders, seeders, leechers, more_leechers };

struct Content {  // the swarm of one address family
  MemberList members;
  std::array<std::uint32_t, 3> begins{};  // of each level but the lowest
  std::uint32_t completed = 0;
  InfoHash hash;
  bool v6 = false;
  Row& link() { return completed; }
  std::uint32_t begin(Level level) const {
    return level == Level::more_seeders ? 0 : begins[static_cast<std::size_t>(level) - 1];
  }
  std::uint32_t end(Level level) const {
    return level == Level::more_leechers ? members.size() : begins[static_cast<std::size_t>(level)];
  }
  Level level(std::uint32_t place) const {
    const auto after = std::count_if(begins.begin(), begins.end(),
                                     [&](std::uint32_t begin) { return begin <= place; });
    return static_cast<Level>(after);
  }
  std::uint32_t seeders() const { return begin(Level::leechers); }
  std::uint32_t leechers() const { return members.size() - seeders(); }
};

struct TableRows {
  explicit TableRows(std::uint64_t key) : hash_key(key), alike(key), networks(key) {
    const std::uint64_t words[2] = {mix(key), mix(key + 1)};
    std::memcpy(sip_key, words, sizeof sip_key);
  }

  std::uint64_t hash_key;
  unsigned char sip_key[crypto_shorthash_KEYBYTES];
  Slab<Peer> peers;
  Slab<Registration> registrations;
  Slab<Content> contents;
  RowIndex peer_index, registration_index, content_index;
  RowIndex first_index;  // of the registrations that stand for those that are alike
  AlikeRings alike;      // registrations
  Row oldest = no_row, newest = no_row;
  NetworkCounts networks;
  Time grace{};  // every peer counts as heard at this time
  PeerRowId next_peer{1};
  std::uint64_t digest = 0;
  std::size_t member_memory = 0;

  // Hashing. Info hashes are chosen by strangers: SipHash.

  std::uint64_t hash(const Endpoint& peer) const { return hash_of(peer, hash_key); }
  std::uint64_t hash(const InfoHash& content, bool v6) const {
    std::uint64_t h = 0;
    static_assert(sizeof h == crypto_shorthash_BYTES);
    crypto_shorthash(reinterpret_cast<unsigned char*>(&h), content.bytes.data(),
                     content.bytes.size(), sip_key);
    return v6 ? ~h : h;
  }
  std::uint64_t hash(Row content, Row peer) const {
    return mix((std::uint64_t{content} << 32 | peer) ^ hash_key);
  }
  auto peer_hash() const {
    return [this](Row row) { return hash(peers[row].address()); };
  }
  auto content_hash() const {
    return [this](Row row) { return hash(contents[row].hash, contents[row].v6); };
  }
  auto registration_hash() const {
    return [this](Row row) { return hash(registrations[row].content, registrations[row].peer); };
  }

  // Finding.

  Row find_peer(const Endpoint& peer) const {
    return peer_index.find(hash(peer), [&](Row row) { return peers[row].address() == peer; });
  }
  // In a table to which peers were only added, by id: their rows are in that order.
  Row find_added(PeerRowId id) const {
    Row begin = 0, end = peers.end();
    while (begin < end) {
      const Row middle = begin + (end - begin) / 2;
      if (peers[middle].id < id)
        begin = middle + 1;
      else
        end = middle;
    }
    return begin < peers.end() && peers[begin].id == id ? begin : no_row;
  }
  Row find_content(const InfoHash& content, bool v6) const {
    return content_index.find(hash(content, v6), [&](Row row) {
      return contents[row].hash == content && contents[row].v6 == v6;
    });
  }
  // The swarm of the content that the peer is in, if it is in one.
  Row find_content(const InfoHash& content, const Endpoint& peer) const {
    return find_content(content, !peer.ip.is_v4());
  }
  Row find_registration(Row content, Row peer) const {
    if (content == no_row || peer == no_row) return no_row;
    return registration_index.find(hash(content, peer), [&](Row row) {
      return registrations[row].content == content && registrations[row].peer == peer;
    });
  }
  Row find_registration(const InfoHash& content, const Endpoint& peer) const {
    return find_registration(find_content(content, peer), find_peer(peer));
  }
  PeerState state(const Registration& r) const {
    return r.place < contents[r.content].seeders() ? PeerState::seeder : PeerState::leecher;
  }
  std::uint64_t digest_of_registration(const Registration& r) const {
    return digest_of(contents[r.content].hash, peers[r.peer].id, state(r));
  }

  // The order of hearing.

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
  void move(Row registration, Level wanted) {  // one swap for each border on its way
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
  // It is the one that stands for all that are alike.
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
  // May leave a swarm without members.
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
