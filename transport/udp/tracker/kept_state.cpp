#include "transport/udp/tracker/kept_state.hpp"

#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "engine/base/assert.hpp"

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

}  // namespace

void KeptState::put(const Configuration& configuration, const ContentsTaken& contents) {
  const auto kind = static_cast<std::uint8_t>(kind_of(contents));
  const Bytes hashes{reinterpret_cast<const std::uint8_t*>(contents.contents.data()),
                     contents.contents.size() * width};
  contents_.put({Bytes(&kind, 1), hashes});
  values_.put({bytes_of(reloadable_values(configuration))});
}

bool KeptState::get(Configuration& configuration) const {
  const auto values = values_.get();
  const auto kept = contents_.get();
  if (!values || !kept) return false;
  SWARM_ASSERT(kept->size() % width == 1, "a kind and whole hashes were kept");
  set_reloadable_values(configuration,
                        {reinterpret_cast<const char*>(values->data()), values->size()});
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
