#include "engine/base/sha1.hpp"

#include <openssl/evp.h>

#include "engine/base/assert.hpp"

namespace swarm {
namespace {

struct FreeAlgorithm {
  void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

void expect(bool condition) {
  SWARM_ASSERT(condition, "OpenSSL's default provider has SHA-1");
}

// Fetches the algorithm only once, because a fetch takes longer than hashing a kilobyte.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, FreeAlgorithm> sha1(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  expect(sha1 != nullptr);
  return sha1.get();
}

}  // namespace

struct Sha1::Impl {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};

  void begin() { expect(EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1); }
};

Sha1::Sha1() : impl_(std::make_unique<Impl>()) {
  impl_->begin();
}
Sha1::Sha1(Sha1&&) noexcept = default;
Sha1::~Sha1() = default;

void Sha1::add(Bytes bytes) {
  expect(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

Sha1Digest Sha1::finish() {
  Sha1Digest digest;
  expect(EVP_DigestFinal_ex(impl_->context.get(), digest.bytes.data(), nullptr) == 1);
  impl_->begin();
  return digest;
}

Sha1Digest sha1(Bytes bytes) {
  thread_local Sha1 one;
  one.add(bytes);
  return one.finish();
}

}  // namespace swarm
