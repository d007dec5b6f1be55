// The host that a request over HTTP names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/types.hpp"

namespace swarm::udp {

// A host without port: a name in small letters and without a dot at its end, or an address.
struct NamedHost {
  std::string name;
  std::optional<Ip> address;  // if the host is an address; `name` is then empty
  friend bool operator==(const NamedHost&, const NamedHost&) = default;
};
// Parses HOST or HOST:PORT, as in the Host of a request: `name`, `192.0.2.1:80`, `[2001:db8::1]`.
// Nothing: this is no host.
std::optional<NamedHost> parse_named_host(std::string_view text);

}  // namespace swarm::udp
