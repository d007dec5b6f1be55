#include "transport/udp/tracker/http_token.hpp"

#include <sodium.h>

#include <algorithm>
#include <string_view>

namespace swarm::udp {
namespace {

// The name of the scheme may have large letters (RFC 9110, 11.1), and blanks may follow it.
std::string_view bearer_of(std::string_view field) {
  constexpr std::string_view scheme = "bearer ";
  if (field.size() < scheme.size()) return {};
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); };
  if (!std::equal(scheme.begin(), scheme.end(), field.begin(), same)) return {};
  field.remove_prefix(scheme.size());
  return field.substr(std::min(field.find_first_not_of(' '), field.size()));
}

}  // namespace

std::optional<HttpResponse> HttpToken::objection(const HttpRequest& request) const {
  if (token_.empty()) return std::nullopt;
  if (request.authorization.size() == 1) {
    const auto shown = bearer_of(request.authorization.front());
    if (shown.size() == token_.size() &&
        sodium_memcmp(shown.data(), token_.data(), token_.size()) == 0)
      return std::nullopt;
  }
  return HttpResponse{.status = 401,
                      .body =
                          "this page needs the token of `http-token-file`, as "
                          "`Authorization: Bearer TOKEN`\n",
                      .authenticate = "Bearer realm=\"swarm-tracker\""};
}

}  // namespace swarm::udp
