// A peer of the swarm, with the seed's components for peers. Its Peer Info Requester registers
// contents. If its host has a store, its Download Manager and Upload Manager exchange contents. It
// is lean: with one content registered and nothing under way it takes less than 300 bytes in all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/node/node.hpp"
#include "engine/peer/peer_info_requester.hpp"

namespace swarm {

class Exchange;

// The progress of a content that is exchanged.
struct ContentProgress {
  MetainfoPtr metainfo;                // null: not fetched yet
  std::uint32_t had{}, chunks{};       // verified and on disk; in all (0: not known yet)
  std::uint32_t doubtful{};            // chunks still to be checked on disk
  std::uint32_t peers{}, uploaders{};  // open sessions; those that are asked for blocks now
  std::uint32_t mute{};  // sessions that send short datagrams, but nothing that they are asked for
  Endpoint mute_peer;    // the peer of one of these
  // Bytes of blocks that came: all; and those that were here already, or belonged to a chunk that
  // was dropped or failed its hash.
  std::uint64_t received{}, wasted{};
  std::uint64_t sent{};  // bytes of blocks
  bool opened{}, failed{}, complete{};
  // Why the info dictionary that peers sent cannot be used. "It" in this text is the content.
  std::string useless_info;
};

class Peer final : public Node {
 public:
  // `settings` must outlive the peer. The peer listens on `port`, and announces it. Its ids and its
  // jitter follow from `seed`, which must differ for each peer and each start.
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

  // Exchanges a content: opens it in the store, registers it with the trackers, fetches the missing
  // chunks from the peers that they name, and uploads the chunks that it has. A content that is
  // complete in the store is registered by a scrape. Any other is registered by *started*, and by
  // *completed* at the end. Nothing happens for a content that is exchanged already.
  void exchange(Time now, MetainfoPtr metainfo, Outbox& out);
  void exchange(Time now, const InfoHash& content, Outbox& out);  // its metainfo comes from a peer
  // Uploads only: missing chunks are not fetched, and the user's files are never written.
  void share(Time now, MetainfoPtr metainfo, Outbox& out);
  // Ends the exchange: tells the trackers and the peers, and closes the content in the store.
  void stop(Time now, const InfoHash& content, Outbox& out);
  // Calls this peer, too, whatever the trackers say: again and again, while it does not answer.
  void add_peer(Time now, const InfoHash& content, const Endpoint& peer, Outbox& out);
  // This host has another address, and listens on `port` there. Tells the trackers and the peers.
  // Forgets the contents that were joined, announced or declared, but are not exchanged.
  void moved(Time now, std::uint16_t port, Outbox& out);
  bool exchanges(const InfoHash& content) const;
  ContentProgress progress(const InfoHash& content) const;  // only if it is exchanged

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
