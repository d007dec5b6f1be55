// The open files of a store: a limited number, of which the least recently used are closed. Files
// are found below a directory component by component, and no component may be a symbolic link. So a
// name in a content's metainfo can never lead out of that directory.
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

// One sentence: which file, what is wrong, what to do.
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The path in printable form, because a foreign metainfo may contain any name.
std::string shown(const std::filesystem::path& path);
// Uses the current errno: "cannot write /a/b: the disk is full; free some space and start again".
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

// Opens the folder that holds `path` (relative, with components separated by '/') below
// `directory`. Makes missing folders if `make` is set; otherwise the result is empty if one is
// missing. Throws FileError.
Descriptor open_folder_of(const std::filesystem::path& directory, std::string_view path,
                          bool make = false);
std::string_view last_part(std::string_view path);

// May be used by several threads. A file stays open as long as a caller holds it.
class OpenFiles {
 public:
  enum class Use { read, write };

  explicit OpenFiles(std::size_t most = 128) : most_(most) {}

  // Opens an existing regular file. Throws FileError.
  std::shared_ptr<const Descriptor> get(const std::filesystem::path& directory,
                                        const std::string& path, Use use);
  void close(const std::filesystem::path& directory);  // all files below it
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
