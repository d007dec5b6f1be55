// Locks the contents of a state folder that are in use, so that each content is open in one process
// at a time. Each lock is on one byte of a common file, and ends with the process at the latest.
// One more byte is locked while a process places a content, that is, while it checks which records
// claim the content's files, and writes the content's record.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/types.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

// Returns the error for a content that another process of this user has open.
std::string sentence_in_use(std::string_view name);

class ContentLocks {
 public:
  // Makes the file if it is missing. Throws FileError.
  explicit ContentLocks(const std::filesystem::path& file);

  bool take(const InfoHash& content);  // false if another ContentLocks has locked the content
  void release(const InfoHash& content);
  bool taken(const InfoHash& content) const;  // true if another ContentLocks has locked it

  struct Waiting {
    std::chrono::milliseconds silent{1000};    // a wait of this length causes a call of `tell`
    std::chrono::milliseconds longest{20000};  // a wait of this length fails
    std::function<void(std::string)> tell{};   // gets a sentence that says what is waited for
  };
  // Holds the lock for placing contents while the object lives.
  class Placing {
   public:
    // Waits until other processes have released the lock, for at most `longest`. Throws FileError.
    explicit Placing(ContentLocks& locks) : Placing(locks, Waiting{}) {}
    Placing(ContentLocks& locks, const Waiting& waiting);
    ~Placing();
    Placing(const Placing&) = delete;
    Placing& operator=(const Placing&) = delete;

   private:
    ContentLocks& locks_;
  };

 private:
  bool lock(std::int64_t place, int kind);

  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace swarm::udp
