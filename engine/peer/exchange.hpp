// Exchanges contents with other peers. Connects the seed's Download Manager and Upload Manager with
// the sessions, the trackers and the store. A Peer owns this object; peer.hpp explains the calls.
#pragma once

#include <functional>

#include "engine/peer/download_manager.hpp"
#include "engine/peer/info_exchange.hpp"
#include "engine/peer/peer.hpp"
#include "engine/peer/sessions.hpp"
#include "engine/peer/upload_manager.hpp"

namespace swarm {

class Exchange final : public PeerListener {
 public:
  // `requester` registers the contents. `requester` and `settings` must outlive this object.
  Exchange(const ExchangeSettings& settings, PeerInfoRequester& requester, const StartDraw& draw);

  void begin(Time now, const InfoHash& hash, MetainfoPtr metainfo, bool fetches, Outbox& out);
  void stop(Time now, const InfoHash& hash, Outbox& out);
  void add_peer(Time now, const InfoHash& hash, const Endpoint& peer, Outbox& out);
  // This host has a new address. Call it after PeerInfoRequester::begin_anew(). Registers the
  // contents and greets the peers from the new address.
  void begin_anew(Time now, Outbox& out);
  bool has(const InfoHash& hash) const { return context_.contents.contains(hash); }
  ContentProgress progress(const InfoHash& hash) const;

  void receive(Time now, const Endpoint& from, Bytes datagram, Outbox& out);
  void stored(Time now, const StoreReport& report, Outbox& out);
  void wake(Time now, Outbox& out);
  Time next_wake() const { return context_.wake; }
  // Passes the peers that announced() noted, while the requester handled a datagram, to
  // Sessions::candidates(), which calls some of them.
  void take_announced(Time now, Outbox& out);
  std::size_t memory() const;

  void answered(Time, const TrackerAnswer&) override {}
  void announced(Time now, const AnnounceAnswer& answer) override;

 private:
  struct Handler;
  void knows_more(Time now, Session& session, Outbox& out);
  void open(Content& content, Outbox& out);
  void on_opened(Time now, Content& content, const StoreReport& report, Outbox& out);
  void on_written(Time now, Content& content, const StoreReport& report, Outbox& out);
  void on_read(Time now, Content& content, const StoreReport& report, Outbox& out);
  void on_checked(Time now, Content& content, const StoreReport& report, Outbox& out);
  void check_some(Content& content, Outbox& out);
  void gained(Time now, Content& content, std::uint32_t chunk, Outbox& out);
  void lost(Time now, Content& content, std::uint32_t chunk, Outbox& out);
  void review_complete(Time now, Content& content, Outbox& out);
  void fail(Time now, Content& content, Outbox& out);
  void join(Time now, Content& content, Outbox& out);
  void leave_first(Time now, Content& content, Outbox& out);
  void search(Time now, Content& content, Outbox& out);
  void sweep();

  ExchangeContext context_;
  PeerInfoRequester& requester_;
  Sessions sessions_;
  DownloadManager download_;
  UploadManager upload_;
  InfoExchange info_;
  struct Announced {
    InfoHash content;
    std::vector<Endpoint> peers;
    Endpoint tracker;
  };
  std::vector<Announced> announced_;
};

}  // namespace swarm
