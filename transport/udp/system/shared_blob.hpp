// Bytes that a process leaves to those that are forked from its parent after it: memory that
// belongs to no process, and is read and written through descriptors. The parent need not look at
// it.
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
  SharedBlob();  // before the first fork; throws std::system_error, as do the others: no memory
  ~SharedBlob();
  SharedBlob(const SharedBlob&) = delete;
  SharedBlob& operator=(const SharedBlob&) = delete;

  // One process and thread at a time. The parts one after the other take the place of what was put
  // before. Who dies meanwhile leaves that.
  void put(std::initializer_list<Bytes> parts);
  // What was put last; nullopt: nothing yet.
  std::optional<std::vector<std::uint8_t>> get() const;

 private:
  struct Page;
  Page* page_;
  std::array<Descriptor, 2> files_;
};

}  // namespace swarm::udp
