// A peer of the swarm, with the seed's components for peers. Its Peer Info Requester registers
// contents. If its host has a store, its Download Manager and Upload Manager exchange contents. A
// Peer with one registered content and no request under way takes less than 300 bytes in all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/node/node.hpp"
#include "engine/peer/peer_info_requester.hpp"
#include "engine/peer/refusals.hpp"

namespace swarm {

class Exchange;

// The progress of a content that is exchanged.
struct ContentProgress {
  MetainfoPtr metainfo;           // null: not fetched yet
  std::uint32_t had{}, chunks{};  // chunks that are verified and on disk; all chunks (0: unknown)
  std::uint32_t doubtful{};       // chunks that the store still has to check
  // Open sessions; sessions from which requested blocks are still expected.
  std::uint32_t peers{}, uploaders{};
  // Mute sessions: datagrams come from the other peer, but no data that it was asked for. Perhaps
  // the network path drops long datagrams.
  std::uint32_t mute{};
  Endpoint mute_peer;  // the peer of a mute session, if there is one
  // `received`: bytes of all blocks that came. `wasted`: bytes of blocks that were not needed, or
  // whose chunk was dropped or failed its hash.
  std::uint64_t received{}, wasted{};
  std::uint64_t sent{};  // bytes of blocks sent
  Refusals refusals;
  bool opened{}, failed{}, complete{};
  // Why the info dictionary that peers sent cannot be used; otherwise empty. "It" in this text
  // means the content.
  std::string useless_info;
};

class Peer final : public Node {
 public:
  // `settings` must outlive the peer. The peer listens on `port` and announces this port. Its ids
  // and its jitter are derived from `draw`, which must differ for each peer and each start.
  Peer(const PeerSettings& settings, std::uint16_t port, const StartDraw& draw);
  ~Peer() override;

  void start(Time now, Outbox& out) override;
  void receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) override;
  void wake(Time now, Outbox& out) override;
  Time next_wake() const override;
  void persisted(Time now, Ticket ticket, Outbox& out) override;
  void stored(Time now, const StoreReport& report, Outbox& out) override;

  // peer_info_requester.hpp explains these calls. Each may make next_wake() earlier.
  void join(Time now, const InfoHash& content, Outbox& out);
  void complete(Time now, const InfoHash& content, Outbox& out);
  void leave(Time now, const InfoHash& content, Outbox& out);
  void announce_once(Time now, const InfoHash& content, wire::AnnounceEvent event, Outbox& out);
  void declare(Time now, std::span<const InfoHash> contents, Outbox& out);

  // Exchanges a content: opens it in the store, registers it with the trackers, fetches the missing
  // chunks from the peers that they name, and uploads the chunks that it has. A content that is
  // complete in the store is registered by a scrape. An incomplete one is registered by *started*,
  // and by *completed* when its last chunk is on disk. A second call has no effect.
  void exchange(Time now, MetainfoPtr metainfo, Outbox& out);
  void exchange(Time now, const InfoHash& content, Outbox& out);  // gets the metainfo from a peer
  // Exchanges a content, but only uploads it. Missing chunks are not fetched, and the user's files
  // are never written.
  void share(Time now, MetainfoPtr metainfo, Outbox& out);
  // Ends the exchange: tells the trackers and the peers, and closes the content in the store.
  void stop(Time now, const InfoHash& content, Outbox& out);
  // Makes this peer call `peer` even if no tracker named it. Repeats the call while `peer` does
  // not answer.
  void add_peer(Time now, const InfoHash& content, const Endpoint& peer, Outbox& out);
  // This host has a new address, and listens on `port` there. Tells the trackers and the peers of
  // the exchanged contents. Forgets the other contents (joined, announced or declared).
  void moved(Time now, std::uint16_t port, Outbox& out);
  bool exchanges(const InfoHash& content) const;
  ContentProgress progress(const InfoHash& content) const;  // `content` must be exchanged

  std::size_t contents() const { return requester_.contents(); }
  bool idle() const { return requester_.idle(); }  // no request to the trackers is open
  std::size_t memory() const;

 private:
  Exchange& exchanging();

  const PeerSettings* settings_;
  PeerInfoRequester requester_;
  std::unique_ptr<Exchange> exchange_;  // null until a content is exchanged
};

}  // namespace swarm
