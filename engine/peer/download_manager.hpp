// Download Manager (seed table 1): asks the sessions for blocks, and handles the blocks that come.
//
// Each chunk under way has an owner: a session that is asked for the chunk's blocks, from the
// front. A session that has no other chunk left to fetch helps the owner: it is asked for blocks
// from the end. These are free blocks, and a few blocks that another session was asked for too long
// ago (the end game). If the owner sends too little for some seconds, its chunks go to another
// session. A whole chunk goes to the store, which hashes it. If the chunk fails its hash, it is
// fetched again from a single peer. If all its blocks came from one peer, that peer is banned. If
// they came from several, those are banned that had sent other blocks than the right ones, as soon
// as these have come. Sessions do not help with a chunk that must come from a single peer. Instead
// another session takes the chunk over if its owner sends no block of it for some time, or has had
// it for too long.
#pragma once

#include "engine/peer/block_request.hpp"
#include "engine/peer/rate_limit.hpp"
#include "engine/peer/sessions.hpp"
#include "engine/peer/spoilt_chunks.hpp"

namespace swarm {

class DownloadManager {
 public:
  DownloadManager(ExchangeContext& context, Sessions& sessions);

  // The store has opened the content. Every chunk that is neither had nor doubtful is wanted now.
  void begin(Content& content);
  // Asks the session for as many blocks as its window has room for. Call it whenever the session
  // may have more blocks to offer, or room for more requests.
  void fill(Time now, Session& session, Outbox& out);
  void fill_all(Time now, Content& content, Outbox& out);

  void on_block(Time now, Session& session, const wire::peer::Block& block, Outbox& out);
  void on_refuse(Time now, Session& session, const wire::peer::Refuse& refuse, Outbox& out);
  void on_ready(Time now, Session& session, Outbox& out);
  // The session ends or begins anew. Other sessions fetch its chunks now.
  void ended(Time now, Session& session, Outbox& out);

  // The store reports the result of writing a chunk. True: the chunk is on disk now.
  bool written(Time now, Content& content, const StoreReport& report, Outbox& out);
  // Marks a chunk as wanted. It must be neither had nor under way.
  void want(Content& content, std::uint32_t chunk);

  void wake(Time now, Content& content, Outbox& out);
  void forget(const Content& content);  // written() will not be called for this content any more

 private:
  using Partials = std::map<std::uint32_t, PartialChunk>;
  static constexpr Duration least_age = 20ms;  // of a request that a helper may repeat

  bool may_ask(Time now, const Session& session) const;
  std::uint32_t room(const Session& session) const;
  void ask_own(Time now, Session& session, BlockRequest& request);
  void ask_more(Time now, Session& session, BlockRequest& request);
  bool adopt(Session& session);
  bool take_new(Time now, Session& session);
  bool take_over(Time now, Session& session);
  void help(Time now, Session& session, BlockRequest& request);
  bool ask_free(Time now, Session& session, Partials::value_type& partial, BlockRequest& request);
  void ask(Time now, Session& session, Partials::value_type& partial, std::uint32_t block,
           BlockRequest& request);
  void wake_helpers(Time now, const Content& content);
  void send(Time now, Session& session, BlockRequest& request, Outbox& out);

  bool settle(Time now, Session& session, const wire::peer::Block& block);
  void give_up_overtaken(Time now, Session& session);
  void give_up(Session& session, Source::Asked& asked);
  void give_up_old(Time now, Session& session);
  void give_up_chunk(Session& session, std::uint32_t chunk);
  void review_pace(Time now, Session& session, Outbox& out);
  static Session* better_source(Time now, const Session& session, std::uint32_t chunk);
  std::uint64_t left_behind(const Content& content) const;
  void release(Session& session);
  void release(Session& session, std::uint32_t chunk);
  void pause(Time now, Session& session, Duration duration, Outbox& out);
  void silence(Time now, Session& session, Outbox& out);
  static WrittenChunk written_chunk(PartialChunk& partial);
  void whole(Content& content, Partials::iterator partial, Outbox& out);
  void blame(Time now, Content& content, std::uint32_t chunk, WrittenChunk written, Outbox& out);

  ExchangeContext& context_;
  Sessions& sessions_;
  RateLimit limit_;
  SpoiltChunks spoilt_;
  std::uint64_t under_way_ = 0;  // requested blocks that are not settled, in all sessions
  std::uint64_t unwritten_ = 0;  // bytes of chunks that the store has not reported yet
};

}  // namespace swarm
