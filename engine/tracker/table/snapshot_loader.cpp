#include "engine/tracker/table/snapshot_loader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace swarm {
namespace {

constexpr std::size_t bytes_per_row =
    256;  // hashing this many bytes takes as long as loading a row
constexpr std::size_t segments_at_once = 4;

}  // namespace

SnapshotLoader::SnapshotLoader(PulledBytes bytes, const db::PulledSnapshot& what, SwarmTable empty)
    : bytes_(std::move(bytes)), what_(what), table_(std::move(empty)) {}

std::size_t SnapshotLoader::check(std::size_t most) {
  std::array<std::uint8_t, 16 * bytes_per_row> part{};
  std::size_t touched = 0;
  for (; touched < most && hashed_ < what_.size; touched += part.size() / bytes_per_row) {
    const auto size = std::min<std::size_t>(part.size(), what_.size - hashed_);
    const auto now = std::span(part).first(size);
    bytes_.read(hashed_, now);
    hasher_.add(now);
    hashed_ += size;
  }
  if (hashed_ < what_.size) return touched;
  failed_ = hasher_.finish() != what_.hash;
  reader_.emplace(what_.size,
                  [this](std::size_t at, std::span<std::uint8_t> to) { bytes_.read(at, to); });
  failed_ = failed_ || !reader_->ok() || head().applied.index != what_.index ||
            head().applied.term != what_.term;
  if (!failed_) table_.set_next_peer(head().applied.next_peer);
  return touched;
}

std::size_t SnapshotLoader::load(std::size_t most, std::vector<db::RowChange>& rows) {
  std::size_t touched = 0;
  for (; touched < most && !failed_; ++touched) {
    auto row = reader_->next();
    if (!row) break;
    failed_ = !add(*row);
    rows.push_back(std::move(*row));
  }
  failed_ = failed_ || !reader_->ok();
  bytes_.drop_before(reader_->needed_from(), segments_at_once);
  return touched;
}

bool SnapshotLoader::add(const db::RowChange& row) {
  if (const auto* peer = std::get_if<db::PutPeer>(&row)) return table_.add(peer->row);
  if (const auto* content = std::get_if<db::PutContent>(&row)) return table_.add(content->row);
  return table_.add(std::get<db::PutCompleted>(row).row);
}

}  // namespace swarm
