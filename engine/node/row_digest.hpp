// The digest of one row. The digest of the tables is the sum of the digests of all rows. So equal
// tables have equal digests, whatever the order of their changes, and a change of one row costs
// O(1). All members must compute equal digests, so the seeds of these hashes are constants.
#pragma once

#include <cstring>

#include "engine/base/random.hpp"
#include "engine/node/registration_key.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm::db {

inline std::uint64_t digest_of(PeerRowId id, const Endpoint& address) {
  return hash_of(address, mix(mix(1) ^ static_cast<std::uint64_t>(id.value)));
}

inline std::uint64_t digest_of(std::uint64_t kind, const InfoHash& hash, std::uint64_t value) {
  std::uint64_t words[3]{};
  std::memcpy(words, hash.bytes.data(), hash.bytes.size());
  std::uint64_t h = mix(kind);
  for (const auto word : words) h = mix(h ^ word);
  return mix(h ^ value);
}

inline std::uint64_t digest_of(const InfoHash& hash, PeerRowId peer, PeerState state) {
  return digest_of(2 + static_cast<std::uint64_t>(state), hash,
                   static_cast<std::uint64_t>(peer.value));
}

inline std::uint64_t digest_of(const CompletedRow& row) {
  return row.count == 0 ? 0 : digest_of(row.v6 ? 5 : 4, row.info_hash, row.count);
}

inline std::uint64_t digest_of(const Snapshot& tables) {
  std::uint64_t digest = 0;
  for (const auto& row : tables.peers) digest += digest_of(row.id, row.address);
  for (const auto& row : tables.contents) digest += digest_of(row.info_hash, row.peer, row.state);
  for (const auto& row : tables.completed) digest += digest_of(row);
  return digest;
}

}  // namespace swarm::db
