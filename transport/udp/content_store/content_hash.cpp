#include "transport/udp/content_store/content_hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/wire/file_name.hpp"
#include "transport/udp/content_store/content_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t threads = 2;
constexpr std::uint64_t bytes_per_turn = 4 << 20;  // each thread hashes so many bytes in a row
constexpr auto between_progress = std::chrono::milliseconds(100);

// Describes the first name in the path that other machines could not write; "" if there is none.
std::string problem_of_path(const fs::path& path) {
  for (const auto& component : path) {
    const std::string name = component.string();
    if (std::string problem = wire::problem_of_name(name); !problem.empty())
      return fmt::format("the name \"{}\" {}", wire::shown_name(name), problem);
  }
  return {};
}

// Every method throws FileError.
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
    if (!files.hold(ContentHold::Kind::shared))
      refuse(directory_ / content_.name,
             "it is written to by another swarm-peer right now; share it when that is done");
    hash(files, progress);
    const ContentFiles::Marks& after = files.look();
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i] != after[i]) changed(i);
    std::vector<db::FileMark> marks;
    for (const auto& mark : after) marks.push_back(*mark);
    return {make_metainfo(content_.name, content_.folder, content_.files, content_.chunk_size,
                          std::move(hashes_), content_.links),
            directory_, std::move(marks), std::move(skipped_)};
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
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(content_.files.begin(), content_.files.end(), by_path);
    std::sort(content_.links.begin(), content_.links.end(), by_path);
  }

  void add(const fs::directory_entry& entry) {
    const auto status = entry.symlink_status();
    if (status.type() == fs::file_type::directory) return;
    if (status.type() == fs::file_type::symlink) return add_link(entry.path());
    if (status.type() != fs::file_type::regular) {
      skipped_.push_back(shown(entry.path()) + " is neither a file nor a folder");
      return;
    }
    std::error_code error;
    content_.files.push_back({path_of(entry.path()), entry.file_size(error),
                              (status.permissions() & fs::perms::owner_exec) != fs::perms::none});
    if (error) refuse(entry.path(), error.message());
    content_.size += content_.files.back().size;
  }

  std::string path_of(const fs::path& file) const {
    const fs::path path = file.lexically_relative(directory_);
    if (const std::string problem = problem_of_path(path); !problem.empty())
      refuse(file, problem + "; rename it");
    return path.string();
  }

  // Shares a link whose target lies in the folder, whether or not the target exists.
  void add_link(const fs::path& link) {
    if (auto target = target_within(link))
      content_.links.push_back({path_of(link), std::move(*target)});
    else
      skipped_.push_back(shown(link) + " is a link that leads out of the folder, or to no place");
  }

  std::optional<std::string> target_within(const fs::path& link) const {
    std::error_code error;
    const fs::path words = fs::read_symlink(link, error);
    if (error || words.is_absolute()) return {};
    const fs::path whole = directory_ / content_.name;
    fs::path target = (link.parent_path() / words).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();  // drops a '/' at the end
    // If the link leads through other links, its real target may be elsewhere than its text says.
    const fs::path real = fs::weakly_canonical(link.parent_path() / words, error);
    if (error || real != fs::weakly_canonical(target, error) || error) return {};
    for (const auto& place : {target, real})
      if (place == whole ||
          std::mismatch(whole.begin(), whole.end(), place.begin(), place.end()).first !=
              whole.end())
        return {};
    const fs::path path = target.lexically_relative(directory_);
    return problem_of_path(path).empty() ? std::optional(path.string()) : std::nullopt;
  }

  void check_limits(const fs::path& path) {
    if (const std::string problem = too_much_for_metainfo(content_); !problem.empty())
      refuse(path, problem);
    hashes_.resize((content_.size - 1) / content_.chunk_size + 1);
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
  std::mutex mutex_;  // guards the members below
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
