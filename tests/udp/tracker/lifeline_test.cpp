#include "transport/udp/tracker/lifeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/links/sessions.hpp"
#include "tests/engine/consensus/counted_nonces.hpp"
#include "tests/engine/consensus/members.hpp"

namespace swarm::udp {
namespace {

using test::address_of;

// The certificate of a member of a swarm of the largest size.
Outbox certificate_of_a_member(test::CountedNonces& nonces, bool previous_protocol) {
  const handshake::Process self{test::boot_of(1), test::store_of(1)};
  SessionLinks links(
      {{1, 2, 3}, wire::Cipher::xchacha20_poly1305, previous_protocol, 100ms, self, address_of(1)},
      {});
  std::vector<Endpoint> others;
  for (std::uint32_t n = 2; n <= Config::most; ++n) others.push_back(address_of(n));
  Outbox out;
  out.set_nonces(&nonces);
  links.send(Time(1s), out, others,
             {test::cluster_id, MemberId{1}, {}, self.boot, self.store, Term{1}},
             wire::Dead{MemberId{1}, self.boot, self.store});
  return out;
}

TEST(Lifeline, KeepsTheCertificateOfALargeSwarmInBothVersions) {
  for (const bool previous : {false, true}) {
    test::CountedNonces nonces;
    const Outbox given = certificate_of_a_member(nonces, previous);
    Lifeline lifeline;
    lifeline.set_certificate(given);
    const auto kept = lifeline.certificate();
    ASSERT_EQ(kept.size(), (previous ? 2 : 1) * (Config::most - 1));
    for (std::size_t i = 0; i < kept.size(); ++i) {
      EXPECT_EQ(kept[i].to, given.datagram(i).to);
      EXPECT_TRUE(std::ranges::equal(kept[i].bytes, given.datagram(i).bytes));
    }
  }
}

// What has no room must not be left out silently: the others would wait for the end of a promise.
TEST(Lifeline, WhatHasNoRoomIsAFault) {
  Outbox out;
  out.send(Channel::cluster, address_of(2), std::vector<std::uint8_t>(wire::max_datagram));
  Lifeline lifeline;
  EXPECT_THROW(lifeline.set_certificate(out), AssertionFailed);
}

}  // namespace
}  // namespace swarm::udp
