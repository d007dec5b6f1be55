// The index from which answers are made: the rows of PEER-INFO and CONTENTS in memory. Applying the
// log to the table yields the row changes for the DB Manager. Equal logs give equal tables and
// digests. ("Swarm" has BitTorrent's meaning here: the peers of one content. docs/GLOSSARY.md)
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
  // `hash_key` is the secret of the hashing, so that clients cannot choose keys with equal hashes.
  // It influences answers only by deciding which networks share a count.
  explicit SwarmTable(std::uint64_t hash_key);
  ~SwarmTable();
  SwarmTable(SwarmTable&&) noexcept;
  SwarmTable& operator=(SwarmTable&&) noexcept;

  // Replaces all rows by those of the snapshot. Used at the start.
  void load(const db::Snapshot& snapshot);
  // Loading in parts: empty() makes an empty table with the same key, and add() adds a row to it.
  // Add all peers first, in the order of their ids, then the contents, then the counts of completed
  // downloads. add() returns false and adds nothing if the address has a peer already, if the row's
  // peer is not known, if the table has the row already, or if the count's swarm has no peers.
  SwarmTable empty() const;
  bool add(const db::PeerRow& row);
  bool add(const db::ContentRow& row);
  bool add(const db::CompletedRow& row);
  void set_next_peer(PeerRowId id);
  // Frees the memory of about this many rows. After the first call, only shed() may be called.
  // False: all memory is freed.
  bool shed(std::size_t rows);
  // Writes the rows in canonical order to snapshot.peers, .contents and .completed, and sets
  // applied.next_peer.
  void save(db::Snapshot& snapshot) const;

  // These functions scan all rows in parts, in the order of their places in memory. A call scans at
  // most `most` places, beginning at `from`, and appends the rows in these places. It returns the
  // place where the next part begins, or zero after the last place.
  std::uint32_t scan_peers(std::uint32_t from, std::size_t most,
                           std::vector<db::PeerRow>& rows) const;
  std::uint32_t scan_contents(std::uint32_t from, std::size_t most,
                              std::vector<db::ContentRow>& rows) const;
  std::uint32_t scan_completed(std::uint32_t from, std::size_t most,
                               std::vector<db::CompletedRow>& rows) const;

  // Applies an operation, and appends its row changes. Only Register, Remove and Expire change the
  // table. A peer that loses its last content loses its PEER-INFO row, too. A new peer counts as
  // heard at `now`.
  void apply(const Operation& operation, Time now, std::vector<db::RowChange>& rows);
  // Applies an operation in parts: a call removes at most `most` registrations of an EXPIRE. `most`
  // is at least one. False: the EXPIRE has more to remove, so apply it again before anything else.
  bool apply(const Operation& operation, Time now, std::vector<db::RowChange>& rows,
             std::size_t most);
  PeerRowId next_peer() const;

  std::optional<PeerState> find(const InfoHash& content, const Endpoint& peer) const;
  // The number of the peer's contents. Once a peer has `most_told` contents, the number stays there
  // until the peer has none.
  std::uint16_t contents_of(const Endpoint& peer) const;
  static constexpr std::uint16_t most_told = 0xffff;
  std::uint32_t registrations_of_network(const Ip& ip) const;  // network_counts.hpp

  // A content has two swarms: its IPv4 peers and its IPv6 peers, which cannot reach each other.
  struct Counts {
    std::uint32_t seeders{}, leechers{};
    // Downloads that were counted (Register.completed) since the swarm was last empty.
    std::uint32_t completed{};
  };
  Counts counts(const InfoHash& content, bool v6 = false) const;

  // Appends a random sample of at most `n` different peers of the content. They have the
  // requester's address family, and the requester is not among them. A leecher gets seeders first.
  // A seeder gets no seeders. The sample is fair to networks (an IPv4 address, or an IPv6 /64): no
  // network gets a second seeder or a second leecher while another network can have its first.
  void sample(const InfoHash& content, const Endpoint& requester, PeerState requester_state,
              std::size_t n, Random& random, std::vector<Endpoint>& out) const;

  // Expiry (the master's decision). Peers are kept in the order in which they were last heard.
  void heard(const Endpoint& peer, Time now);
  // Appends at most `most` peers that were last heard before `limit`, the oldest first.
  void unheard_since(Time limit, std::size_t most, std::vector<Endpoint>& out) const;
  Time oldest_heard() const;  // `never` when empty
  // Appends at most `most` registrations of the peer, the newest first.
  void registrations_of(const Endpoint& peer, std::size_t most,
                        std::vector<RegistrationKey>& out) const;
  // From now on every peer counts as heard at `at` or later: the grace that a new master gives.
  void all_heard(Time at);

  // Marks the registration as announced, which resets its count of missed sweeps, and returns its
  // state. A Register operation resets the count, too.
  std::optional<PeerState> announced(const InfoHash& content, const Endpoint& peer);
  // A step of an expiry sweep (expiry_sweep.hpp). A sweep goes through all registrations in the
  // order of their rows.
  struct SweepStep {
    std::uint32_t from;  // the row to begin at
    std::size_t rows;    // the most rows to look at
    unsigned limit;      // missed sweeps until expiry; zero: all registrations count as announced
    std::size_t absent;  // the most registrations to append
    static constexpr unsigned most_limit = 7;
  };
  // Appends the registrations that have now missed as many sweeps as the limit, and sets their
  // counts to zero. Returns the row to continue from; zero: the sweep is done.
  std::uint32_t sweep(const SweepStep& step, std::vector<RegistrationKey>& absent);

  std::size_t peers() const;
  std::size_t contents() const;       // a content with peers of both families counts twice
  std::size_t registrations() const;  // CONTENTS rows
  std::size_t memory() const;         // approximate bytes; a removed row keeps its memory
  // How many registrations can be added without more memory. `new_peer`, `new_content`: each of
  // these registrations also adds a peer, or a content.
  std::size_t spare(bool new_peer, bool new_content) const;
  // The digest of all rows (ids, addresses, states, completed), independent of their order; O(1).
  std::uint64_t digest() const;

  // Calls f for each registration, in no particular order: for checkers only.
  void for_each(const std::function<void(const InfoHash&, const Endpoint&, PeerState)>& f) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
