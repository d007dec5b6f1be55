// Makes members, their CONFIG and blocks for tests. The address, store and boot of member n are
// derived from n.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/node/operation.hpp"
#include "engine/wire/operations.hpp"

namespace swarm::test {

inline constexpr ClusterId cluster_id{7};

inline StoreId store_of(std::uint32_t n) {
  return {100 + std::uint64_t{n}};
}
inline BootId boot_of(std::uint32_t n) {
  return {1000 + std::uint64_t{n}};
}
inline Endpoint address_of(std::uint32_t n) {
  return {0x0a000000 + n, 7000};
}

inline Member voter(std::uint32_t n) {
  return {MemberId{n}, store_of(n), Standing::voter, true, address_of(n)};
}
inline Member learner(std::uint32_t n) {
  return {MemberId{n}, store_of(n), Standing::learner, false, address_of(n)};
}
inline Config voters(std::uint32_t n, ReadyPolicy ready = ReadyPolicy::majority) {
  Config config;
  for (std::uint32_t i = 1; i <= n; ++i) config.members.push_back(voter(i));
  config.ready = ready;
  config.next_id = MemberId{n + 1};
  config.current_secret.fill(9);
  return config;
}

inline std::vector<std::uint8_t> encoded(const Operation& operation) {
  std::vector<std::uint8_t> out;
  wire::encode(operation, out);
  return out;
}
inline BlockPtr block(std::uint64_t index, std::uint64_t term, const Operation& operation = Noop{},
                      std::uint64_t stamp_us = 0) {
  return std::make_shared<Block>(
      Block{LogIndex{index}, Term{term}, SwarmTime{stamp_us}, encoded(operation)});
}

}  // namespace swarm::test
