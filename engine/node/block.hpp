// A block of the log, and the two operations that the consensus itself needs: NOOP and CONFIG.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"

namespace swarm {

struct Noop {  // the first operation that a new master appends (R5)
  friend auto operator<=>(const Noop&, const Noop&) = default;
};

enum class Standing : std::uint8_t { learner = 0, voter = 1 };
enum class ReadyPolicy : std::uint8_t { majority = 0, in_sync = 1 };

struct Member {
  MemberId id;
  StoreId store;
  Standing standing{};
  bool in_sync{};    // with ReadyPolicy::in_sync, a commit needs this member
  Endpoint cluster;  // the address to which other trackers send
  friend auto operator<=>(const Member&, const Member&) = default;
};

using Secret = std::array<std::uint8_t, 16>;  // a SipHash key

struct Config {                 // R20; each CONFIG operation has all these fields
  std::vector<Member> members;  // ordered by id, at most Config::most
  ReadyPolicy ready{};
  MemberId next_id;                            // the id that the next new member gets
  Secret current_secret{}, previous_secret{};  // keys of the connection ids
  SwarmTime secret_since{};                    // when the secrets were last rotated; zero: never
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
  // True if there is a voter, and the next new member will get an unused id.
  bool sound() const { return voters() > 0 && members.back().id < next_id; }
};

// A log entry: a list of operations that always fits one datagram.
struct Block {
  LogIndex index;
  Term term;
  SwarmTime stamp;                       // swarm time when the master closed the block (R14)
  std::vector<std::uint8_t> operations;  // encoded: wire/entries.hpp; at most Block::most bytes
  static constexpr std::size_t most = 1024;
};
using BlockPtr = std::shared_ptr<const Block>;

}  // namespace swarm
