// Checks what must hold for peers that exchange contents: every datagram that they receive and
// send, every step, and what is on their disks. Throws CheckFailed if a property does not hold.
//
//   complete_is_the_source   A peer that is complete has the content on disk, byte for byte.
//   chunk_rows_are_true      A chunk with a CHUNK row is on disk with the content's bytes, unless
//                            it was damaged from outside and has not been read since. If a peer
//                            says that it has a chunk, or sends a block of it, the chunk has a row.
//   sends_only_the_source    Each block that an honest peer sends has the content's bytes.
//   never_amplifies          To an address that has not shown a token granted to it, a peer sends
//                            only calls of its own (hello) and answers. All answers to one datagram
//                            together are no larger than that datagram.
#pragma once

#include <vector>

#include "transport/sim/actors/exchange_crowd.hpp"
#include "transport/sim/checks/checker.hpp"
#include "transport/sim/checks/checkers.hpp"
#include "transport/sim/world/flat_map.hpp"

namespace swarm::sim {

class ExchangeCheckers final : public Checker {
 public:
  explicit ExchangeCheckers(const ExchangeCrowd& peers);

  void receiving(HostId host, const Arrival& arrival, Bytes datagram) override;
  void stepped(HostId host, std::uint32_t start, const Outbox& out) override;
  void finish() const override;  // checks what all disks hold at the end

  // Bytes of blocks.
  std::uint64_t sent(std::uint32_t peer) const { return sent_[peer]; }
  std::uint64_t received(std::uint32_t peer) const { return received_[peer]; }

 private:
  struct Known {
    std::uint64_t key;  // granted_key() or shown_key()
    bool yes;
  };
  struct OfContent {  // the content that a token is for
    std::uint64_t key;
    std::uint32_t content;  // from 1; 0: unknown
  };
  struct Answering {  // the datagram that the current step may answer
    std::uint32_t peer = ~std::uint32_t{0};
    Endpoint from;
    std::size_t left = 0;  // bytes that the answers may still have
  };

  void sends(std::uint32_t peer, const Endpoint& to, Bytes datagram);
  void check_size(std::uint32_t peer, const Endpoint& to, Bytes datagram);
  void check_block(std::uint32_t peer, Bytes datagram);
  void check_said(std::uint32_t peer, Bytes datagram);
  void check_row(std::uint32_t peer, std::uint32_t content, std::uint32_t chunk,
                 const char* what) const;
  void check_event(std::uint32_t peer, const swarm::Event& event) const;
  void check_complete(std::uint32_t peer, const InfoHash& hash) const;
  std::uint64_t granted_key(std::uint32_t peer, const Endpoint& other, std::uint64_t token) const;
  std::uint64_t shown_key(std::uint32_t peer, const Endpoint& other) const;
  std::uint32_t content_of(std::uint64_t token) const;  // from 1; 0: unknown
  std::uint32_t content_of(const InfoHash& hash) const;
  [[noreturn]] void fail(const char* name, std::uint32_t peer, const std::string& what) const;

  const ExchangeCrowd& peers_;
  std::vector<std::uint64_t> sent_, received_;
  std::vector<std::uint32_t> starts_;
  FlatMap<Known> granted_, shown_;
  FlatMap<OfContent> tokens_;
  Answering answering_;
};

}  // namespace swarm::sim
