#include "engine/wire/snapshot_reader.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/operations.hpp"
#include "engine/wire/snapshot_rows.hpp"

namespace swarm::wire {
namespace {

using namespace snapshot_rows;

// Sizes in bytes: of a list's count, and of the head before its CONFIG.
constexpr std::size_t count_size = 8;
constexpr std::size_t head_size = 5 * 8 + 4;

constexpr std::size_t most_config = Block::most;  // a CONFIG fits a block of the log
constexpr std::uint64_t largest = INT64_MAX;  // a database can hold it, and sums do not overflow

template <std::size_t size>
using Row = std::array<std::uint8_t, size>;

}  // namespace

SnapshotReader::SnapshotReader(std::size_t size, Read read) : size_(size), read_(std::move(read)) {
  ok_ = read_head();
}

bool SnapshotReader::read_head() {
  if (size_ < head_size) return false;
  Row<head_size> bytes{};
  read_(0, bytes);
  Reader in(bytes);
  in.read(head_.applied.index);
  in.read(head_.applied.term);
  head_.applied.stamp.us = in.u64();
  in.read(head_.applied.next_peer);
  in.read(head_.config_index);
  const std::size_t config_size = in.u32();
  if (config_size > std::min(most_config, size_ - head_size)) return false;
  std::vector<std::uint8_t> config_bytes(config_size);
  read_(head_size, config_bytes);
  const auto operations = decode_operations(config_bytes);
  if (!operations || operations->size() != 1) return false;
  const auto* config = std::get_if<Config>(&operations->front());
  if (!config || !config->sound()) return false;
  head_.config = *config;
  const auto& applied = head_.applied;
  return head_.config_index <= applied.index && applied.index.value <= largest &&
         applied.term.value <= largest && applied.stamp.us <= largest &&
         applied.next_peer > PeerRowId{} && find_lists(head_size + config_size);
}

bool SnapshotReader::find_lists(std::size_t at) {
  if (!find_list(at, peer_size, peers_) || !find_list(at, content_size, contents_)) return false;
  if (at == size_) return true;
  return find_list(at, peer6_size, peers6_) && find_list(at, completed_size, completed_) &&
         at == size_ && peers6_.left + completed_.left > 0;
}

// `at` is the index of the list's count. Moves `at` behind the list's last row.
bool SnapshotReader::find_list(std::size_t& at, std::size_t row, List& list) {
  if (size_ - at < count_size) return false;
  Row<count_size> count{};
  read_(at, count);
  list = {at + count_size, Reader(count).u64(), row};
  if (list.left > (size_ - list.at) / row) return false;
  at = list.end();
  return true;
}

std::optional<db::RowChange> SnapshotReader::next() {
  if (!ok_ || rows_left() == 0) return std::nullopt;
  const auto row = peers_.left + peers6_.left > 0 ? next_peer()
                   : contents_.left > 0           ? next_content()
                                                  : next_completed();
  if (!ok_) return std::nullopt;
  return row;
}

std::optional<db::PeerRow> SnapshotReader::peek(const List& list, bool v6) {
  if (list.left == 0) return std::nullopt;
  Row<peer6_size> bytes{};
  read_(list.at, std::span(bytes).first(list.row));
  Reader in(std::span(std::as_const(bytes)).first(list.row));
  db::PeerRow peer;
  in.read(peer.id);
  peer.address = v6 ? in.endpoint6() : in.endpoint();
  require(!v6 || !peer.address.ip.is_v4());
  return peer;
}

db::RowChange SnapshotReader::next_peer() {
  if (!peer_) peer_ = peek(peers_, false);
  if (!peer6_) peer6_ = peek(peers6_, true);
  const bool v6 = !peer_ || (peer6_ && peer6_->id < peer_->id);
  auto& list = v6 ? peers6_ : peers_;
  const auto peer = *std::exchange(v6 ? peer6_ : peer_, std::nullopt);
  list.at += list.row;
  --list.left;
  require(peer.id > last_peer_ && peer.id < head_.applied.next_peer && peer.address.port != 0);
  last_peer_ = peer.id;
  return db::PutPeer{peer};
}

db::RowChange SnapshotReader::next_content() {
  Row<content_size> bytes{};
  read_(contents_.at, bytes);
  contents_.at += content_size;
  --contents_.left;
  Reader in(bytes);
  db::ContentRow row;
  row.info_hash.bytes = in.array<20>();
  in.read(row.peer);
  const auto state = in.u8();
  row.state = static_cast<PeerState>(state);
  require(state <= static_cast<std::uint8_t>(PeerState::seeder));
  const auto key = [](const db::ContentRow& r) { return std::tie(r.info_hash, r.peer); };
  require(!last_content_ || key(*last_content_) < key(row));
  last_content_ = row;
  return db::PutContent{row};
}

db::RowChange SnapshotReader::next_completed() {
  Row<completed_size> bytes{};
  read_(completed_.at, bytes);
  completed_.at += completed_size;
  --completed_.left;
  Reader in(bytes);
  db::CompletedRow row;
  row.info_hash.bytes = in.array<20>();
  const auto family = in.u8();
  row.v6 = family == 6;
  row.count = in.u32();
  require((family == 4 || family == 6) && row.count > 0);
  const auto key = [](const db::CompletedRow& r) { return std::tie(r.info_hash, r.v6); };
  require(!last_completed_ || key(*last_completed_) < key(row));
  last_completed_ = row;
  return db::PutCompleted{row};
}

std::size_t SnapshotReader::needed_from() const {
  if (peers_.left + peers6_.left > 0) return 0;
  return contents_.left > 0 ? contents_.at : completed_.at;
}

// ---- All of it at once

namespace {

const db::PeerRow* find(const std::vector<db::PeerRow>& peers, PeerRowId id) {
  const auto at = std::ranges::lower_bound(peers, id, {}, &db::PeerRow::id);
  return at != peers.end() && at->id == id ? &*at : nullptr;
}

bool each_address_once(const std::vector<db::PeerRow>& peers) {
  std::vector<Endpoint> addresses;
  for (const auto& p : peers) addresses.push_back(p.address);
  std::ranges::sort(addresses);
  return std::ranges::adjacent_find(addresses) == addresses.end();
}

// True if the content of `row` has a peer of the row's address family.
bool has_peers(const db::Snapshot& s, const db::CompletedRow& row) {
  auto c = std::ranges::lower_bound(s.contents, row.info_hash, {}, &db::ContentRow::info_hash);
  for (; c != s.contents.end() && c->info_hash == row.info_hash; ++c)
    if (find(s.peers, c->peer)->address.ip.is_v4() != row.v6) return true;
  return false;
}

struct Collect {
  db::Snapshot& s;
  void operator()(const db::PutPeer& c) { s.peers.push_back(c.row); }
  void operator()(const db::PutContent& c) { s.contents.push_back(c.row); }
  void operator()(const db::PutCompleted& c) { s.completed.push_back(c.row); }
  void operator()(const auto&) {}
};

}  // namespace

std::optional<db::Snapshot> decode_snapshot(Bytes bytes) {
  SnapshotReader reader(bytes.size(), [bytes](std::size_t at, std::span<std::uint8_t> to) {
    std::ranges::copy(bytes.subspan(at, to.size()), to.begin());
  });
  if (!reader.ok()) return std::nullopt;
  db::Snapshot s;
  static_cast<db::SnapshotHead&>(s) = reader.head();
  while (const auto row = reader.next()) std::visit(Collect{s}, *row);
  if (!reader.done() || !each_address_once(s.peers) ||
      !std::ranges::all_of(s.contents, [&](const auto& c) { return find(s.peers, c.peer); }) ||
      !std::ranges::all_of(s.completed, [&](const auto& c) { return has_peers(s, c); }))
    return std::nullopt;
  return s;
}

}  // namespace swarm::wire
