// The index from which answers are made: the rows of PEER-INFO and CONTENTS in memory. Applying the
// log to it yields the row changes for the DB Manager. Equal logs give equal tables and digests.
// (Swarm in BitTorrent's sense: the peers of one content. docs/GLOSSARY.md)
#pragma once

#include <functional>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/node/operation.hpp"
#include "engine/node/registration_key.hpp"
#include "engine/node/tracker_db.hpp"

namespace swarm {

class SwarmTable {
 public:
  // hash_key keys the hashing, against clients that choose their hashes. It has no influence on
  // answers, except that it decides which networks share a count.
  explicit SwarmTable(std::uint64_t hash_key);
  ~SwarmTable();
  SwarmTable(SwarmTable&&) noexcept;
  SwarmTable& operator=(SwarmTable&&) noexcept;

  // Replaces everything by these rows (start).
  void load(const db::Snapshot& snapshot);
  // The same in parts: rows are added to an empty table with the same key. First come all peers, by
  // id, then the contents, then the counts of completed downloads. False, and nothing is added: the
  // address has a peer already, the row is of no known peer, it is there already, or its swarm has
  // no peers.
  SwarmTable empty() const;
  bool add(const db::PeerRow& row);
  bool add(const db::ContentRow& row);
  bool add(const db::CompletedRow& row);
  void set_next_peer(PeerRowId id);
  // Frees the memory of about this many rows. After that the table must not be used for anything
  // else. False: all is freed.
  bool shed(std::size_t rows);
  // The rows in canonical order, into snapshot.peers, .contents and .completed, and
  // applied.next_peer.
  void save(db::Snapshot& snapshot) const;

  // A scan of all rows in the order of their places, in parts: of at most `most` places, from
  // `from` on. Appends the rows that are there; returns the place to go on from, zero behind the
  // last one.
  std::uint32_t scan_peers(std::uint32_t from, std::size_t most,
                           std::vector<db::PeerRow>& rows) const;
  std::uint32_t scan_contents(std::uint32_t from, std::size_t most,
                              std::vector<db::ContentRow>& rows) const;
  std::uint32_t scan_completed(std::uint32_t from, std::size_t most,
                               std::vector<db::CompletedRow>& rows) const;

  // Applies Register, Remove or Expire (the others change nothing here); appends row changes.
  // A peer without contents loses its PEER-INFO row. Peers seen for the first time are last heard
  // at `now`.
  void apply(const Operation& operation, Time now, std::vector<db::RowChange>& rows);
  // The same in parts: changes at most `most` registrations (at least one) of an EXPIRE. False: the
  // EXPIRE names more and has to be applied again, before anything else.
  bool apply(const Operation& operation, Time now, std::vector<db::RowChange>& rows,
             std::size_t most);
  PeerRowId next_peer() const;

  std::optional<PeerState> find(const InfoHash& content, const Endpoint& peer) const;
  // Contents of the peer; `most_told` of one that had so many, as long as it has one.
  std::uint16_t contents_of(const Endpoint& peer) const;
  static constexpr std::uint16_t most_told = 0xffff;
  std::uint32_t registrations_of_network(const Ip& ip) const;  // network_counts.hpp

  // A content has two swarms, of its IPv4 and of its IPv6 peers: neither can reach the other.
  struct Counts {
    std::uint32_t seeders{}, leechers{};
    // Registrations that became seeders by Register.completed, since the swarm was last empty.
    std::uint32_t completed{};
  };
  Counts counts(const InfoHash& content, bool v6 = false) const;

  // A random sample without repeats of at most `n` peers of the content, of the requester's address
  // family, never the requester; seeders preferred for a leecher, none for a seeder. Fair by
  // network (an IPv4 address, or an IPv6 /64): each has one place (as a seeder, and as a leecher)
  // before any has more. Appends.
  void sample(const InfoHash& content, const Endpoint& requester, PeerState requester_state,
              std::size_t n, Random& random, std::vector<Endpoint>& out) const;

  // Expiry (the master's decision). Peers are kept in the order in which they were last heard.
  void heard(const Endpoint& peer, Time now);
  // Peers last heard before `limit`, oldest first, at most `most`. Appends.
  void unheard_since(Time limit, std::size_t most, std::vector<Endpoint>& out) const;
  Time oldest_heard() const;  // `never` when empty
  // Registrations of the peer, the latest first, at most `most`. Appends.
  void registrations_of(const Endpoint& peer, std::size_t most,
                        std::vector<RegistrationKey>& out) const;
  void all_heard(Time at);  // a new master's grace

  // Returns the registration's state and marks it as announced, which resets its count of missed
  // sweeps. Registering also resets it.
  std::optional<PeerState> announced(const InfoHash& content, const Endpoint& peer);
  // A step of an expiry sweep (expiry_sweep.hpp), through all registrations in the order of their
  // rows.
  struct SweepStep {
    std::uint32_t from;  // row
    std::size_t rows;    // at most
    unsigned limit;      // of missed sweeps; zero: all registrations count as announced
    std::size_t absent;  // at most
    static constexpr unsigned most_limit = 7;
  };
  // Appends the registrations that have now missed as many sweeps as the limit, and begins their
  // count again. Returns the row to continue from; zero: the sweep is done.
  std::uint32_t sweep(const SweepStep& step, std::vector<RegistrationKey>& absent);

  std::size_t peers() const;
  std::size_t contents() const;       // info hashes, one with peers of both families twice
  std::size_t registrations() const;  // CONTENTS rows
  std::size_t memory() const;         // bytes, about; what rows took stays taken
  // Registrations that fit in there without more: of new peers, for new contents.
  std::size_t spare(bool new_peer, bool new_content) const;
  // The digest of all rows (ids, addresses, states, completed), independent of their order; O(1).
  std::uint64_t digest() const;

  // Each registration, in no particular order: for checkers only.
  void for_each(const std::function<void(const InfoHash&, const Endpoint&, PeerState)>& f) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
