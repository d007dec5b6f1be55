// The open files of a store: a bounded number, those that were used last. Files are found beneath a
// directory component by component, and no component may be a symbolic link: what a content's
// metainfo names can never lie outside of that directory.
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

// A path as a terminal may be given it: a metainfo of others may name anything.
std::string shown(const std::filesystem::path& path);
// Of errno, as it is now: "cannot write /a/b: the disk is full; free some space and start again".
[[noreturn]] void throw_file_error(std::string_view verb, const std::filesystem::path& file);

class Descriptor {  // owns one
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

// The folder that holds `path` (relative, components joined by '/') beneath `directory`: a
// descriptor that other calls can start from. Folders that are missing are made if `make`; without
// it nothing is given when one is missing. Throws FileError.
Descriptor open_folder_of(const std::filesystem::path& directory, std::string_view path,
                          bool make = false);
std::string_view last_part(std::string_view path);

// For several threads. A file stays open as long as somebody holds it.
class OpenFiles {
 public:
  enum class Use { read, write };

  explicit OpenFiles(std::size_t most = 128) : most_(most) {}

  // A regular file that exists. Throws FileError.
  std::shared_ptr<const Descriptor> get(const std::filesystem::path& directory,
                                        const std::string& path, Use use);
  void close(const std::filesystem::path& directory);  // all beneath
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
  std::list<Entry> entries_;  // the one used last is the first
};

}  // namespace swarm::udp
