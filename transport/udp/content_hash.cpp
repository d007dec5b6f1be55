#include "transport/udp/content_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "transport/udp/content_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t threads = 2;
constexpr std::uint64_t bytes_per_turn = 4 << 20;  // that a thread reads one after the other
constexpr auto between_progress = std::chrono::milliseconds(100);

// Length of the UTF-8 character at the beginning, 0 when there is none.
std::size_t utf8_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool beyond = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);
  return overlong || beyond ? 0 : length;
}

// Other machines can write it.
bool good_name(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_character(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Everything throws FileError.
class Hasher {
 public:
  Hasher(const fs::path& path, std::uint32_t chunk_size) {
    content_.chunk_size = chunk_size;
    std::error_code error;
    const fs::path whole = fs::canonical(path, error);
    if (error) refuse(path, error.message());
    content_.name = whole.filename().string();
    if (content_.name.empty()) refuse(path, "it is a whole file system; name a folder in it");
    directory_ = whole.parent_path();
    content_.folder = fs::is_directory(whole);
    if (content_.folder) {
      add_folder(whole);
    } else {
      add(fs::directory_entry(whole));
    }
    check_limits(path);
  }

  HashedContent run(const HashProgress& progress) {
    OpenFiles open_files;
    const auto plan = std::make_shared<const Metainfo>(content_);
    ContentFiles files(plan, directory_, open_files);
    const ContentFiles::Marks before = files.look();
    for (std::size_t i = 0; i < before.size(); ++i)
      if (!before[i] || before[i]->size != content_.files[i].size) changed(i);
    hash(files, progress);
    const ContentFiles::Marks& after = files.look();
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i] != after[i]) changed(i);
    return {make_metainfo(content_.name, content_.folder, content_.files, content_.chunk_size,
                          std::move(hashes_)),
            directory_, std::move(skipped_)};
  }

 private:
  [[noreturn]] static void refuse(const fs::path& path, std::string_view why) {
    throw FileError(fmt::format("cannot share {}: {}", shown(path), why));
  }
  [[noreturn]] void changed(std::size_t file) const {
    refuse(directory_ / content_.files[file].path,
           "it changed while it was hashed; share it again when nothing writes to it");
  }

  void add_folder(const fs::path& folder) {
    std::error_code error;
    fs::recursive_directory_iterator at(folder, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) add(*at);
    if (error) refuse(folder, error.message());
    std::sort(content_.files.begin(), content_.files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
  }

  void add(const fs::directory_entry& entry) {
    const auto kind = entry.symlink_status().type();
    if (kind == fs::file_type::directory) return;
    const std::string path = entry.path().lexically_relative(directory_).string();
    if (kind != fs::file_type::regular) {
      skipped_.push_back(shown(entry.path()));
      return;
    }
    if (!good_name(path))
      refuse(entry.path(), "its name is not UTF-8, or has control characters; rename it");
    std::error_code error;
    content_.files.push_back({path, entry.file_size(error)});
    if (error) refuse(entry.path(), error.message());
    content_.size += content_.files.back().size;
  }

  void check_limits(const fs::path& path) {
    if (content_.size == 0) refuse(path, "there is not a single byte in it");
    std::uint64_t info = 1024;  // at most, beside names and hashes
    for (const auto& file : content_.files) info += file.path.size() + 64;
    const std::uint64_t chunks = (content_.size - 1) / content_.chunk_size + 1;
    if (info + 20 * chunks <= longest_info) return hashes_.resize(chunks);
    refuse(path, info > longest_info / 2 ? "it has too many files; share it in parts, or packed"
                                         : "it has too many chunks; choose a larger chunk size");
  }

  void hash(const ContentFiles& files, const HashProgress& progress) {
    std::vector<std::thread> helpers;
    for (std::size_t i = 0; i < threads; ++i) helpers.emplace_back([&] { hash_turns(files); });
    bool ended = false, cancelled = false;
    while (!ended) {
      {
        std::unique_lock lock(mutex_);
        ended = changed_.wait_for(lock, between_progress, [this] { return ended_ == threads; });
      }
      if (!cancelled && progress && !progress(done_, content_.size)) cancelled = stop_ = true;
    }
    for (auto& helper : helpers) helper.join();
    if (cancelled) throw FileError("cancelled");
    if (!failure_.empty()) throw FileError(failure_);
  }

  void hash_turns(const ContentFiles& files) {
    std::string failure;
    try {
      const auto turn = static_cast<std::uint32_t>(
          std::max<std::uint64_t>(1, bytes_per_turn / content_.chunk_size));
      std::vector<std::uint8_t> bytes;
      for (std::uint64_t begin; !stop_ && (begin = next_.fetch_add(turn)) < hashes_.size();)
        for (std::uint64_t i = begin; i < begin + turn && i < hashes_.size() && !stop_; ++i)
          hash_chunk(files, static_cast<std::uint32_t>(i), bytes);
    } catch (const std::exception& error) {
      failure = error.what();
      stop_ = true;
    }
    const std::scoped_lock lock(mutex_);
    if (failure_.empty()) failure_ = failure;
    if (++ended_ == threads) changed_.notify_one();
  }

  void hash_chunk(const ContentFiles& files, std::uint32_t chunk,
                  std::vector<std::uint8_t>& bytes) {
    bytes.resize(
        std::min<std::uint64_t>(content_.chunk_size, content_.size - content_.offset(chunk)));
    if (!files.read(chunk, bytes))
      refuse(directory_ / content_.name,
             "it changed while it was hashed; share it again when nothing writes to it");
    hashes_[chunk] = sha1(bytes);
    done_ += bytes.size();
  }

  Metainfo content_;  // without hashes
  fs::path directory_;
  std::vector<std::string> skipped_;
  std::vector<Sha1Digest> hashes_;

  std::atomic<std::uint64_t> next_{0}, done_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // of those below
  std::condition_variable changed_;
  std::size_t ended_ = 0;
  std::string failure_;
};

}  // namespace

tl::expected<HashedContent, std::string> hash_content(const fs::path& path,
                                                      std::uint32_t chunk_size,
                                                      const HashProgress& progress) try {
  return Hasher(path, chunk_size).run(progress);
} catch (const std::runtime_error& error) {  // FileError, filesystem_error
  return tl::unexpected(std::string(error.what()));
}

}  // namespace swarm::udp
