#include "engine/wire/seal.hpp"

#include <sodium.h>

#include <string_view>

#include "engine/base/assert.hpp"

namespace swarm::wire {
namespace {

static_assert(SealingKey::nonce_size == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(SealingKey::tag_size == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(SealingKey::tag_size == crypto_shorthash_siphashx24_BYTES);
static_assert(sizeof(SealingKey::Bits) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES &&
              sizeof(SealingKey::Bits) >= crypto_shorthash_siphashx24_KEYBYTES);

using Tag = std::array<std::uint8_t, SealingKey::tag_size>;

Tag siphash_of(Bytes bytes, const std::uint8_t* key) {
  Tag tag{};
  crypto_shorthash_siphashx24(tag.data(), bytes.data(), bytes.size(), key);
  return tag;
}

}  // namespace

void SealingKey::close(std::vector<std::uint8_t>& datagram, std::size_t from) const {
  SWARM_ASSERT(from >= nonce_size && from <= datagram.size(),
               "a nonce comes before what is sealed");
  const std::size_t size = datagram.size();
  if (cipher_ == Cipher::siphash) {
    const Tag tag = siphash_of(datagram, bits_.data());
    datagram.insert(datagram.end(), tag.begin(), tag.end());
    return;
  }
  datagram.resize(size + tag_size);
  std::uint8_t* const plain = datagram.data() + from;
  const std::uint8_t* const nonce = plain - nonce_size;
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
      plain, datagram.data() + size, nullptr, plain, size - from, datagram.data(),
      from - nonce_size, nullptr, nonce, bits_.data());
}

std::optional<Bytes> SealingKey::open(Bytes datagram, std::size_t from,
                                      std::vector<std::uint8_t>& plain) const {
  SWARM_ASSERT(from >= nonce_size && datagram.size() >= from + tag_size,
               "a sealed datagram has a nonce and a tag");
  const Bytes sealed = datagram.first(datagram.size() - tag_size), tag = datagram.last(tag_size);
  if (cipher_ == Cipher::siphash) {
    const Tag right = siphash_of(sealed, bits_.data());
    if (sodium_memcmp(right.data(), tag.data(), tag_size) != 0) return std::nullopt;
    return sealed.subspan(from);
  }
  plain.resize(sealed.size() - from);
  const std::uint8_t* const nonce = datagram.data() + from - nonce_size;
  const int wrong = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
      plain.data(), nullptr, datagram.data() + from, plain.size(), tag.data(), datagram.data(),
      from - nonce_size, nonce, bits_.data());
  if (wrong != 0) return std::nullopt;
  return Bytes(plain);
}

Seal::Seal(const Secret& swarm, Cipher cipher) {
  for (std::size_t purpose = 0; purpose < keys_.size(); ++purpose) {
    static_assert(sizeof swarm >= crypto_generichash_KEYBYTES_MIN);
    static constexpr std::string_view context = "swarm tracker: sealed datagrams ";
    std::vector<std::uint8_t> message(context.begin(), context.end());
    message.push_back(static_cast<std::uint8_t>(purpose));
    SealingKey::Bits bits{};
    crypto_generichash(bits.data(), bits.size(), message.data(), message.size(), swarm.data(),
                       swarm.size());
    keys_[purpose] = SealingKey(cipher, bits);
  }
}

}  // namespace swarm::wire
