// Upload Manager (seed table 1): answers requests for blocks, in fair turns.
//
// Only a client that has an upload slot is served. There are few slots, so that each one gives a
// useful rate. A client that finds no free slot gets `busy` and waits in a queue. A client loses
// its slot to the first client in the queue when it asks for nothing, or when its time is over. The
// client that gets the slot receives `ready`. The clients with slots get blocks round robin. The
// store reads chunks and verifies them again. Chunks stay in memory for a while, because other
// clients are likely to ask for the same chunks.
#pragma once

#include <list>
#include <unordered_map>

#include "engine/peer/rate_limit.hpp"
#include "engine/peer/sessions.hpp"

namespace swarm {

class UploadManager {
 public:
  UploadManager(ExchangeContext& context, Sessions& sessions);

  void on_request(Time now, Session& session, const wire::peer::Request& request, Outbox& out);
  void ended(Time now, Session& session, Outbox& out);
  // Keeps a chunk in memory: the store has read or written it, and `bytes` are verified.
  void keep(const Content& content, std::uint32_t chunk, ChunkBytes bytes);
  void was_read(Time now, Content& content, const StoreReport& report, Outbox& out);
  void forget(const Content& content, std::uint32_t chunk);
  void forget(const Content& content);
  void wake(Time now, Outbox& out);

 private:
  struct Key {
    InfoHash content;
    std::uint32_t chunk;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::uint64_t key;  // nobody else knows it, because others choose the info-hashes
    std::size_t operator()(const Key& chunk) const;
  };
  struct Kept {
    Key key;
    ChunkBytes bytes;
  };

  bool take_slot(Time now, Session& session);
  void give_slot(Time now, Session& session);
  void lose_slot(Session& session);
  void turn_over(Time now, Outbox& out);
  bool may_lose(Time now, const Client& client, bool idle) const;
  void refill(Time now, Outbox& out);
  void empty(Client& client);
  const ChunkBytes* find(const Content& content, std::uint32_t chunk);
  void serve(Time now, Outbox& out);
  std::uint32_t serve(Time now, Session& session, Outbox& out);
  bool ask_store(const Content& content, std::uint32_t chunk, Outbox& out);
  void send_blocks(Time now, Session& session, Client::Wanted& wanted, const ChunkBytes& bytes,
                   std::uint32_t most, Outbox& out);

  ExchangeContext& context_;
  Sessions& sessions_;
  RateLimit limit_;
  std::vector<Session*> slots_;    // the clients with slots, in the order of serving
  std::vector<Session*> waiting_;  // for a slot; the client that has waited longest is first
  std::size_t next_ = 0;           // the index in slots_ of the client to serve next
  Time next_turn_ = never;         // when to look for clients that must give up their slots
  std::list<Kept> kept_;           // most recently used first
  std::unordered_map<Key, std::list<Kept>::iterator, Hash> by_key_;  // never iterated
  std::size_t kept_bytes_ = 0;
  std::vector<Key> reading_;  // the chunks that the store is reading
};

}  // namespace swarm
