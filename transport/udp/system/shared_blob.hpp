// Bytes that one child process leaves to children that its parent forks later. The bytes lie in
// memory files (memfd), whose descriptors all children inherit. They outlive the process that wrote
// them, and the parent need not read them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/types.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class SharedBlob {
 public:
  // The parent must make the object before the first fork. Every function throws std::system_error
  // if there is no memory.
  SharedBlob();
  ~SharedBlob();
  SharedBlob(const SharedBlob&) = delete;
  SharedBlob& operator=(const SharedBlob&) = delete;

  // Replaces the bytes by the concatenation of `parts`. Only one thread of one process may call it
  // at a time. If the process dies during the call, the former bytes stay.
  void put(std::initializer_list<Bytes> parts);
  // Returns the bytes of the last put(); nullopt if there was none.
  std::optional<std::vector<std::uint8_t>> get() const;

 private:
  struct Page;
  Page* page_;
  std::array<Descriptor, 2> files_;
};

}  // namespace swarm::udp
