// A peer of the swarm, with the seed's components for peers. It registers contents by its Peer Info
// Requester; it exchanges them by its Download Manager and Upload Manager, when its host has a
// store. Lean: with one content registered and nothing under way it takes less than 300 bytes in
// all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/node/node.hpp"
#include "engine/peer/peer_info_requester.hpp"

namespace swarm {

class Exchange;

// Of one content that is exchanged.
struct ContentProgress {
  MetainfoPtr metainfo;                // null: not fetched yet
  std::uint32_t had{}, chunks{};       // verified and on disk; of all (0: not known yet)
  std::uint32_t doubtful{};            // still to be checked on disk
  std::uint32_t peers{}, uploaders{};  // sessions; those that send us something now
  std::uint32_t mute{};  // sessions of which short datagrams come, and nothing that was asked for
  Endpoint mute_peer;    // one of these
  std::uint64_t received{}, wasted{};  // bytes of blocks: all, and those that were here already or
                                       // belonged to a chunk that failed its hash
  std::uint64_t sent{};                // bytes of blocks
  bool opened{}, failed{}, complete{};
  std::string useless_info;  // why what peers describe it as cannot be used; "it" is the content
};

class Peer final : public Node {
 public:
  // `settings` outlives the peer. `port`: its own, listened on and announced. `seed` of its ids and
  // its jitter: another one for each peer and each start.
  Peer(const PeerSettings& settings, std::uint16_t port, std::uint64_t seed);
  ~Peer() override;

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;
  void stored(Time now, const StoreReport& report, Outbox& out) override;

  // What the application wants; see PeerInfoRequester. Afterwards next_wake() may be earlier.
  void join(Time now, const InfoHash& content, Outbox& out);
  void complete(Time now, const InfoHash& content, Outbox& out);
  void leave(Time now, const InfoHash& content, Outbox& out);
  void announce_once(Time now, const InfoHash& content, wire::AnnounceEvent event, Outbox& out);
  void declare(Time now, std::span<const InfoHash> contents, Outbox& out);

  // Exchanges a content: opens it in the store, registers it with the trackers (a scrape once it is
  // complete there, else started, and completed at the end), fetches what is missing from the peers
  // that they name, and uploads what is had. Nothing happens for one that is exchanged already.
  void exchange(Time now, MetainfoPtr metainfo, Outbox& out);
  void exchange(Time now, const InfoHash& content, Outbox& out);  // its metainfo comes from a peer
  // Uploads only: what is not had is not fetched, and nothing of the user's files is ever written.
  void share(Time now, MetainfoPtr metainfo, Outbox& out);
  // Tells the trackers and the peers, and closes the content in the store.
  void stop(Time now, const InfoHash& content, Outbox& out);
  // Asks this peer too, whatever the trackers say; while it does not answer, again and again.
  void add_peer(Time now, const InfoHash& content, const Endpoint& peer, Outbox& out);
  // This host has another address, and listens on `port` there: trackers and peers are told. What
  // was joined, announced or declared without being exchanged is forgotten.
  void moved(Time now, std::uint16_t port, Outbox& out);
  bool exchanges(const InfoHash& content) const;
  ContentProgress progress(const InfoHash& content) const;  // of one that is exchanged

  std::size_t contents() const { return requester_.contents(); }
  bool idle() const { return requester_.idle(); }  // every request to the trackers is answered
  std::size_t memory() const;

 private:
  Exchange& exchanging();

  const PeerSettings* settings_;
  std::uint64_t seed_;
  PeerInfoRequester requester_;
  std::unique_ptr<Exchange> exchange_;  // only when contents are exchanged
};

}  // namespace swarm
