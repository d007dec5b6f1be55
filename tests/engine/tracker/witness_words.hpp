// Helpers for tests of members whose disks contradict each other (R28 to R31).
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tests/engine/tracker/solo_tracker.hpp"

namespace swarm::test {

using What = wire::Witness::What;
using Differ = event::DisksDiffer::What;
using Why = event::Refused::Why;

inline wire::Witness say(What what, std::uint64_t index, std::uint64_t value = 0,
                         std::uint64_t nonce = 0) {
  return {static_cast<std::uint8_t>(what), LogIndex{index}, value, nonce};
}
inline std::vector<wire::Witness> said(const SoloTracker& t, std::uint32_t to, What what) {
  std::vector<wire::Witness> found;
  for (const auto& m : t.said_to<wire::Witness>(to))
    if (m.is() == what) found.push_back(m);
  return found;
}
inline wire::Header of_boot(const SoloTracker& t, std::uint32_t n, std::uint64_t boot) {
  auto header = t.header(n, t.view().term.value);
  header.boot = BootId{boot};
  return header;
}
inline void status(SoloTracker& t, std::uint32_t n, std::uint64_t boot, std::uint64_t kept) {
  wire::Status s;
  s.role = static_cast<std::uint8_t>(Role::slave);
  s.last = s.durable = s.commit = s.applied = LogIndex{kept};
  t.hear(of_boot(t, n, boot), s, address_of(n));
}
inline void takes_no_part(SoloTracker& t, Why why) {
  ASSERT_EQ(t.events<event::Refused>().size(), 1u);
  EXPECT_EQ(t.events<event::Refused>()[0].why, why);
  t.forget();
  t.vote(2, t.view().term.value + 1, 100, 9);
  t.keep_alive(3, t.view().term.value + 2, 100, 9, 100);
  t.pass(2s);
  EXPECT_EQ(t.datagrams(), 0u);
  EXPECT_EQ(t.view().role, Role::removed);
}

}  // namespace swarm::test
