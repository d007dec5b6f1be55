// Bytes that a process leaves to processes that its parent forks later. They lie in memory that
// belongs to no process and is accessed through descriptors. The parent need not read them.
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
  // To be made before the first fork. Every function throws std::system_error if there is no
  // memory.
  SharedBlob();
  ~SharedBlob();
  SharedBlob(const SharedBlob&) = delete;
  SharedBlob& operator=(const SharedBlob&) = delete;

  // Replaces the bytes by the given parts, one after the other. For one process and thread at a
  // time. If the process dies during the call, the former bytes stay.
  void put(std::initializer_list<Bytes> parts);
  // The bytes of the last put(); nullopt before the first.
  std::optional<std::vector<std::uint8_t>> get() const;

 private:
  struct Page;
  Page* page_;
  std::array<Descriptor, 2> files_;
};

}  // namespace swarm::udp
