#include "transport/udp/tracker/kept_state.hpp"

#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "engine/base/assert.hpp"
#include "transport/udp/net/tls_identity.hpp"

namespace swarm::udp {
namespace {

constexpr std::size_t width = 20;
static_assert(sizeof(InfoHash) == width, "lists are kept as they are in memory");

enum class Kind : std::uint8_t { all, allow, deny };

Kind kind_of(const ContentsTaken& contents) {
  if (!contents.kind) return Kind::all;
  return *contents.kind == ContentList::Kind::allow ? Kind::allow : Kind::deny;
}

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

using Size = std::uint64_t;  // before each part of what HTTP needs: a part may have any bytes

Bytes bytes_of(const Size& size) {
  return {reinterpret_cast<const std::uint8_t*>(&size), sizeof(size)};
}

// The token, the certificates and the key were in use, so they fit.
void set_http(Configuration& configuration, std::string_view kept) {
  const auto take_one = [&kept] {
    Size size{};
    SWARM_ASSERT(kept.size() >= sizeof(size), "the size of each part was kept");
    std::memcpy(&size, kept.data(), sizeof(size));
    kept.remove_prefix(sizeof(size));
    SWARM_ASSERT(kept.size() >= size, "each part was kept whole");
    const std::string one(kept.substr(0, size));
    kept.remove_prefix(size);
    return one;
  };
  configuration.http_token = take_one();
  auto certificates = take_one(), key = take_one();
  configuration.tls.reset();
  SWARM_ASSERT(certificates.empty() == key.empty(), "a certificate was kept with its key");
  if (!key.empty())
    configuration.tls = std::make_shared<TlsIdentity>(std::move(certificates), std::move(key));
}

}  // namespace

void KeptState::put(const Configuration& configuration, const ContentsTaken& contents) {
  const auto kind = static_cast<std::uint8_t>(kind_of(contents));
  const Bytes hashes{reinterpret_cast<const std::uint8_t*>(contents.contents.data()),
                     contents.contents.size() * width};
  contents_.put({Bytes(&kind, 1), hashes});
  static const std::string none;
  const std::string &token = configuration.http_token,
                    &certificates = configuration.tls ? configuration.tls->certificates() : none,
                    &key = configuration.tls ? configuration.tls->key() : none;
  const std::array<Size, 3> sizes{token.size(), certificates.size(), key.size()};
  http_.put({bytes_of(sizes[0]), bytes_of(token), bytes_of(sizes[1]), bytes_of(certificates),
             bytes_of(sizes[2]), bytes_of(key)});
  values_.put({bytes_of(reloadable_values(configuration))});
}

bool KeptState::get(Configuration& configuration) const {
  const auto values = values_.get();
  const auto kept = contents_.get(), http = http_.get();
  if (!values || !kept || !http) return false;
  SWARM_ASSERT(kept->size() % width == 1, "a kind and whole hashes were kept");
  set_reloadable_values(configuration,
                        {reinterpret_cast<const char*>(values->data()), values->size()});
  set_http(configuration, {reinterpret_cast<const char*>(http->data()), http->size()});
  ContentsTaken contents;
  const auto kind = static_cast<Kind>(kept->front());
  if (kind != Kind::all)
    contents.kind = kind == Kind::allow ? ContentList::Kind::allow : ContentList::Kind::deny;
  contents.contents.resize(kept->size() / width);
  if (!contents.contents.empty())
    std::memcpy(contents.contents.data(), kept->data() + 1, kept->size() - 1);
  take(configuration, std::move(contents));
  return true;
}

}  // namespace swarm::udp
