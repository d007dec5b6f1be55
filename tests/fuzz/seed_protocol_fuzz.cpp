// Fuzzer of the peer protocol: whatever decodes must encode to the very same bytes, and what is
// refused with an answer must be no smaller than that answer.
#include <algorithm>
#include <cstdlib>

#include "engine/wire/seed_protocol.hpp"

namespace {

template <class Message>
void expect_same(const Message& message, swarm::Bytes bytes) {
  const auto again = swarm::wire::encode(message);
  if (!std::equal(again.bytes().begin(), again.bytes().end(), bytes.begin(), bytes.end()))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const swarm::Bytes bytes(data, size);
  if (const auto request = swarm::wire::decode_request(bytes))
    expect_same(*request, bytes);
  else if (const auto& answer = request.error().answer)
    if (swarm::wire::encode(*answer).bytes().size() > size) std::abort();
  if (const auto response = swarm::wire::decode_response(bytes)) expect_same(*response, bytes);
  return 0;
}
