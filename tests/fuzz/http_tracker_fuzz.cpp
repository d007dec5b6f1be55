// Fuzzer of the tracker's HTTP. Whatever target decodes means the same when it is written again, a
// refusal is one short sentence, and answers whose fields are taken from the input are bencode.
#include <fmt/format.h>

#include <cstdlib>

#include "engine/wire/bencode.hpp"
#include "engine/wire/http_tracker.hpp"

namespace {

using namespace swarm::wire;

void expect(bool condition) {
  if (!condition) std::abort();
}

std::string escaped(swarm::Bytes bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("%{:02x}", byte);
  return text;
}

std::string target_of(const http::AnnounceRequest& request) {
  static constexpr const char* events[] = {"", "completed", "started", "stopped"};
  auto target =
      fmt::format("/announce?info_hash={}&peer_id={}&port={}&event={}&compact={}",
                  escaped(request.info_hash.bytes), escaped(request.peer_id.bytes), request.port,
                  events[static_cast<std::size_t>(request.event)], request.compact ? 1 : 0);
  if (request.left) target += fmt::format("&left={}", *request.left);
  if (request.num_want) target += fmt::format("&numwant={}", *request.num_want);
  return target;
}

std::string target_of(const http::ScrapeRequest& request) {
  std::string target = "/scrape?";
  for (const auto& content : request.contents)
    target += fmt::format("info_hash={}&", escaped(content.bytes));
  return target;
}

void check_request(const http::Request& request) {
  const auto target = std::visit([](const auto& r) { return target_of(r); }, request);
  const auto again =
      http::decode_request({reinterpret_cast<const std::uint8_t*>(target.data()), target.size()});
  expect(again && *again == request);
}

Bencode written(const http::Response& response) {
  std::vector<std::uint8_t> bytes;
  http::encode(response, bytes);
  const auto value = parse_bencode(bytes);
  expect(value.has_value());
  return *value;
}

void check_refusal(const std::string& sentence) {
  expect(!sentence.empty() && sentence.size() < 80);
  for (const char c : sentence) expect(c >= ' ' && c <= '~');
  expect(*written(http::ErrorResponse{sentence}).find("failure reason")->text() == sentence);
}

bep15::SwarmCounts counts_from(swarm::Reader& in) {
  return {in.u32(), in.u32(), in.u32()};
}

void check_announced(swarm::Reader in) {
  http::AnnounceResponse response{in.u32(), in.u32(), counts_from(in), {}};
  response.compact = in.u8() % 2 != 0;
  std::size_t four = 0;
  while (in.left() >= 19 && response.peers.size() < bep15::most_peers) {
    response.peers.push_back(in.u8() % 2 != 0 ? in.endpoint() : in.endpoint6());
    if ((response.peers.end() - 1)->ip.is_v4()) ++four;
  }
  const auto answer = written(response);
  const auto& peers = *answer.find("peers");
  if (!response.compact) return expect(peers.list()->size() == response.peers.size());
  expect(peers.text()->size() == 6 * four);
  const auto* peers6 = answer.find("peers6");
  expect((peers6 ? peers6->text()->size() : 0) == 18 * (response.peers.size() - four));
}

void check_scraped(swarm::Reader in) {
  http::ScrapeResponse response;
  while (in.left() >= 32 && response.swarms.size() < bep15::most_hashes)
    response.swarms.push_back({{in.array<20>()}, counts_from(in)});
  expect(written(response).find("files")->dictionary()->size() <= response.swarms.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const swarm::Bytes bytes(data, size);
  if (const auto request = http::decode_request(bytes))
    check_request(*request);
  else
    check_refusal(request.error());
  check_announced(swarm::Reader(bytes));
  check_scraped(swarm::Reader(bytes));
  return 0;
}
