#include "transport/udp/content_check.hpp"

#include <algorithm>

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

}  // namespace

std::vector<std::uint32_t> check_content(const ContentSource& content,
                                         const std::filesystem::path& state,
                                         const std::function<void(std::uint32_t)>& progress) {
  return Check(content, state, progress).run();
}

}  // namespace swarm::udp
