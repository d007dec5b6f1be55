// Fuzzer of bencode: what is read is written in one form, which is read as the same and written as
// the very same bytes; raw_value finds each value of a dictionary in what was read; what follows a
// value changes nothing when it is left out; what is refused is refused at a place of the text.
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

using namespace swarm::wire;

void check(swarm::Bytes bytes, const Bencode& value) {
  const auto written = to_bytes(value);
  const auto again = parse_bencode(written);
  expect(again.has_value() && *again == value && same(to_bytes(*again), written));
  if (value.dictionary() == nullptr) return expect(raw_value(bytes, "info").empty());
  for (const auto& [key, item] : *value.dictionary()) {
    const auto raw = parse_bencode(raw_value(bytes, key));
    expect(raw.has_value() && *raw == item);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const swarm::Bytes bytes(data, size);
  const auto value = parse_bencode(bytes);
  const auto front = parse_bencode(bytes, Trailing::ignored);
  if (value) {
    expect(front.has_value() && *front == *value);
    check(bytes, *value);
  } else {
    expect(value.error().at <= size && !value.error().sentence.empty());
    if (front) check(bytes, *front);
  }
  return 0;
}
