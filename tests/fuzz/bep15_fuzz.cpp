// Fuzzer of the messages of BEP 15. Whatever decodes means the same when it is encoded again: a
// response to the same bytes, a request without what was skipped. No datagram is a request of both
// dialects, nor refused by both with an answer; and what is refused with an answer is long enough.
#include <algorithm>
#include <cstdlib>

#include "engine/wire/bep15.hpp"

namespace {

using namespace swarm::wire;

void expect(bool condition) {
  if (!condition) std::abort();
}

void check_request(swarm::Bytes bytes, const bep15::Request& request) {
  std::vector<std::uint8_t> again;
  bep15::encode(request, again);
  expect(again.size() <= bytes.size() && bep15::is_bep15(again));
  expect(std::equal(again.begin(), again.begin() + 16, bytes.begin()));
  expect(*bep15::decode_request(again) == request);
  if (std::holds_alternative<bep15::ScrapeRequest>(request))
    expect(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
}

void check_response(swarm::Bytes bytes, bool ipv6) {
  const auto response = bep15::decode_response(bytes, ipv6);
  if (!response) return;
  std::vector<std::uint8_t> again;
  bep15::encode(*response, again);
  expect(std::equal(again.begin(), again.end(), bytes.begin(), bytes.end()));
}

void check_dialects(swarm::Bytes bytes) {
  const auto seeds = swarm::wire::decode_request(bytes);
  if (seeds || seeds.error().answer) expect(!bep15::is_bep15(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const swarm::Bytes bytes(data, size);
  const auto request = bep15::decode_request(bytes);
  expect(bep15::is_bep15(bytes) == (request || request.error().transaction));
  if (request)
    check_request(bytes, *request);
  else if (request.error().transaction)
    expect(size >= 16);
  check_dialects(bytes);
  check_response(bytes, false);
  check_response(bytes, true);
  return 0;
}
