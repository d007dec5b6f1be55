#include "transport/udp/tracker/http_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace swarm::udp {
namespace {

constexpr std::size_t shown = 64;  // characters of a stranger's name in an answer

// Only what a log or a terminal can show.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, shown));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

}  // namespace

HttpNames::HttpNames(const std::vector<std::string>& names, IsOwn is_own)
    : is_own_(std::move(is_own)) {
  names_.push_back({"localhost", {}});
  for (const auto& name : names)
    if (auto host = parse_named_host(name)) names_.push_back(std::move(*host));
}

bool HttpNames::is_this_host(std::string_view text) const {
  const auto host = parse_named_host(text);
  if (!host) return false;
  return std::find(names_.begin(), names_.end(), *host) != names_.end() ||
         (host->address && is_own_(*host->address));
}

// RFC 9112, 3.2: a request of HTTP/1.1 has exactly one Host. If the target names a server, too,
// this name counts as well.
std::optional<HttpResponse> HttpNames::objection(const HttpRequest& request) const {
  if (request.hosts.size() > 1)
    return HttpResponse{.status = 400, .body = "a request has one Host, not several\n"};
  if (request.hosts.empty() && request.version >= 11)
    return HttpResponse{.status = 400, .body = "a request of HTTP/1.1 has a Host\n"};
  auto named = request.hosts;
  if (!request.server.empty()) named.push_back(request.server);
  for (const auto& host : named)
    if (!is_this_host(host))
      return HttpResponse{
          .status = 421,
          .body = fmt::format("`{}` is no name of this instance: ask for one of its addresses, or "
                              "add the name to `http-names` in its configuration\n",
                              printable(host))};
  return std::nullopt;
}

}  // namespace swarm::udp
