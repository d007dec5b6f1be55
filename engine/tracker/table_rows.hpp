// The rows of a swarm table as they lie in memory: peers, contents, registrations, with what finds
// them, their order of hearing, the members of each content, and the digest of all.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "engine/db/row_digest.hpp"
#include "engine/tracker/member_list.hpp"
#include "engine/tracker/network_counts.hpp"
#include "engine/tracker/registration_key.hpp"
#include "engine/tracker/row_index.hpp"
#include "engine/tracker/slab.hpp"
#include "engine/tracker/swarm_table.hpp"

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

struct Content {       // the swarm of one address family
  MemberList members;  // the seeders first, then the leechers
  std::uint32_t seeders = 0;
  std::uint32_t completed = 0;
  InfoHash hash;
  bool v6 = false;
  Row& link() { return completed; }
  std::uint32_t leechers() const { return members.size() - seeders; }
};

struct TableRows {
  explicit TableRows(std::uint64_t key) : hash_key(key), networks(key) {
    const std::uint64_t words[2] = {mix(key), mix(key + 1)};
    std::memcpy(sip_key, words, sizeof sip_key);
  }

  std::uint64_t hash_key;
  unsigned char sip_key[crypto_shorthash_KEYBYTES];
  Slab<Peer> peers;
  Slab<Registration> registrations;
  Slab<Content> contents;
  RowIndex peer_index, registration_index, content_index;
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
    return r.place < contents[r.content].seeders ? PeerState::seeder : PeerState::leecher;
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
  void set_state(Row registration, PeerState wanted) {
    Registration& r = registrations[registration];
    Content& content = contents[r.content];
    if (wanted == PeerState::seeder)
      swap(content, r.place, content.seeders++);
    else
      swap(content, r.place, --content.seeders);
  }
  void add_member(Row row, Row registration, PeerState wanted) {
    Content& content = contents[row];
    member_memory -= content.members.memory();
    const Peer& peer = peers[registrations[registration].peer];
    content.members.push_back({registration, peer.ip.v4(), peer.port});
    member_memory += content.members.memory();
    registrations[registration].place = (content.members.size() - 1) & most_place;
    if (wanted == PeerState::seeder) set_state(registration, wanted);
  }
  void drop_member(Row registration) {
    const Registration& r = registrations[registration];
    if (state(r) == PeerState::seeder) set_state(registration, PeerState::leecher);
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
