#include "transport/udp/peer/content_copy.hpp"

#include <algorithm>

#include "engine/base/sha1.hpp"
#include "transport/udp/content_store/content_files.hpp"

namespace swarm::udp {
namespace {

using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

constexpr std::uint32_t most_under_way = 16;
constexpr Duration tick = 200ms;

class Copy {
 public:
  Copy(const ContentSource& content, const std::filesystem::path& state, Purpose purpose,
       const CopyListener& listener)
      : content_(content),
        listener_(listener),
        from_(content.metainfo, content.elsewhere, open_files_),
        store_(io_, state, [this](const StoreReport& report) { reported(report); }) {
    store_.place(content.hash, content.directory, purpose);
  }

  std::uint32_t run() {
    if (!has_any()) return 0;
    request(Kind::open);
    look();
    io_.run();
    tell_remarks();
    return copied_;
  }

 private:
  std::uint32_t chunks() const { return content_.metainfo->chunk_count(); }

  bool has_any() try {
    const auto& found = from_.look();
    return std::any_of(found.begin(), found.end(), [](const auto& m) { return m && m->size > 0; });
  } catch (const FileError&) {
    return false;
  }

  void look() {
    timer_.expires_after(tick);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      tell_remarks();
      look();
    });
  }

  void tell_remarks() {
    for (const auto& remark : store_.take_remarks(content_.hash)) listener_.remark(remark);
  }

  void request(Kind kind, std::uint32_t chunk = 0, ChunkBytes bytes = nullptr) {
    StoreRequest request{kind, ++tickets_, content_.hash, chunk, nullptr, std::move(bytes)};
    if (kind == Kind::open) request.metainfo = content_.metainfo;
    store_.request(std::move(request), kind == Kind::write ? &from_ : nullptr);
  }

  void reported(const StoreReport& report) {
    // Any close ends the copy. If the content fails, the store reports a close without a ticket.
    if (report.kind == Kind::close) return io_.stop();
    if (report.kind == Kind::open) {
      if (report.outcome != Outcome::done) return io_.stop();
      had_ = report.had;
      listener_.opened();
    } else {
      --under_way_;
      if (report.outcome == Outcome::done) listener_.progress(++copied_);
      if (report.outcome == Outcome::failed) next_ = chunks();
    }
    go_on();
  }

  void go_on() {
    for (; next_ < chunks() && under_way_ < most_under_way; ++next_)
      if (const auto bytes = had_.test(next_) ? nullptr : read(next_)) {
        ++under_way_;
        request(Kind::write, next_, bytes);
      }
    if (next_ == chunks() && under_way_ == 0 && !std::exchange(closing_, true))
      request(Kind::close);
  }

  // Returns null if the chunk is wrong or cannot be read.
  ChunkBytes read(std::uint32_t chunk) const try {
    if (!from_.has_all_files_of(chunk)) return nullptr;
    const auto bytes =
        std::make_shared<std::vector<std::uint8_t>>(content_.metainfo->length(chunk));
    const bool right =
        from_.read(chunk, *bytes) && sha1(*bytes) == content_.metainfo->chunks[chunk];
    return right ? bytes : nullptr;
  } catch (const FileError&) {
    return nullptr;
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  const ContentSource& content_;
  const CopyListener& listener_;
  asio::steady_timer timer_{io_};
  std::uint64_t tickets_ = 0;
  std::uint32_t next_ = 0, under_way_ = 0, copied_ = 0;
  bool closing_ = false;
  Bitmap had_;
  OpenFiles open_files_;
  ContentFiles from_;
  ContentStore store_;
};

}  // namespace

std::uint32_t copy_content(const ContentSource& content, const std::filesystem::path& state,
                           Purpose purpose, const CopyListener& listener) {
  return Copy(content, state, purpose, listener).run();
}

}  // namespace swarm::udp
