#include "transport/udp/net/http_messages.hpp"

// clang-format off
#include <boost/beast/core.hpp>
// clang-format on

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace swarm::udp {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

struct Target {
  std::string_view server, path;
};

// Splits the server from a target. RFC 9112, 3.2.2: a target may name the server, as it does in
// requests through a proxy: http://192.0.2.1:6969/announce?...
Target split(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const auto begin = target.substr(0, scheme.size());
    if (!beast::iequals({begin.data(), begin.size()}, {scheme.data(), scheme.size()})) continue;
    const auto path = std::min(target.find_first_of("/?", scheme.size()), target.size());
    return {target.substr(scheme.size(), path - scheme.size()), target.substr(path)};
  }
  return {{}, target};
}

}  // namespace

HttpRequest to_request(const http::request<http::string_body>& in, const Endpoint& from) {
  const auto whole = in.target();
  const auto named = split({whole.data(), whole.size()});
  std::string target(named.path);
  if (target.empty() || target.starts_with('?')) target.insert(0, 1, '/');
  const auto path = std::min(target.find('?'), target.size());
  HttpRequest request{.post = in.method() == http::verb::post,
                      .target = target.substr(0, path),
                      .body = in.body(),
                      .query = target.substr(path),
                      .from = from,
                      .head = in.method() == http::verb::head,
                      .version = in.version(),
                      .server = std::string(named.server)};
  const auto [first, end] = in.equal_range(http::field::host);
  for (auto field = first; field != end; ++field)
    request.hosts.emplace_back(field->value().data(), field->value().size());
  const auto [shown, last] = in.equal_range(http::field::authorization);
  for (auto field = shown; field != last; ++field)
    request.authorization.emplace_back(field->value().data(), field->value().size());
  return request;
}

http::response<http::string_body> to_beast(HttpResponse response, unsigned version) {
  http::response<http::string_body> out;
  out.version(version);
  out.result(response.status);
  out.set(http::field::content_type, response.type);
  out.set(http::field::cache_control, "no-store");
  if (response.status == 405) out.set(http::field::allow, response.allow);
  if (!response.authenticate.empty()) out.set(http::field::www_authenticate, response.authenticate);
  if (response.retry_after != 0)
    out.set(http::field::retry_after, std::to_string(response.retry_after));
  out.body() = std::move(response.body);
  out.prepare_payload();
  return out;
}

HttpResponse refusal(boost::system::error_code error) {
  if (error == http::error::header_limit)
    return {.status = 431, .body = fmt::format("the header is over {} bytes\n", http_header_limit)};
  if (error == http::error::body_limit)
    return {.status = 413, .body = fmt::format("the body is over {} bytes\n", http_body_limit)};
  return {.status = 400, .body = "this is no HTTP request\n"};
}

}  // namespace swarm::udp
