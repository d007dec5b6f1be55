// SHA-1, as BEP 3 has it for contents and chunks (OpenSSL).
#pragma once

#include <memory>

#include "engine/base/types.hpp"

namespace swarm {

using Sha1Digest = InfoHash;

Sha1Digest sha1(Bytes bytes);

class Sha1 {  // of bytes that come in parts
 public:
  Sha1();
  Sha1(Sha1&&) noexcept;
  ~Sha1();
  void add(Bytes bytes);
  Sha1Digest finish();  // and begins anew

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
