#include "transport/sim/checks/exchange_checkers.hpp"

#include <fmt/format.h>

#include "engine/base/bytes.hpp"
#include "engine/wire/peer_protocol.hpp"

namespace swarm::sim {
namespace {

// Offsets and types of the messages on the wire (engine/wire/peer_protocol.hpp).
constexpr std::size_t kind_at = 3, token_at = 4, body_at = 12;
constexpr std::size_t hello_grant_at = 40, welcome_grant_at = 20;
enum : std::uint8_t { hello = 1, welcome = 2, have = 4, bits = 5, block = 7 };

std::uint64_t word_at(Bytes datagram, std::size_t at) {
  return Reader(datagram.subspan(at)).u64();
}

std::uint64_t key_of(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return mix(mix(mix(a) ^ b) ^ c) >> 1;  // never FlatMap's empty key
}

}  // namespace

ExchangeCheckers::ExchangeCheckers(const ExchangeCrowd& peers)
    : peers_(peers), sent_(peers.size()), received_(peers.size()), starts_(peers.size()) {}

void ExchangeCheckers::fail(const char* name, std::uint32_t peer, const std::string& what) const {
  throw CheckFailed(name, 0, peers_.name_of(peer) + " " + what);
}

// A token is valid for only one start of a process, so the number of the start is a part of the
// key.
std::uint64_t ExchangeCheckers::granted_key(std::uint32_t peer, const Endpoint& other,
                                            std::uint64_t token) const {
  return key_of(token, std::uint64_t{other.ip.v4()} << 16 | other.port,
                std::uint64_t{peer} << 32 | starts_[peer]);
}
std::uint64_t ExchangeCheckers::shown_key(std::uint32_t peer, const Endpoint& other) const {
  return granted_key(peer, other, 0);
}

std::uint32_t ExchangeCheckers::content_of(std::uint64_t token) const {
  const auto* known = tokens_.find(token >> 1);
  return known == nullptr ? 0 : known->content;
}
std::uint32_t ExchangeCheckers::content_of(const InfoHash& hash) const {
  for (std::uint32_t i = 0; i < peers_.contents().size(); ++i)
    if (peers_.contents()[i].hash() == hash) return i + 1;
  return 0;
}

void ExchangeCheckers::receiving(HostId host, const Arrival& arrival, Bytes datagram) {
  if (!wire::is_peer_protocol(datagram) || datagram.size() < body_at) return;
  const std::uint32_t peer = peers_.peer_of(host);
  answering_ = {peer, arrival.from, datagram.size()};
  if (datagram[kind_at] == block && datagram.size() > wire::block_header)
    received_[peer] += datagram.size() - wire::block_header;
  const std::uint64_t shown = shown_key(peer, arrival.from);
  if (shown_.find(shown) != nullptr) return;
  if (granted_.find(granted_key(peer, arrival.from, word_at(datagram, token_at))) != nullptr)
    shown_[shown].yes = true;
}

void ExchangeCheckers::stepped(HostId host, std::uint32_t start, const Outbox& out) {
  const std::uint32_t peer = peers_.peer_of(host);
  starts_[peer] = start;
  for (std::size_t i = 0; i < out.datagrams(); ++i) {
    const auto datagram = out.datagram(i);
    if (wire::is_peer_protocol(datagram.bytes) && datagram.bytes.size() >= body_at)
      sends(peer, datagram.to, datagram.bytes);
  }
  if (peers_.honest(peer))
    for (const swarm::Event& event : out.events()) check_event(peer, event);
  answering_ = {};
}

void ExchangeCheckers::sends(std::uint32_t peer, const Endpoint& to, Bytes datagram) {
  const std::uint8_t kind = datagram[kind_at];
  if (kind == block) sent_[peer] += datagram.size() - wire::block_header;
  if (peers_.honest(peer)) {
    check_size(peer, to, datagram);
    if (kind == block) check_block(peer, datagram);
    if (kind == have || kind == bits) check_said(peer, datagram);
  }
  if (kind == hello) {
    InfoHash content;
    std::copy_n(datagram.begin() + body_at, content.bytes.size(), content.bytes.begin());
    const std::uint64_t grant = word_at(datagram, hello_grant_at);
    granted_[granted_key(peer, to, grant)].yes = true;
    tokens_[grant >> 1].content = content_of(content);
  } else if (kind == welcome) {
    const std::uint64_t grant = word_at(datagram, welcome_grant_at);
    granted_[granted_key(peer, to, grant)].yes = true;
    const std::uint32_t content = content_of(word_at(datagram, token_at));
    tokens_[grant >> 1].content = content;
  }
}

void ExchangeCheckers::check_size(std::uint32_t peer, const Endpoint& to, Bytes datagram) {
  if (shown_.find(shown_key(peer, to)) != nullptr || datagram[kind_at] == hello) return;
  const bool answers = answering_.peer == peer && answering_.from == to;
  if (!answers || datagram.size() > answering_.left)
    fail("never_amplifies", peer,
         fmt::format("sent {} bytes to {}, which has not shown its token and asked with {}.",
                     datagram.size(), to_string(to), answers ? answering_.left : 0));
  answering_.left -= datagram.size();
}

void ExchangeCheckers::check_row(std::uint32_t peer, std::uint32_t content, std::uint32_t chunk,
                                 const char* what) const {
  const auto* file = peers_.store(peer).find(peers_.contents()[content - 1].hash());
  if (file == nullptr || chunk >= file->rows.size() || !file->rows.test(chunk))
    fail("chunk_rows_are_true", peer,
         fmt::format("{} chunk {}, which is not in its CHUNK.", what, chunk));
}

void ExchangeCheckers::check_block(std::uint32_t peer, Bytes datagram) {
  const std::uint32_t content = content_of(word_at(datagram, token_at));
  if (content == 0) return;
  Reader reader(datagram.subspan(body_at));
  const std::uint32_t chunk = reader.u32();
  const std::size_t offset = std::size_t{reader.u16()} * wire::block_size;
  if (!peers_.contents()[content - 1].equals(chunk, offset, datagram.subspan(wire::block_header)))
    fail("sends_only_the_source", peer,
         fmt::format("sent bytes for chunk {} that are not the content's.", chunk));
  check_row(peer, content, chunk, "sent a block of");
}

void ExchangeCheckers::check_said(std::uint32_t peer, Bytes datagram) {
  const std::uint32_t content = content_of(word_at(datagram, token_at));
  const auto message = wire::decode_peer(datagram);
  if (content == 0 || !message) return;
  if (const auto* said = std::get_if<wire::peer::Have>(&*message)) {
    for (const auto chunk : said->chunks) check_row(peer, content, chunk, "says that it has");
    const auto* file = peers_.store(peer).find(peers_.contents()[content - 1].hash());
    const std::uint32_t rows = file == nullptr ? 0 : file->rows.count();
    if (said->count > rows)
      fail("chunk_rows_are_true", peer,
           fmt::format("says that it has {} chunks with {} in its CHUNK.", said->count, rows));
  } else if (const auto* map = std::get_if<wire::peer::Bits>(&*message)) {
    for (std::uint32_t i = 0; i < map->bits.size() * 8; ++i)
      if ((map->bits[i / 8] & 0x80 >> i % 8) != 0)
        check_row(peer, content, map->first + i, "says that it has");
  }
}

void ExchangeCheckers::check_event(std::uint32_t peer, const swarm::Event& event) const {
  if (const auto* complete = std::get_if<event::ContentComplete>(&event))
    check_complete(peer, complete->content);
  if (const auto* stored = std::get_if<event::ChunkStored>(&event))
    check_row(peer, content_of(stored->content), stored->chunk, "has stored");
}

void ExchangeCheckers::check_complete(std::uint32_t peer, const InfoHash& hash) const {
  const auto* file = peers_.store(peer).find(hash);
  const auto& content = peers_.contents()[content_of(hash) - 1];
  for (std::uint32_t chunk = 0; chunk < content.chunks(); ++chunk) {
    if (file != nullptr && file->damaged.test(chunk)) continue;
    if (file == nullptr || file->on_disk[chunk] == nullptr ||
        (file->on_disk[chunk] != content.chunk(chunk) &&
         *file->on_disk[chunk] != *content.chunk(chunk)))
      fail("complete_is_the_source", peer,
           fmt::format("says that it is complete, but chunk {} is not on its disk.", chunk));
  }
}

void ExchangeCheckers::finish() const {
  for (std::uint32_t peer = 0; peer < peers_.size(); ++peer)
    for (const auto& [hash, file] : peers_.store(peer).files())
      file.rows.for_each([&, &kept = file](std::uint32_t chunk) {
        const auto& bytes = kept.on_disk[chunk];
        const bool is =
            bytes != nullptr && kept.source != nullptr && kept.source->equals(chunk, 0, *bytes);
        if (!is && !kept.damaged.test(chunk))
          fail("chunk_rows_are_true", peer,
               fmt::format("has chunk {} in its CHUNK, but not on its disk.", chunk));
      });
}

}  // namespace swarm::sim
