#include "transport/udp/content_check.hpp"

#include <algorithm>
#include <set>

#include "engine/sha1.hpp"
#include "transport/udp/content_files.hpp"
#include "transport/udp/content_store.hpp"

namespace swarm::udp {
namespace {

using Kind = StoreWish::Kind;
using Outcome = StoreReport::Outcome;

constexpr std::uint32_t most_under_way = 16;

class Check {
 public:
  Check(const ContentSource& content, const std::filesystem::path& state,
        const std::function<void(std::uint32_t)>& progress)
      : content_(content),
        progress_(progress),
        store_(io_, state, [this](const StoreReport& report) { reported(report); }) {}

  std::vector<std::uint32_t> run() {
    store_.place(content_.hash, content_.directory);
    wish(Kind::open);
    io_.run();
    if (!failure_.empty()) throw ContentError(failure_);
    std::sort(wrong_.begin(), wrong_.end());
    return wrong_;
  }

 private:
  std::uint32_t chunks() const { return content_.metainfo->chunk_count(); }

  void wish(Kind kind, std::uint32_t chunk = 0) {
    StoreWish wish{kind, ++tickets_, content_.hash, chunk, nullptr, nullptr};
    if (kind == Kind::open) wish.metainfo = content_.metainfo;
    store_.wish(std::move(wish));
  }

  void reported(const StoreReport& report) {
    if (report.outcome == Outcome::failed) return fail();
    if (report.kind == Kind::close) return io_.stop();
    if (report.kind == Kind::check) {
      if (report.outcome == Outcome::wrong) wrong_.push_back(report.chunk);
      progress_(++checked_);
    }
    go_on();
  }

  void go_on() {
    while (next_ < chunks() && next_ - checked_ < most_under_way) wish(Kind::check, next_++);
    if (checked_ == chunks()) wish(Kind::close);
  }

  void fail() {
    failure_ = store_.failure(content_.hash);
    if (failure_.empty()) failure_ = content_.path().string() + " cannot be read";
    io_.stop();
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  const ContentSource& content_;
  const std::function<void(std::uint32_t)>& progress_;
  std::uint64_t tickets_ = 0;
  std::uint32_t next_ = 0, checked_ = 0;
  std::vector<std::uint32_t> wrong_;
  std::string failure_;
  ContentStore store_;
};

// Chunks at the ends of files that have another size than they should.
std::set<std::uint32_t> of_another_size(const Metainfo& metainfo,
                                        const ContentFiles::Marks& found) {
  std::set<std::uint32_t> chunks;
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    end += metainfo.files[i].size;
    if (found[i] && found[i]->size != metainfo.files[i].size)
      chunks.insert(
          static_cast<std::uint32_t>((std::max<std::uint64_t>(end, 1) - 1) / metainfo.chunk_size));
  }
  return chunks;
}

bool is_right(const ContentFiles& files, const Metainfo& metainfo, std::uint32_t chunk) try {
  std::vector<std::uint8_t> bytes(metainfo.length(chunk));
  return files.read(chunk, bytes) && sha1(bytes) == metainfo.chunks[chunk];
} catch (const FileError&) {  // it is not there
  return false;
}

// Files that the store leaves alone, as they have another size than they should, are looked at all
// the same; the database stays as it is. Throws what the store said when that was not it.
std::vector<std::uint32_t> look_only(const ContentSource& content,
                                     const std::function<void(std::uint32_t)>& progress,
                                     const ContentError& refusal) {
  OpenFiles open_files;
  const Metainfo& metainfo = *content.metainfo;
  ContentFiles files(content.metainfo, std::filesystem::absolute(content.directory), open_files);
  auto wrong = of_another_size(metainfo, files.look());
  if (wrong.empty()) throw refusal;
  for (std::uint32_t chunk = 0; chunk < metainfo.chunk_count(); ++chunk) {
    if (!is_right(files, metainfo, chunk)) wrong.insert(chunk);
    progress(chunk + 1);
  }
  return {wrong.begin(), wrong.end()};
}

}  // namespace

std::vector<std::uint32_t> check_content(const ContentSource& content,
                                         const std::filesystem::path& state,
                                         const std::function<void(std::uint32_t)>& progress) {
  try {
    return Check(content, state, progress).run();
  } catch (const ContentError& refusal) {
    return look_only(content, progress, refusal);
  }
}

}  // namespace swarm::udp
