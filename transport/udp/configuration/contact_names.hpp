// Contacts by name: what a text of the configuration says, and the addresses of the names, which
// another system knows, slowly or not yet. They are asked for on a thread that nobody waits for.
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

// 192.0.2.2, 192.0.2.2:7001, tracker-2, tracker-2.example.org:7001. Looks nothing up.
Parsed<std::variant<Endpoint, NamedContact>> parse_contact(std::string_view text,
                                                           std::uint16_t default_port);

// The IPv4 addresses of a name in host order, or why there are none.
using NameLookup =
    std::function<tl::expected<std::vector<std::uint32_t>, std::string>(const std::string& name)>;
NameLookup system_lookup();  // this host's resolver: /etc/hosts, DNS...

// A name that is not known is asked for again, after 1 s, 2 s, ... 60 s; all names again once a
// minute, as long as `wanted` says so: addresses change.
class ContactNames {
 public:
  struct Callbacks {  // all on the thread that runs the io_context
    std::function<void(const std::vector<Endpoint>&)>
        found;  // all that are known, when they change
    std::function<void(LogLevel, const std::string&)> say;
    std::function<bool()> wanted;  // false: this instance has found its swarm
  };
  // `self`: the own cluster address, which a list for all hosts has too: it is left out, as are
  // addresses that nobody else could have. Asks at once. Its end waits for no answer.
  ContactNames(asio::io_context& io, const Endpoint& self, std::vector<NamedContact> names,
               Callbacks callbacks, NameLookup lookup = system_lookup(), Duration first_wait = 1s,
               Duration longest_wait = 60s);
  ~ContactNames();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace swarm::udp
