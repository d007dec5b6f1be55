// Upload Manager (seed table 1): answers requests for blocks, in fair turns.
//
// Only a client that has an upload slot is served. There are few slots, so that each is worth
// something. A client that finds no free slot gets `busy` and waits in a queue. When a slot is idle
// or its turn is over, it goes to the first client in the queue, which gets `ready`. The clients
// with slots get blocks round robin. Chunks come from the store, which verifies them once more.
// They are kept for a while, because other clients will ask for them, too.
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
  // The store has read or written this chunk, and here are its verified bytes.
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
    std::size_t operator()(const Key& key) const;
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
  std::vector<Session*> slots_;    // in the order of their turns
  std::vector<Session*> waiting_;  // for a slot; the longest waiting first
  std::size_t next_ = 0;           // the place in slots_ to serve next
  Time next_turn_ = never;         // when to look for slots that can change hands
  std::list<Kept> kept_;           // the chunk that was used last comes first
  std::unordered_map<Key, std::list<Kept>::iterator, Hash> by_key_;  // never iterated
  std::size_t kept_bytes_ = 0;
  std::vector<Key> reading_;
};

}  // namespace swarm
