#include "tests/engine/base/turned_back.hpp"

#include "engine/wire/peer_protocol.hpp"
#include "tests/engine/peer/exchange_net.hpp"
#include "tests/engine/peer/requester_room.hpp"

namespace swarm::requesters {
namespace {

using test::Shown;

Shown requests_of(const StartDraw& draw) {
  Room room{.draw = draw};
  const auto connects = room.join(1);
  const auto announces = room.connect(connects);
  const auto& request = announce(announces);
  return {std::get<ConnectRequest>(connects.at(0)).transaction.value, request.transaction.value,
          request.key, test::end_of(request.peer_id.bytes)};
}

// What a peer that shares a content answers to a stranger's hello: its nonce, and the token with
// which its bytes can be asked for.
Shown welcomes_of(const StartDraw& draw) {
  const auto bytes = test::some_bytes(1000);
  const auto metainfo = test::metainfo_of(bytes, 1000);
  PeerSettings settings{.trackers = group};
  Peer peer(settings, 6881, draw);
  Outbox out;
  peer.start(Time(1s), out);
  peer.exchange(Time(1s), metainfo, out);
  out.clear();
  std::vector<std::uint8_t> hello;
  wire::encode(wire::peer::Hello{{}, metainfo->info_hash, {1}, {2}}, hello);
  peer.receive(Time(1s), {Channel::peers, {0x0a000009, 6881}, false}, hello, out);
  for (std::size_t i = 0; i < out.datagrams(); ++i)
    if (const auto message = wire::decode_peer(out.datagram(i).bytes))
      if (const auto* welcome = std::get_if<wire::peer::Welcome>(&*message))
        return {welcome->nonce.value, welcome->grant.value};
  ADD_FAILURE() << "no welcome";
  return {};
}

TEST(TurnedBack, TheSeedOfTheChancesTellsNoIdOfARequest) {
  test::expect_that_only_entropy_counts(requests_of);
}

TEST(TurnedBack, TheSeedOfTheChancesTellsNoUploadToken) {
  test::expect_that_only_entropy_counts(welcomes_of);
}

}  // namespace
}  // namespace swarm::requesters
