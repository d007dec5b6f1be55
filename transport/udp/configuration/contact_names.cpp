#include "transport/udp/configuration/contact_names.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

constexpr std::size_t longest_name = 253;  // limit of DNS

bool is_name(std::string_view text) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  };
  const bool has_letter =  // text without a letter is a malformed address, not a name
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
  return has_letter && text.size() <= longest_name && std::all_of(text.begin(), text.end(), fits) &&
         text.front() != '-' && text.front() != '.' && text.find("..") == text.npos;
}

std::vector<std::string> texts(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> all;
  for (const auto& endpoint : endpoints) all.push_back(to_string(endpoint));
  return all;
}

using Addresses = tl::expected<std::vector<std::uint32_t>, std::string>;

Addresses ask_system(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_DGRAM;
  addrinfo* first = nullptr;
  if (const int error = ::getaddrinfo(name.c_str(), nullptr, &wanted, &first))
    return tl::unexpected(
        std::string(error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  std::vector<std::uint32_t> found;
  for (const auto* one = first; one != nullptr; one = one->ai_next) {
    sockaddr_in address{};
    std::memcpy(&address, one->ai_addr, std::min<std::size_t>(sizeof address, one->ai_addrlen));
    found.push_back(ntohl(address.sin_addr.s_addr));
  }
  return found;
}

}  // namespace

NameLookup system_lookup() {
  return ask_system;
}

Parsed<std::variant<Endpoint, NamedContact>> parse_contact(std::string_view text,
                                                           std::uint16_t default_port) {
  const auto none = [&] {
    return tl::unexpected(fmt::format(
        "`{}` is no contact: write an IPv4 address or a host's name, and a port of 1 to 65535 if "
        "need be, like 192.0.2.1, 192.0.2.1:7000 or tracker2.lan:7000 (trackers talk to each other "
        "over IPv4 only)",
        text.substr(0, 60)));
  };
  const auto colon = std::min(text.rfind(':'), text.size());
  const auto host = text.substr(0, colon);
  if (!is_name(host)) {
    if (const auto endpoint = parse_endpoint(text, default_port)) return *endpoint;
    return none();
  }
  NamedContact named{std::string(host), default_port};
  if (colon < text.size()) {
    const auto port = parse_count(text.substr(colon + 1), 1, 65535);
    if (!port) return none();
    named.port = static_cast<std::uint16_t>(*port);
  }
  return named;
}

struct ContactNames::Impl : std::enable_shared_from_this<Impl> {
  struct Name {
    NamedContact contact;
    std::vector<Endpoint> found;
    bool known = false;
    // `failures` counts failures in a row. The next failure with a count of `told_at` is reported.
    unsigned failures = 0, told_at = 1;
  };

  Impl(asio::io_context& io, const Endpoint& own, std::vector<NamedContact> contacts, Callbacks to,
       NameLookup how, Duration shortest, Duration longest)
      : self(own),
        callbacks(std::move(to)),
        lookup(std::move(how)),
        first_wait(shortest),
        longest_wait(longest),
        wait(shortest),
        timer(io),
        io_if_alive(&io) {
    for (auto& contact : contacts) names.push_back({std::move(contact), {}});
  }

  // Looks up one name after the other, and reports each result at once.
  void ask() {
    try {
      start_asking();
    } catch (const std::system_error& error) {  // if no thread is available, all lookups fail
      for (auto& name : names) unknown(name, error.what());
      asked_all();
    }
  }
  void start_asking() {
    std::thread([self = shared_from_this(), all = names, how = lookup] {
      for (std::size_t i = 0; i < all.size(); ++i)
        if (!self->tell([self, i, addresses = how(all[i].contact.name)] {
              self->answered(self->names[i], addresses);
            }))
          return;
      self->tell([self] { self->asked_all(); });
    }).detach();
  }
  // Runs `work` on the thread of the io_context. May be called from any thread. Returns false, and
  // does nothing, if the ContactNames object has ended.
  template <class Work>
  bool tell(Work work) {
    const std::scoped_lock lock(mutex);
    if (io_if_alive == nullptr) return false;
    asio::post(*io_if_alive, [self = shared_from_this(), work = std::move(work)] {
      if (self->io_if_alive != nullptr) work();  // only this thread sets it to null
    });
    return true;
  }
  void end() {
    const std::scoped_lock lock(mutex);
    io_if_alive = nullptr;
    timer.reset();
  }

  void answered(Name& name, const Addresses& addresses) {
    if (!addresses) return unknown(name, addresses.error());
    name.known = true;
    name.failures = 0;
    name.told_at = 1;
    auto fresh = others(*addresses, name.contact.port);
    if (fresh == name.found) return;
    name.found = std::move(fresh);
    callbacks.say(LogLevel::info, fmt::format("contact {}: it is {}", name.contact.name,
                                              fmt::join(texts(name.found), ", ")));
    std::vector<Endpoint> all;
    for (const auto& one : names) all.insert(all.end(), one.found.begin(), one.found.end());
    callbacks.found(all);
  }
  // Notes a failed lookup. Logs the 1st, 2nd, 4th, 8th, ... failure in a row. Keeps the addresses
  // of an earlier lookup.
  void unknown(Name& name, const std::string& why) {
    name.known = false;
    if (++name.failures < name.told_at) return;
    name.told_at = name.failures * 2;
    callbacks.say(LogLevel::warning,
                  fmt::format("contact {}: this name has no IPv4 address here ({}): while there "
                              "is no master it is asked for again, at least once in {} s",
                              name.contact.name, why, longest_wait / 1s));
  }
  // Returns those addresses that another host can have. Many hosts map their own name to 127.0.1.1.
  // So loopback addresses are left out, unless this instance itself has a loopback address.
  std::vector<Endpoint> others(const std::vector<std::uint32_t>& addresses,
                               std::uint16_t port) const {
    std::vector<Endpoint> found;
    for (const auto address : addresses) {
      const Endpoint one{address, port};
      const bool nobodys =
          address == 0 || is_multicast(one.ip) || (is_loopback(one.ip) && !is_loopback(self.ip));
      if (!nobodys && one != self) found.push_back(one);
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  void asked_all() {
    const bool all_known =
        std::all_of(names.begin(), names.end(), [](const Name& name) { return name.known; });
    ask_after(all_known ? longest_wait : std::exchange(wait, std::min(2 * wait, longest_wait)));
    if (all_known) wait = first_wait;
  }
  void ask_after(Duration pause) {
    timer->expires_after(pause);
    timer->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error || self->io_if_alive == nullptr) return;
      if (self->callbacks.wanted()) return self->ask();
      self->ask_after(self->longest_wait);
    });
  }

  const Endpoint self;
  const Callbacks callbacks;
  const NameLookup lookup;
  const Duration first_wait, longest_wait;
  Duration wait;
  std::vector<Name> names;
  std::optional<asio::steady_timer> timer;

  std::mutex mutex;
  asio::io_context* io_if_alive;
};

ContactNames::ContactNames(asio::io_context& io, const Endpoint& self,
                           std::vector<NamedContact> names, Callbacks callbacks, NameLookup lookup,
                           Duration first_wait, Duration longest_wait)
    : impl_(std::make_shared<Impl>(io, self, std::move(names), std::move(callbacks),
                                   std::move(lookup), first_wait, longest_wait)) {
  impl_->ask();
}

ContactNames::~ContactNames() {
  impl_->end();
}

}  // namespace swarm::udp
