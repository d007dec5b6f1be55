// Contacts that are given by host name: parses them, and looks up their addresses. A lookup can
// take long, so it runs on its own detached thread. It can fail and succeed later, so it is
// repeated.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/quantity.hpp"
#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/net/asio.hpp"
#include "transport/udp/system/logger.hpp"

namespace swarm::udp {

// Parses a contact, for example 192.0.2.2, 192.0.2.2:7001, tracker-2 or
// tracker-2.example.org:7001. Looks up no name.
Parsed<std::variant<Endpoint, NamedContact>> parse_contact(std::string_view text,
                                                           std::uint16_t default_port);

// Returns the IPv4 addresses of a name in host byte order. The error says why there are none.
using NameLookup =
    std::function<tl::expected<std::vector<std::uint32_t>, std::string>(const std::string& name)>;
NameLookup system_lookup();  // this host's resolver: /etc/hosts, DNS...

// Looks up the names of contacts repeatedly while `wanted` returns true, because addresses may
// change. While a lookup of any name fails, all names are looked up again after 1 s, 2 s, 4 s, ...
// and at most 60 s. While every lookup succeeds, they are looked up every 60 s.
class ContactNames {
 public:
  struct Callbacks {  // all are called on the thread that runs the io_context
    std::function<void(const std::vector<Endpoint>&)>
        found;  // gets all known addresses whenever they change
    std::function<void(LogLevel, const std::string&)> say;  // writes a log line
    std::function<bool()> wanted;  // false: this instance has found its swarm
  };
  // The constructor starts the first lookup. `self` is this instance's cluster address. The results
  // never contain `self`, because all hosts may have the same list of contacts. Nor do they contain
  // addresses that no other host can have. The destructor waits for no lookup.
  ContactNames(asio::io_context& io, const Endpoint& self, std::vector<NamedContact> names,
               Callbacks callbacks, NameLookup lookup = system_lookup(), Duration first_wait = 1s,
               Duration longest_wait = 60s);
  ~ContactNames();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace swarm::udp
