// Locks the contents of a state folder that are in use, so that one process at a time has each. All
// locks are bytes of one file and end with their process at the latest. One more byte is locked
// while a content is placed: while it checks which records claim its files and writes its own
// record.
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

// The error for a content that another process of this user has open.
std::string sentence_in_use(std::string_view name);

class ContentLocks {
 public:
  // makes the file if it is missing; throws FileError
  explicit ContentLocks(const std::filesystem::path& file);

  bool take(const InfoHash& content);  // false: another ContentLocks has it
  void release(const InfoHash& content);
  bool taken(const InfoHash& content) const;  // true if another ContentLocks has it

  struct Waiting {
    std::chrono::milliseconds silent{1000};    // then `tell` is called
    std::chrono::milliseconds longest{20000};  // then the wait fails
    std::function<void(std::string)> tell{};  // gets a sentence that says what the caller waits for
  };
  // Holds the lock for placing contents while the object lives.
  class Placing {
   public:
    // Waits until other processes have released the lock; throws FileError.
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
