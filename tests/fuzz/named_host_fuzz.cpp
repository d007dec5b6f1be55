// Fuzzer of the hosts that requests over HTTP name. A host that is read means the same when it is
// written again, with a port or in large letters, and never has bytes that a name cannot have.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "transport/udp/net/named_host.hpp"
#include "transport/udp/system/network_interfaces.hpp"
#include "transport/udp/tracker/http_names.hpp"

namespace {

using namespace swarm::udp;

void expect(bool condition) {
  if (!condition) std::abort();
}

std::string written(const NamedHost& host) {
  if (!host.address) return host.name;
  const auto text = address_text(*host.address);
  return host.address->is_v4() ? text : "[" + text + "]";
}

void check(const NamedHost& host) {
  expect(host.address.has_value() == host.name.empty());
  const auto text = written(host);
  expect(std::all_of(host.name.begin(), host.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  }));
  expect(parse_named_host(text) == host || host.name.ends_with('.'));
  expect(parse_named_host(text + ":80") == parse_named_host(text));
  auto large = text;
  std::transform(large.begin(), large.end(), large.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  expect(parse_named_host(large) == parse_named_host(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto host = parse_named_host(text);
  if (host) check(*host);
  const HttpNames names({"tracker.example"}, [](const swarm::Ip&) { return false; });
  HttpRequest request;
  request.target = "/status";
  request.hosts = {text};
  const auto refusal = names.objection(request);
  const bool known = host && (host->name == "localhost" || host->name == "tracker.example");
  expect(refusal.has_value() != known);
  if (refusal) expect(refusal->status == 421 && refusal->body.size() < 256);
  return 0;
}
