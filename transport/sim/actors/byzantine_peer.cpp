#include "transport/sim/actors/byzantine_peer.hpp"

#include <algorithm>

#include "engine/base/random.hpp"

namespace swarm::sim {

using namespace wire;

ByzantinePeer::ByzantinePeer(const PeerSettings& settings, std::uint16_t port,
                             const StartDraw& draw, PeerBehaviour behaviour,
                             std::vector<const VirtualContent*> contents)
    : registrar_(settings, port, draw),
      seed_(mix(draw.chance + 1)),
      behaviour_(behaviour),
      contents_(std::move(contents)) {}

void ByzantinePeer::start(Time now, Outbox& out) {
  std::vector<InfoHash> hashes;
  for (const auto* content : contents_) hashes.push_back(content->hash());
  registrar_.start(now, out);
  registrar_.declare(now, hashes, out);
}

void ByzantinePeer::wake(Time now, Outbox& out) {
  registrar_.wake(now, out);
  if (next_block_ > now) return;
  send_block(queue_.front(), out);
  queue_.pop_front();
  next_block_ = queue_.empty() ? never : now + wait();
}

void ByzantinePeer::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  if (!is_peer_protocol(datagram)) return registrar_.receive(now, arrival, datagram, out);
  const auto message = decode_peer(datagram);
  if (!message) return;
  if (const auto* hello = std::get_if<peer::Hello>(&*message)) {
    on_hello(arrival.from, *hello, out);
  } else if (const auto* request = std::get_if<peer::Request>(&*message)) {
    on_request(now, arrival.from, *request, out);
  } else if (const auto* ask = std::get_if<peer::Ask>(&*message)) {
    if (const Session* known = session(ask->token, arrival.from))
      say_all(arrival.from, *known, out);
  } else if (const auto* have = std::get_if<peer::Have>(&*message)) {
    // A Have also keeps a session alive, so it is answered.
    if (const Session* known = session(have->token, arrival.from))
      say_all(arrival.from, *known, out);
  } else if (const auto* info = std::get_if<peer::AskInfo>(&*message)) {
    if (const Session* known = session(info->token, arrival.from))
      send(arrival.from, peer::Refuse{known->token, peer::Refusal::no_info, 0}, out);
  } else if (const auto* bye = std::get_if<peer::Bye>(&*message)) {
    sessions_.erase({arrival.from, bye->token});
  }
}

const VirtualContent* ByzantinePeer::find(const InfoHash& content) const {
  for (const auto* own : contents_)
    if (own->hash() == content) return own;
  return nullptr;
}

Token ByzantinePeer::grant(const Endpoint& peer, const InfoHash& content) const {
  std::uint64_t key = mix(seed_ ^ (std::uint64_t{peer.ip.v4()} << 16 | peer.port));
  for (const auto byte : content.bytes) key = mix(key ^ byte);
  return {std::max<std::uint64_t>(key, 1)};
}

ByzantinePeer::Session* ByzantinePeer::session(Token granted, const Endpoint& from) {
  const auto at = sessions_.find({from, granted});
  return at == sessions_.end() ? nullptr : &at->second;
}

void ByzantinePeer::on_hello(const Endpoint& from, const peer::Hello& hello, Outbox& out) {
  const auto* content = find(hello.content);
  if (content == nullptr)
    return send(from, peer::Refuse{hello.grant, peer::Refusal::unknown_content, 0}, out);
  const Token granted = grant(from, hello.content);
  if (hello.token != granted)
    return send(from, peer::Welcome{hello.grant, Nonce{seed_}, granted}, out);
  Session& own = sessions_[{from, granted}];
  own = {content, hello.grant};
  say_all(from, own, out);
}

void ByzantinePeer::say_all(const Endpoint& to, const Session& session, Outbox& out) {
  send(to, peer::Have{session.token, session.content->chunks(), {}}, out);
}

void ByzantinePeer::on_request(Time now, const Endpoint& from, const peer::Request& request,
                               Outbox& out) {
  if (behaviour_ == PeerBehaviour::silent || session(request.token, from) == nullptr) return;
  for (const auto& range : request.ranges)
    for (std::uint32_t block = range.first; block < range.first + std::uint32_t{range.count};
         ++block) {
      const Wanted wanted{from, request.token, range.chunk, block};
      if (behaviour_ == PeerBehaviour::spoiler && block > 0) continue;
      if (lies())
        send_block(wanted, out);
      else if (queue_.size() < longest)
        queue_.push_back(wanted);
    }
  if (next_block_ == never && !queue_.empty()) next_block_ = now + wait();
}

void ByzantinePeer::send_block(const Wanted& wanted, Outbox& out) {
  const Session* to = session(wanted.granted, wanted.to);
  if (to == nullptr || wanted.chunk >= to->content->chunks()) return;
  const auto& chunk = *to->content->chunk(wanted.chunk);
  const std::size_t at = std::size_t{wanted.block} * block_size;
  if (at >= chunk.size()) return;
  const auto bytes = Bytes(chunk).subspan(at, std::min<std::size_t>(block_size, chunk.size() - at));
  std::vector<std::uint8_t> sent(bytes.begin(), bytes.end());
  if (lies())
    for (auto& byte : sent) byte = static_cast<std::uint8_t>(byte ^ 0x5a);
  send(wanted.to,
       peer::Block{to->token, wanted.chunk, static_cast<std::uint16_t>(wanted.block), sent}, out);
}

void ByzantinePeer::send(const Endpoint& to, const PeerMessage& message, Outbox& out) {
  scratch_.clear();
  encode(message, scratch_);
  out.send(Channel::peers, to, scratch_);
}

}  // namespace swarm::sim
