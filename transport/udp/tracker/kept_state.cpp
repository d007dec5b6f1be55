#include "transport/udp/tracker/kept_state.hpp"

#include <algorithm>
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

// The token, the certificates and the key were in use, so they fit.
void set_http(Configuration& configuration, std::string_view kept) {
  const auto take_one = [&kept] {
    const auto one = kept.substr(0, kept.find('\0'));
    kept.remove_prefix(std::min(one.size() + 1, kept.size()));
    return std::string(one);
  };
  configuration.http_token = take_one();
  auto certificates = take_one(), key = take_one();
  configuration.tls.reset();
  if (!key.empty())
    configuration.tls = std::make_shared<TlsIdentity>(std::move(certificates), std::move(key));
}

}  // namespace

void KeptState::put(const Configuration& configuration, const ContentsTaken& contents) {
  const auto kind = static_cast<std::uint8_t>(kind_of(contents));
  const Bytes hashes{reinterpret_cast<const std::uint8_t*>(contents.contents.data()),
                     contents.contents.size() * width};
  contents_.put({Bytes(&kind, 1), hashes});
  const std::uint8_t end = 0;  // no token and no text in PEM has a zero byte
  http_.put({bytes_of(configuration.http_token), Bytes(&end, 1),
             bytes_of(configuration.tls ? configuration.tls->certificates() : ""), Bytes(&end, 1),
             bytes_of(configuration.tls ? configuration.tls->key() : "")});
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
