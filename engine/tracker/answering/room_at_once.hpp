// A hash table of the standard library moves all its entries when it grows. With many entries this
// takes long. So a table that may become large gets room for all its entries early, while it has
// only few entries to move.
#pragma once

#include <cstddef>

namespace swarm {

// Call it before you add an entry. `most`: the largest number of entries that is expected.
template <class Table>
void room_at_once(Table& table, std::size_t most) {
  constexpr std::size_t large = 1024;
  if (table.size() == large && table.bucket_count() < most) table.reserve(most);
}

}  // namespace swarm
