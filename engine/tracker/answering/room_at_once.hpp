// The hash tables of the standard move all they hold when they grow. One that has become large gets
// room for all that it may ever hold, while there is little to move.
#pragma once

#include <cstddef>

namespace swarm {

// To be called before an entry is added; `most` are expected.
template <class Table>
void room_at_once(Table& table, std::size_t most) {
  constexpr std::size_t large = 1024;
  if (table.size() == large && table.bucket_count() < most) table.reserve(most);
}

}  // namespace swarm
