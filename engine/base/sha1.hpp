// SHA-1, the hash of contents and chunks in BEP 3. OpenSSL computes it.
#pragma once

#include <memory>

#include "engine/base/types.hpp"

namespace swarm {

using Sha1Digest = InfoHash;

Sha1Digest sha1(Bytes bytes);

class Sha1 {  // the digest of bytes that are added in parts
 public:
  Sha1();
  Sha1(Sha1&&) noexcept;
  ~Sha1();
  void add(Bytes bytes);
  Sha1Digest finish();  // then the object begins a new digest

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace swarm
