// Which contents of a state folder are in use, by this or another process: a lock for each, that
// ends with its process at the latest. All are bytes of one file. One more byte is held while a
// content that will be written to looks for records that claim its files, and makes its own.
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

// Of a content that another process of this user has.
std::string sentence_in_use(std::string_view name);

class ContentLocks {
 public:
  explicit ContentLocks(const std::filesystem::path& file);  // made when missing; throws FileError

  bool take(const InfoHash& content);  // false: another ContentLocks has it
  void release(const InfoHash& content);
  bool taken(const InfoHash& content) const;  // by another ContentLocks

  struct Waiting {
    std::chrono::milliseconds silent{1000};  // before it is told
    std::chrono::milliseconds longest{20000};
    std::function<void(std::string)> tell{};  // a sentence: what is waited for
  };
  // Held as long as it lives.
  class Placing {
   public:
    // Waits for others; throws FileError.
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
