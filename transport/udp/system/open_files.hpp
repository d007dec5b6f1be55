// The open files of a store. Their number is limited: if there are too many, the least recently
// used file is closed. A path below a directory is opened component by component, and no component
// may be a symbolic link. So a name in a content's metainfo can never lead out of that directory.
#pragma once

#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace swarm::udp {

// `what()` is one sentence. It says which file is concerned, what is wrong, and what to do.
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Returns the path without control characters: a metainfo from elsewhere may contain any name.
std::string shown(const std::filesystem::path& path);
// Throws a FileError about the current errno: "cannot write /a/b: the disk is full; free some space
// and start again".
[[noreturn]] void throw_file_error(std::string_view verb, const std::filesystem::path& file);

class Descriptor {  // owns a file descriptor
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();
  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

// Opens the folder that holds `directory`/`path`. `path` is relative, with components separated by
// '/'. If a folder is missing: makes it if `make` is set, otherwise returns an empty descriptor.
// Throws FileError.
Descriptor open_folder_of(const std::filesystem::path& directory, std::string_view path,
                          bool make = false);
std::string_view last_part(std::string_view path);  // the part behind the last '/'

// May be used by several threads. A file that was closed here stays open while a caller holds it.
class OpenFiles {
 public:
  enum class Use { read, write };

  explicit OpenFiles(std::size_t most = 128) : most_(most) {}

  // Opens an existing regular file. Throws FileError.
  std::shared_ptr<const Descriptor> get(const std::filesystem::path& directory,
                                        const std::string& path, Use use);
  void close(const std::filesystem::path& directory);  // closes all files below `directory`
  std::size_t size() const;

 private:
  struct Entry {
    std::filesystem::path directory;
    std::string path;
    Use use;
    std::shared_ptr<const Descriptor> file;
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
};

}  // namespace swarm::udp
