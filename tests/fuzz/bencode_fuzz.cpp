// Fuzzer of bencode: what is read is written as the very same bytes, and so is each value of a
// dictionary where raw_value finds it; what is refused is refused at a place of the text.
#include <algorithm>
#include <cstdlib>

#include "engine/wire/bencode.hpp"

namespace {

void expect(bool condition) {
  if (!condition) std::abort();
}

bool same(swarm::Bytes a, swarm::Bytes b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace swarm::wire;
  const swarm::Bytes bytes(data, size);
  const auto value = parse_bencode(bytes);
  if (!value) {
    expect(value.error().at <= size && !value.error().sentence.empty());
    return 0;
  }
  expect(same(to_bytes(*value), bytes));
  if (value->dictionary() == nullptr) {
    expect(raw_value(bytes, "info").empty());
    return 0;
  }
  for (const auto& [key, item] : *value->dictionary())
    expect(same(raw_value(bytes, key), to_bytes(item)));
  return 0;
}
