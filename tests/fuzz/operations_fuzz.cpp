// Fuzzer of the operations of a block: whatever decodes must encode to the very same bytes.
#include <cstdlib>

#include "engine/wire/operations.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const swarm::Bytes bytes(data, size);
  const auto operations = swarm::wire::decode_operations(bytes);
  if (!operations) return 0;
  std::vector<std::uint8_t> again;
  std::size_t expected = 0;
  for (const auto& operation : *operations) {
    swarm::wire::encode(operation, again);
    expected += swarm::wire::encoded_size(operation);
  }
  if (again.size() != expected || again.size() != size) std::abort();
  if (!std::equal(again.begin(), again.end(), bytes.begin())) std::abort();
  return 0;
}
