#include "transport/sim/world/virtual_store.hpp"
#include "engine/base/sha1.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"

namespace swarm::sim {
namespace {

using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

// The number of bytes that a request moves or hashes.
std::uint64_t bytes_of(const StoreRequest& request, const VirtualStore::File* file) {
  if (request.bytes) return request.bytes->size();
  const bool of_a_chunk = request.kind == Kind::read || request.kind == Kind::check;
  if (!of_a_chunk || file == nullptr || !file->metainfo) return 0;
  return request.chunk < file->metainfo->chunk_count() ? file->metainfo->length(request.chunk) : 0;
}

// Both return a copy of a chunk: changed() with the byte at `at` inverted, and torn() with zeros
// from `from` on.
ChunkBytes changed(const ChunkBytes& bytes, std::size_t at) {
  auto copy = std::make_shared<std::vector<std::uint8_t>>(*bytes);
  (*copy)[at] = static_cast<std::uint8_t>((*copy)[at] ^ 0xff);
  return copy;
}
ChunkBytes torn(const ChunkBytes& bytes, std::size_t from) {
  auto copy = std::make_shared<std::vector<std::uint8_t>>(*bytes);
  std::fill(copy->begin() + static_cast<std::ptrdiff_t>(from), copy->end(), std::uint8_t{0});
  return copy;
}

}  // namespace

VirtualStore::VirtualStore(std::uint64_t seed, HostId host, const StoreModel& model,
                           const std::vector<VirtualContent>& contents)
    : seed_(seed), host_(host), model_(model), sync_(model.sync), contents_(contents) {}

const VirtualStore::File* VirtualStore::find(const InfoHash& content) const {
  const auto at = files_.find(content);
  return at == files_.end() ? nullptr : &at->second;
}

void VirtualStore::put(const VirtualContent& content, const Bitmap& chunks) {
  File& file = files_[content.hash()];
  file.source = &content;
  file.metainfo = content.metainfo();
  file.on_disk.resize(content.chunks());
  chunks.for_each([&](std::uint32_t chunk) { file.on_disk[chunk] = content.chunk(chunk); });
  file.rows = chunks;
  file.damaged = Bitmap(content.chunks());
  file.clean = true;
}

bool VirtualStore::damage(const InfoHash& content, std::uint32_t chunk) {
  const auto at = files_.find(content);
  if (at == files_.end() || chunk >= at->second.on_disk.size()) return false;
  File& file = at->second;
  if (file.on_disk[chunk] == nullptr) return false;
  file.on_disk[chunk] = changed(file.on_disk[chunk], file.on_disk[chunk]->size() / 2);
  file.damaged.set(chunk);
  file.clean = false;  // a real store would notice the file's new modification time
  return true;
}

bool VirtualStore::idle() const {
  return std::all_of(std::begin(queues_), std::end(queues_),
                     [](const Queue& own) { return !own.busy && own.waiting.empty(); });
}

void VirtualStore::wipe() {
  files_.clear();
}

// --- jobs

void VirtualStore::add(StoreRequest request) {
  const bool reads = request.kind == Kind::read || request.kind == Kind::check;
  queue(reads ? Lane::reads : Lane::writes).waiting.push_back(std::move(request));
}

std::optional<VirtualStore::Job> VirtualStore::begin(Lane lane) {
  Queue& own = queue(lane);
  if (own.busy || own.waiting.empty()) return std::nullopt;
  const std::size_t most = lane == Lane::writes ? largest_group : 1;
  const auto end =
      own.waiting.begin() + static_cast<std::ptrdiff_t>(std::min(most, own.waiting.size()));
  own.group.assign(std::make_move_iterator(own.waiting.begin()), std::make_move_iterator(end));
  own.waiting.erase(own.waiting.begin(), end);
  own.busy = true;
  const std::uint32_t number = ++own.jobs << 1 | static_cast<std::uint32_t>(lane);
  return Job{time_of(own, Draws(seed_, std::uint64_t{host_.value} << 8 | 0x80, number)), number};
}

Duration VirtualStore::time_of(const Queue& queue, const Draws& draws) const {
  std::uint64_t bytes = 0;
  bool syncs = false;
  for (const auto& request : queue.group) {
    bytes += bytes_of(request, find(request.content));
    syncs = syncs || (request.kind != Kind::read && request.kind != Kind::check);
  }
  const Wide moved = Wide{bytes} * 8'000'000'000 / model_.rate;
  return Duration(static_cast<std::int64_t>(moved)) +
         (syncs ? sync_(draws.word(Purpose::store_sync)) : Duration{});
}

bool VirtualStore::under_way(std::uint32_t job) const {
  const Queue& own = queue(lane_of(job));
  return own.busy && own.jobs == job >> 1;
}

std::optional<std::uint32_t> VirtualStore::unpark(Lane lane) {
  Queue& own = queue(lane);
  if (!std::exchange(own.parked, false)) return std::nullopt;
  return own.jobs << 1 | static_cast<std::uint32_t>(lane);
}

std::vector<StoreReport> VirtualStore::complete(std::uint32_t job) {
  Queue& own = queue(lane_of(job));
  SWARM_ASSERT(under_way(job), "only a job that was begun completes");
  own.busy = false;
  std::vector<StoreReport> reports;
  for (auto& request : own.group) reports.push_back(carry_out(request));
  own.group.clear();
  return reports;
}

// Each write under way stops after a random step. virtual_store.hpp lists the steps.
void VirtualStore::crash() {
  const Draws draws(seed_, std::uint64_t{host_.value} << 8 | 0x81, ++crashes_);
  for (const auto& request : queue(Lane::writes).group)
    if (request.kind == Kind::write)
      write_in_part(request,
                    Draws(draws.word(Purpose::store_crash), request.chunk, request.ticket));
  for (Queue& own : queues_) {
    own.waiting.clear();
    own.group.clear();
    own.busy = own.parked = false;
  }
  for (auto& [hash, file] : files_) file.open = false;
}

void VirtualStore::write_in_part(const StoreRequest& request, const Draws& draws) {
  const auto at = files_.find(request.content);
  if (at == files_.end()) return;
  File& file = at->second;
  if (request.chunk >= file.on_disk.size() || !is_chunk(file, request.chunk, request.bytes)) return;
  switch (draws.below(Purpose::store_crash, 4)) {
    case 0:
      return;
    case 1:
      file.on_disk[request.chunk] = torn(request.bytes, request.bytes->size() / 2);
      return;
    case 2:
      return lay_down(file, request.chunk, request.bytes);
    default:
      lay_down(file, request.chunk, request.bytes);
      file.rows.set(request.chunk);
  }
}

// --- requests

StoreReport VirtualStore::carry_out(StoreRequest& request) {
  StoreReport report{
      request.kind, Outcome::done, request.ticket, request.content, request.chunk, nullptr, {}, {}};
  switch (request.kind) {
    case Kind::open:
      open(request, report);
      break;
    case Kind::write:
      write(request, report);
      break;
    case Kind::read:
    case Kind::check:
      verify(request, report);
      break;
    case Kind::close:
      close(request);
  }
  return report;
}

void VirtualStore::open(const StoreRequest& request, StoreReport& report) {
  File& file = files_[request.content];
  if (!file.metainfo) {
    file.metainfo = request.metainfo;
    const std::uint32_t chunks = file.metainfo ? file.metainfo->chunk_count() : 0;
    file.on_disk.resize(chunks);
    file.rows = file.damaged = Bitmap(chunks);
    file.clean = true;  // nothing is on disk yet
    for (const auto& content : contents_)
      if (content.hash() == request.content) file.source = &content;
  }
  const auto chunks = static_cast<std::uint32_t>(file.on_disk.size());
  report.had = report.doubtful = Bitmap(chunks);
  if (file.clean)
    report.had = file.rows;
  else
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk)
      if (file.on_disk[chunk] != nullptr || file.rows.test(chunk)) report.doubtful.set(chunk);
  file.clean = false;
  file.open = true;
}

// If the bytes equal those of the source, they need no hash. lay_down() keeps the source's copy,
// which all stores share.
bool VirtualStore::is_chunk(const File& file, std::uint32_t chunk, const ChunkBytes& bytes) const {
  if (bytes == nullptr || !file.metainfo) return false;
  if (file.source != nullptr) {
    const auto& source = file.source->chunk(chunk);
    if (bytes == source || *bytes == *source) return true;
  }
  return sha1(*bytes) == file.metainfo->chunks[chunk];
}

void VirtualStore::lay_down(File& file, std::uint32_t chunk, const ChunkBytes& bytes) const {
  file.on_disk[chunk] = file.source != nullptr ? file.source->chunk(chunk) : bytes;
  file.damaged.reset(chunk);
}

void VirtualStore::write(StoreRequest& request, StoreReport& report) {
  const auto at = files_.find(request.content);
  SWARM_ASSERT(at != files_.end() && at->second.open, "a content is opened before it is written");
  File& file = at->second;
  SWARM_ASSERT(request.chunk < file.on_disk.size(), "a chunk of this content");
  if (!is_chunk(file, request.chunk, request.bytes)) {
    report.outcome = Outcome::wrong;
    return;
  }
  lay_down(file, request.chunk, request.bytes);
  file.rows.set(request.chunk);
  report.bytes = file.on_disk[request.chunk];
}

// Carries out a read or a check. If the bytes on disk are wrong, it drops the chunk and its row.
void VirtualStore::verify(const StoreRequest& request, StoreReport& report) {
  const auto at = files_.find(request.content);
  SWARM_ASSERT(at != files_.end() && request.chunk < at->second.on_disk.size(),
               "a chunk of a content that was opened");
  File& file = at->second;
  const auto& bytes = file.on_disk[request.chunk];
  if (is_chunk(file, request.chunk, bytes)) {
    file.rows.set(request.chunk);
    if (request.kind == Kind::read) report.bytes = bytes;
    return;
  }
  file.rows.reset(request.chunk);
  if (file.damaged.reset(request.chunk)) ++damage_found_;
  file.on_disk[request.chunk] = nullptr;
  report.outcome = Outcome::wrong;
}

// The content is now clean unless it has damage that the store has not found. The CHUNK rows do not
// show such damage.
void VirtualStore::close(const StoreRequest& request) {
  const auto at = files_.find(request.content);
  if (at == files_.end()) return;
  at->second.open = false;
  at->second.clean = at->second.damaged.none();
}

}  // namespace swarm::sim
