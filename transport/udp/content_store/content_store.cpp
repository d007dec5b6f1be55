#include "transport/udp/content_store/content_store.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/udp/content_store/content_keeper.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;
using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;
using Found = StoreWork::Found;

constexpr std::size_t most_works_per_group = 1024;

ContentKeeper make_keeper(const fs::path& state) try {
  return ContentKeeper(state);
} catch (const FileError& error) {
  throw db::DbError(error.what());
}

// The queue of the work that waits for a thread.
class WorkQueue {
 public:
  void put(StoreWork work) {
    {
      const std::scoped_lock lock(mutex_);
      // Reads go first, because a peer waits for them.
      (work.request.kind == Kind::read && work.found == Found::nothing ? urgent_ : waiting_)
          .push_back(std::move(work));
    }
    changed_.notify_one();
  }
  void end() {
    {
      const std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
  }
  // Waits for work. Returns nullopt if end() was called and no work is left.
  std::optional<StoreWork> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !urgent_.empty() || !waiting_.empty(); });
    return take_first();
  }
  std::optional<StoreWork> take_if_any() {
    const std::scoped_lock lock(mutex_);
    return take_first();
  }

 private:
  std::optional<StoreWork> take_first() {
    auto& from = urgent_.empty() ? waiting_ : urgent_;
    if (from.empty()) return std::nullopt;
    StoreWork work = std::move(from.front());
    from.pop_front();
    return work;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<StoreWork> urgent_, waiting_;
  bool ending_ = false;
};

}  // namespace

// All work goes to the file thread first. This thread reads, writes and hashes. It passes on to the
// committing thread every request that may change a row, and every opening and closing. The order
// of requests is kept, except that reads go first.
struct ContentStore::Impl {
  Impl(asio::io_context& context, const fs::path& state, std::function<void(StoreReport)> report)
      : io(context),
        to(std::make_shared<std::function<void(StoreReport)>>(std::move(report))),
        weak_to(to),
        keeper(make_keeper(state)),
        committer([this] { commit_all(); }),
        worker([this] { work_on_files(); }) {
    pthread_setname_np(committer.native_handle(), "store commits");
    pthread_setname_np(worker.native_handle(), "store files");
  }

  ~Impl() {
    to.reset();  // from now on, reports are dropped
    keeper.give_up_all();
    to_files.end();
    worker.join();
    to_commit.end();
    committer.join();
    keeper.close_all();
  }

  void request(StoreRequest request, const ContentFiles* from) {
    ++under_way;
    StoreWork work{.request = std::move(request)};
    work.from = from;
    if (work.request.kind == Kind::open) {
      if (const auto place = places.find(work.request.content); place != places.end()) {
        work.directory = place->second.directory;
        work.purpose = place->second.purpose;
        work.hashed = std::exchange(place->second.hashed, {});
        // Purpose::share applies to one opening only.
        if (work.purpose == Purpose::share) place->second.purpose = Purpose::fetch;
      }
    }
    if (work.request.kind == Kind::close) keeper.give_up(work.request.content);
    to_files.put(std::move(work));
  }

  // --- The file thread

  void work_on_files() {
    while (auto work = to_files.take()) {
      if (work->request.kind == Kind::read || work->request.kind == Kind::check)
        read(*work);
      else if (work->request.kind == Kind::write)
        write(*work);
      else
        to_commit.put(std::move(*work));
    }
  }

  void read(StoreWork& work) {
    const auto bytes = std::make_shared<std::vector<std::uint8_t>>();
    work.found = find(work, *bytes);
    if (work.request.kind == Kind::check || work.found != Found::right)
      return to_commit.put(std::move(work));
    {
      const std::scoped_lock lock(mutex);
      ++chunks_read;
    }
    post({done(work.request, bytes)});
  }

  static StoreReport done(const StoreRequest& request, ChunkBytes bytes) {
    return {.kind = request.kind,
            .outcome = Outcome::done,
            .ticket = request.ticket,
            .content = request.content,
            .chunk = request.chunk,
            .bytes = std::move(bytes),
            .had = {},
            .doubtful = {}};
  }

  // Reports a right chunk as soon as it is in its files. Its row is written later.
  void write(StoreWork& work) {
    work.found = put(work);
    if (work.found == Found::right) {
      ++uncommitted;
      post({done(work.request, std::exchange(work.request.bytes, nullptr))});
    }
    to_commit.put(std::move(work));
  }

  Found put(StoreWork& work) {
    const auto content = keeper.find(work.request.content);
    if (!content || content->failed) return Found::failed;  // the keeper adds the sentence
    const Metainfo& metainfo = *content->metainfo;
    const StoreRequest& request = work.request;
    SWARM_ASSERT(request.chunk < metainfo.chunk_count() && request.bytes,
                 "a chunk of this content");
    if (request.bytes->size() != metainfo.length(request.chunk) ||
        sha1(*request.bytes) != metainfo.chunks[request.chunk])
      return Found::wrong;
    if (content->shared) {
      work.sentence = fmt::format("{} is shared, and never written to",
                                  shown(content->files.directory() / metainfo.name));
      return Found::failed;
    }
    try {
      content->files.write(request.chunk, *request.bytes, work.from);
      return Found::right;
    } catch (const FileError& error) {
      work.sentence = error.what();
      return Found::failed;
    }
  }

  Found find(StoreWork& work, std::vector<std::uint8_t>& bytes) {
    const auto content = keeper.find(work.request.content);
    if (!content) return Found::failed;  // the keeper adds the sentence
    const Metainfo& metainfo = *content->metainfo;
    SWARM_ASSERT(work.request.chunk < metainfo.chunk_count(), "a chunk of this content");
    bytes.resize(metainfo.length(work.request.chunk));
    try {
      const bool right = content->files.read(work.request.chunk, bytes) &&
                         sha1(bytes) == metainfo.chunks[work.request.chunk];
      return right ? Found::right : Found::wrong;
    } catch (const FileError& error) {
      work.sentence = error.what();
      return Found::failed;
    }
  }

  // --- The committing thread

  void commit_all() {
    while (auto work = to_commit.take()) {
      std::size_t written = 0;
      for (std::size_t works = 0; work; work = take_more(++works)) {
        if (work->request.kind == Kind::write && work->found == Found::right) ++written;
        keeper.carry_out(std::move(*work));
      }
      keeper.commit();
      uncommitted -= written;
      finish_group();
    }
  }

  std::optional<StoreWork> take_more(std::size_t works) {
    return works >= most_works_per_group ? std::nullopt : to_commit.take_if_any();
  }

  void finish_group() {
    {
      // Counters change before the reports, so that a callee finds its report counted.
      const std::scoped_lock lock(mutex);
      counters = keeper.counters;
    }
    post(keeper.take_reports());
  }

  void post(std::vector<StoreReport> reports) {
    asio::post(io, [this, weak = weak_to, reports = std::move(reports)]() mutable {
      for (auto& report : reports) {
        const auto target = weak.lock();
        if (!target) return;
        if (report.ticket != 0) --under_way;
        (*target)(std::move(report));
      }
    });
  }

  struct Place {
    fs::path directory;
    Purpose purpose;
    std::vector<db::FileMark> hashed;
  };

  asio::io_context& io;
  std::shared_ptr<std::function<void(StoreReport)>> to;
  const std::weak_ptr<std::function<void(StoreReport)>> weak_to;  // `to`, for use by the threads
  std::map<InfoHash, Place> places;
  std::size_t under_way = 0;
  std::atomic<std::size_t> uncommitted = 0;

  WorkQueue to_files, to_commit;
  ContentKeeper keeper;
  std::mutex mutex;  // guards the counters
  StoreCounters counters;
  std::uint64_t chunks_read = 0;

  std::thread committer, worker;  // must be the last members, because they use the others
};

ContentStore::ContentStore(asio::io_context& io, const fs::path& state,
                           std::function<void(StoreReport)> report)
    : impl_(std::make_unique<Impl>(io, state, std::move(report))) {}
ContentStore::~ContentStore() = default;

void ContentStore::place(const InfoHash& content, const fs::path& directory, Purpose purpose,
                         std::vector<db::FileMark> hashed) {
  impl_->places.insert_or_assign(content, Impl::Place{directory, purpose, std::move(hashed)});
}

void ContentStore::request(StoreRequest request, const ContentFiles* from) {
  impl_->request(std::move(request), from);
}

std::string ContentStore::failure(const InfoHash& content) const {
  return impl_->keeper.failure(content);
}

std::vector<std::string> ContentStore::take_remarks(const InfoHash& content) {
  return impl_->keeper.take_remarks(content);
}

std::size_t ContentStore::under_way() const {
  return impl_->under_way;
}

std::size_t ContentStore::uncommitted() const {
  return impl_->uncommitted;
}

StoreCounters ContentStore::counters() const {
  const std::scoped_lock lock(impl_->mutex);
  StoreCounters counters = impl_->counters;
  counters.chunks_read = impl_->chunks_read;
  return counters;
}

}  // namespace swarm::udp
