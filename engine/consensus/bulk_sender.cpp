#include "engine/consensus/bulk_sender.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {
constexpr std::size_t most_waiting = 256;  // items per member; a member asks for fewer at once
constexpr std::size_t below_udp = 66;      // bytes of Ethernet, IP and UDP headers on the wire
}  // namespace

void BulkSender::begin(unsigned caution) {
  end();
  caution_ = caution;
  all_ = BulkRate(s_.now);
}

void BulkSender::end() {
  receivers_.clear();
  turn_ = 0;
  s_.timers.clear(Timer::bulk);
}

BulkSender::Receiver& BulkSender::of(MemberId id) {
  for (auto& receiver : receivers_)
    if (receiver.id == id) return receiver;
  return receivers_.emplace_back(id, s_.now);
}

void BulkSender::ask_chunk(MemberId to, std::uint32_t chunk) {
  ask(to, {true, chunk});
}

void BulkSender::ask_block(MemberId to, LogIndex index, bool may_hurry) {
  ask(to, {false, index.value}, may_hurry);
}

void BulkSender::ask(MemberId to, Item item, bool may_hurry) {
  auto& receiver = of(to);
  SWARM_ASSERT(receiver.queue.size() <= most_waiting, "a queue for bulk is bounded");
  if (receiver.queue.size() >= most_waiting || is_on_its_way(receiver, item)) return;
  if (may_hurry && hurry(receiver, item)) return;
  receiver.queue.push_back(item);
}

bool BulkSender::may_hurry(MemberId to) {
  return of(to).hurried_until <= s_.now + (timing::hurry_ahead / (1 << caution_));
}

void BulkSender::hurried(MemberId to, std::size_t bytes) {
  constexpr std::uint64_t hurry_rate = 60'000;  // bytes per second: half of a line of 1 Mbit/s
  auto& receiver = of(to);
  receiver.hurried_until =
      std::max(receiver.hurried_until, s_.now) +
      std::chrono::nanoseconds((bytes * 1'000'000'000 / hurry_rate) << (caution_ / 2));
}

bool BulkSender::hurry(Receiver& receiver, const Item& item) {
  if (!may_hurry(receiver.id)) return false;
  const auto bytes = send(receiver.id, item);
  if (bytes == 0) return false;
  receiver.on_its_way.push_back({item, s_.now});
  hurried(receiver.id, bytes);
  return true;
}

bool BulkSender::is_on_its_way(Receiver& receiver, const Item& item) {
  auto& left = receiver.on_its_way;
  // A receiver that asks again within a round trip cannot know yet whether the first copy was lost.
  // A second copy would double the load of a slow line.
  const Time lost_before = s_.now - receiver.path.round_trip();
  while (!left.empty() && left.front().at < lost_before) left.pop_front();
  const auto same = [&](const Left& one) { return one.item == item; };
  return std::find(receiver.queue.begin(), receiver.queue.end(), item) != receiver.queue.end() ||
         std::any_of(left.begin(), left.end(), same);
}

void BulkSender::drop_chunks() {
  for (auto& receiver : receivers_) {
    std::erase_if(receiver.queue, [](const Item& item) { return item.is_chunk; });
    std::erase_if(receiver.on_its_way, [](const Left& left) { return left.item.is_chunk; });
  }
}

// ---- Keep-alives that come late

// Bulk is held in two cases. Either keep-alives are late by more than the target. Or no
// acknowledgement has come for a round trip, plus a fifth of a promise and three keep-alive
// intervals (plus one promise, if that is less).
void BulkSender::bear(BulkRate& rate) const {
  const auto& s = s_.settings;
  rate.bear(std::min(s.promise / 5, timing::most_bulk_delay),
            std::min(s.promise / 5 + 3 * s.keep_alive, s.promise));
}

void BulkSender::acknowledged(MemberId from, std::uint64_t echo) {
  const Time sent{Duration(static_cast<std::int64_t>(echo))};
  // This process sent no keep-alive at that time. The echo is of a former process, which had
  // another clock.
  if (sent > s_.now || sent + timing::oldest_echo < s_.now) return;
  auto& receiver = of(from);
  receiver.delay = receiver.path.sample(s_.now, s_.now - sent);
  receiver.sent = sent;
  bear(receiver.rate);
  receiver.rate.acknowledged(s_.now, sent, receiver.delay);
  // The master's own line is a part of every path, and delays the keep-alives to all members. So
  // the delay of this line is at most the least delay of all members, measured with this keep-alive
  // or the one before it.
  Duration least = receiver.delay;
  for (const auto& other : receivers_)
    if (other.sent + 2 * s_.settings.keep_alive >= sent) least = std::min(least, other.delay);
  bear(all_);
  all_.acknowledged(s_.now, sent, least);
  send();
}

// ---- Turns

// Returns the receiver whose turn it is. If all receivers have to wait, it sets Timer::bulk and
// returns nullptr.
BulkSender::Receiver* BulkSender::next() {
  Time soonest = never;
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    auto& receiver = receivers_[(turn_ + i) % receivers_.size()];
    if (receiver.queue.empty()) continue;
    const Time at = std::max(receiver.rate.next(s_.now), all_.next(s_.now));
    if (at <= s_.now) {
      turn_ = (turn_ + i + 1) % receivers_.size();
      return &receiver;
    }
    soonest = std::min(soonest, at);
  }
  if (soonest != never)
    s_.timers.set(Timer::bulk, std::max(soonest, s_.now + timing::bulk_resolution));
  return nullptr;
}

// True: at this rate less than one datagram leaves in a keep-alive interval.
bool BulkSender::leaves_behind_keep_alives() const {
  const auto interval = static_cast<std::uint64_t>(s_.settings.keep_alive / 1us);
  return all_.rate() * interval < std::uint64_t{wire::max_datagram} * 1'000'000;
}

void BulkSender::behind_keep_alives() {
  behind_keep_alives_ = true;
  send();
  behind_keep_alives_ = false;
}

void BulkSender::send() {
  SWARM_ASSERT(s_.is_master(), "only a master sends bulk (R19)");
  s_.timers.clear(Timer::bulk);
  // At a low rate bulk leaves only right after a keep-alive. So the line is free again before the
  // next keep-alive. Otherwise a keep-alive might wait behind a whole datagram of bulk.
  if (leaves_behind_keep_alives() && !behind_keep_alives_) return;
  while (auto* receiver = next()) {
    const auto item = receiver->queue.front();
    receiver->queue.pop_front();
    const auto bytes = send(receiver->id, item);
    if (bytes == 0) continue;  // the chunk or block no longer exists
    receiver->on_its_way.push_back({item, s_.now});
    receiver->rate.left(s_.now, bytes);
    all_.left(s_.now, bytes);
  }
}

std::size_t BulkSender::send(MemberId to, const Item& item) {
  const auto body = item.is_chunk ? send_chunk(to, static_cast<std::uint32_t>(item.number))
                                  : send_block(to, LogIndex{item.number});
  return body == 0 ? 0 : body + wire::session_header_size + wire::tag_size + below_udp;
}

std::size_t BulkSender::send_chunk(MemberId to, std::uint32_t chunk) {
  const std::size_t at = std::size_t{chunk} * wire::chunk_size;
  if (!snapshot || at >= snapshot->bytes.size()) return 0;
  snapshot->used = s_.now;
  const auto size = std::min(wire::chunk_size, snapshot->bytes.size() - at);
  s_.send(to, wire::SnapshotData{snapshot->id, chunk, Bytes(snapshot->bytes).subspan(at, size)});
  return size + sizeof(wire::SnapshotData::id) + sizeof(chunk);
}

std::size_t BulkSender::send_block(MemberId to, LogIndex index) {
  if (index < s_.log.begin() || index > s_.log.last()) return 0;
  const auto& block = *s_.log.at(index);
  s_.send(to, wire::BlockMessage{index, block.term, s_.log.term_at(index - 1), block.stamp.us,
                                 block.operations});
  constexpr std::size_t before_operations = 4 * sizeof(std::uint64_t);
  return before_operations + block.operations.size();
}

}  // namespace swarm
