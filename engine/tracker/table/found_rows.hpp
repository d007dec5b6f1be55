// The rows of a swarm table in memory (peers, contents, registrations), and the functions that find
// a row. The functions that change rows are in table_rows.hpp.
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
  Row older = no_row, newer = no_row;  // neighbours when ordered by `heard`
  Row first = no_row;                  // the peer's first registration
  std::uint16_t port{};
  std::uint16_t contents = 0;  // stays at most_told: see SwarmTable::contents_of()
  Endpoint address() const { return {ip, port}; }
  Row& link() { return first; }
  void count(int change) {
    if (contents != SwarmTable::most_told) contents = static_cast<std::uint16_t>(contents + change);
  }
};

struct Registration {  // a row of CONTENTS
  Row peer = no_row, content = no_row;
  // The index in Content::members. With settings.max_peers it fits into 29 bits.
  std::uint32_t place : 29 = 0;
  std::uint32_t missed : 3 = 0;          // sweeps since the last announce
  Row next = no_row, previous = no_row;  // registrations of the same peer
  Row& link() { return next; }
};

constexpr std::uint32_t most_place = (1U << 29) - 1;

// The members of a content are ordered by level. Members are alike if they have the same state and
// the same network (an IPv4 address, or an IPv6 /64). One of the alike members, the first, is in
// `seeders` or `leechers`; the others are in a `more` level. An answer takes `more` levels last. So
// no network gets a second place for one state before each has one, however many ports it uses.
enum class Level : std::uint8_t { more_seeders, seeders, leechers, more_leechers };

struct Content {  // the swarm of a content in one address family
  MemberList members;
  std::array<std::uint32_t, 3> begins{};  // where each level but the lowest (at zero) begins
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

struct FoundRows {
  explicit FoundRows(std::uint64_t key) : hash_key(key), alike(key), networks(key) {
    const std::uint64_t words[2] = {mix(key), mix(key + 1)};
    std::memcpy(sip_key, words, sizeof sip_key);
  }

  std::uint64_t hash_key;
  unsigned char sip_key[crypto_shorthash_KEYBYTES];
  Slab<Peer> peers;
  Slab<Registration> registrations;
  Slab<Content> contents;
  RowIndex peer_index, registration_index, content_index;
  RowIndex first_index;  // of alike registrations, the first one (Level)
  AlikeRings alike;      // the rings of alike registrations
  Row oldest = no_row, newest = no_row;
  NetworkCounts networks;
  Time grace{};  // every peer counts as heard at this time or later
  PeerRowId next_peer{1};
  std::uint64_t digest = 0;
  std::size_t member_memory = 0;

  // Hashing. Clients choose the info-hashes, so SipHash hashes them.

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
  // Works only if peers were added in the order of their ids, and none was removed: then the rows
  // are in the order of the ids.
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
  // Finds the content's swarm in the peer's address family.
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
};

}  // namespace swarm::rows
