// A block of the log, and the two operations of the consensus itself: NOOP and CONFIG.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

struct Noop {  // a new master's first (R5)
  friend auto operator<=>(const Noop&, const Noop&) = default;
};

enum class Standing : std::uint8_t { learner = 0, voter = 1 };
enum class ReadyPolicy : std::uint8_t { majority = 0, in_sync = 1 };

struct Member {
  MemberId id;
  StoreId store;
  Standing standing{};
  bool in_sync{};    // counts for ReadyPolicy::in_sync
  Endpoint cluster;  // where the other trackers reach it
  friend auto operator<=>(const Member&, const Member&) = default;
};

using Secret = std::array<std::uint8_t, 16>;  // a SipHash key

struct Config {                 // R20; the whole of it in each CONFIG entry
  std::vector<Member> members;  // ordered by id, at most Config::most
  ReadyPolicy ready{};
  MemberId next_id;                            // the id of the next one to join
  Secret current_secret{}, previous_secret{};  // of the connection ids
  SwarmTime secret_since{};                    // of the last rotation; zero: there was none
  static constexpr std::size_t most = 16;
  friend auto operator<=>(const Config&, const Config&) = default;

  const Member* find(MemberId id) const {
    for (const auto& m : members)
      if (m.id == id) return &m;
    return nullptr;
  }
  std::size_t voters() const {
    std::size_t n = 0;
    for (const auto& m : members) n += m.standing == Standing::voter;
    return n;
  }
  std::size_t quorum() const { return voters() / 2 + 1; }
  // Somebody votes, and no id is given twice.
  bool sound() const { return voters() > 0 && members.back().id < next_id; }
};

// A log entry: operations that always fit one datagram.
struct Block {
  LogIndex index;
  Term term;
  SwarmTime stamp;                       // when its master closed it (R14)
  std::vector<std::uint8_t> operations;  // encoded: wire/entries.hpp; at most Block::most bytes
  static constexpr std::size_t most = 1024;
};
using BlockPtr = std::shared_ptr<const Block>;

}  // namespace swarm
