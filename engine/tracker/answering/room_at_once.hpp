// A hash table of the standard library moves all its entries when it grows. So a table that becomes
// large gets room for all the entries that it may ever hold, while it has few to move.
#pragma once

#include <cstddef>

namespace swarm {

// Call it before you add an entry. `most`: the number of entries that are expected.
template <class Table>
void room_at_once(Table& table, std::size_t most) {
  constexpr std::size_t large = 1024;
  if (table.size() == large && table.bucket_count() < most) table.reserve(most);
}

}  // namespace swarm
