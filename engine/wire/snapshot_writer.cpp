#include "engine/wire/snapshot_writer.hpp"

#include <bit>

#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm::wire {
namespace {

constexpr std::size_t count_size = sizeof(std::uint64_t);

std::uint64_t little_endian(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  for (unsigned i = 0; i < 8; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
  return word;
}

void set_count(std::vector<std::uint8_t>& out, std::size_t at, std::uint64_t count) {
  for (std::size_t i = 0; i < count_size; ++i)
    out[at + i] = static_cast<std::uint8_t>(count >> (8 * (count_size - 1 - i)));
}

}  // namespace

// ---- SipHash-2-4 of 128 bits with a key of zeros; only the first half of the result is used

SnapshotHash::SnapshotHash()
    : v_{0x736f6d6570736575, 0x646f72616e646f6d ^ 0xee, 0x6c7967656e657261, 0x7465646279746573} {}

void SnapshotHash::round() {
  auto& [a, b, c, d] = v_;
  a += b;
  b = std::rotl(b, 13) ^ a;
  a = std::rotl(a, 32);
  c += d;
  d = std::rotl(d, 16) ^ c;
  a += d;
  d = std::rotl(d, 21) ^ a;
  c += b;
  b = std::rotl(b, 17) ^ c;
  c = std::rotl(c, 32);
}

void SnapshotHash::word(std::uint64_t m) {
  v_[3] ^= m;
  round();
  round();
  v_[0] ^= m;
}

void SnapshotHash::add(Bytes bytes) {
  std::size_t at = 0;
  for (; at < bytes.size() && size_ % 8 != 0; ++at) {
    tail_[size_++ % 8] = bytes[at];
    if (size_ % 8 == 0) word(little_endian(tail_.data()));
  }
  for (; at + 8 <= bytes.size(); at += 8, size_ += 8) word(little_endian(&bytes[at]));
  for (; at < bytes.size(); ++at) tail_[size_++ % 8] = bytes[at];
}

std::uint64_t SnapshotHash::finish() {
  std::uint64_t last = std::uint64_t{size_} << 56;
  for (unsigned i = 0; i < size_ % 8; ++i) last |= std::uint64_t{tail_[i]} << (8 * i);
  word(last);
  v_[2] ^= 0xee;
  for (int i = 0; i < 4; ++i) round();
  const std::uint64_t half = v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
  std::uint64_t big_endian = 0;  // hash_bytes() reads the result as big-endian
  for (unsigned i = 0; i < 8; ++i) big_endian |= ((half >> (8 * i)) & 0xff) << (8 * (7 - i));
  return big_endian;
}

// ---- The rows

SnapshotWriter::SnapshotWriter(const db::Snapshot& head, std::size_t peers, std::size_t contents) {
  db::Snapshot empty;
  empty.applied = head.applied;
  empty.config_index = head.config_index;
  empty.config = head.config;
  const auto bytes = encode_snapshot(empty);  // the last 16 bytes are the counts of two empty lists
  out_.reserve(bytes.size() + (peers + 64) * 14 + (contents + 64) * 29);
  out_.assign(bytes.begin(), bytes.end() - count_size);
  count_at_ = out_.size() - count_size;
  peers6_.resize(count_size);
  completed_.resize(count_size);
}

void SnapshotWriter::add(const db::PeerRow& row) {
  SWARM_ASSERT(!peers_ended_, "the peers come first");
  if (row.address.ip.is_v4()) {
    Writer io(out_);
    io.id(row.id);
    io.endpoint(row.address);
    ++count_;
  } else {
    Writer io(peers6_);
    io.id(row.id);
    io.endpoint6(row.address);
    ++v6_;
  }
}

void SnapshotWriter::end_peers() {
  if (peers_ended_) return;
  peers_ended_ = true;
  set_count(out_, count_at_, count_);
  count_at_ = out_.size();
  count_ = 0;
  out_.resize(out_.size() + count_size);
}

void SnapshotWriter::add(const db::ContentRow& row) {
  end_peers();
  Writer io(out_);
  io.bytes(row.info_hash.bytes);
  io.id(row.peer);
  io.u8(static_cast<std::uint8_t>(row.state));
  ++count_;
}

void SnapshotWriter::add(const db::CompletedRow& row) {
  Writer io(completed_);
  io.bytes(row.info_hash.bytes);
  io.u8(row.v6 ? 6 : 4);
  io.u32(row.count);
  ++completed_rows_;
}

std::vector<std::uint8_t> SnapshotWriter::finish() {
  end_peers();
  set_count(out_, count_at_, count_);
  if (v6_ + completed_rows_ > 0) {
    set_count(peers6_, 0, v6_);
    set_count(completed_, 0, completed_rows_);
    out_.insert(out_.end(), peers6_.begin(), peers6_.end());
    out_.insert(out_.end(), completed_.begin(), completed_.end());
  }
  return std::move(out_);
}

}  // namespace swarm::wire
