#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "engine/wire/secret.hpp"
#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/configuration/contact_names.hpp"
#include "transport/udp/configuration/content_list_file.hpp"
#include "transport/udp/configuration/http_secrets.hpp"
#include "transport/udp/system/network_interfaces.hpp"
#include "transport/udp/system/text_file.hpp"

// Resolves the configuration: combines it with this host's interfaces, addresses and files.

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_secret_file = 256 << 10;

[[noreturn]] void fail(std::string_view place, std::string_view sentence) {
  throw ConfigurationError(fmt::format("{}: {}", place, sentence));
}

bool others_may_read(const fs::path& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IROTH) != 0;
}

class Resolver {
 public:
  explicit Resolver(Configuration& configuration) : c_(configuration) {}

  std::vector<std::string> run() {
    warnings_ = c_.warnings;
    addresses();
    contacts();
    secret();
    first_start();
    http_secrets();
    http();
    return std::move(warnings_);
  }

 private:
  // Adds a warning once. Both addresses may be on one interface and cause the same warning.
  void warn(std::string sentence) {
    if (std::find(warnings_.begin(), warnings_.end(), sentence) == warnings_.end())
      warnings_.push_back(std::move(sentence));
  }

  // Returns the interface that has the address `own`; if `own` is 0, the configured interface.
  // Throws HostError about `key` if this host has no such address.
  NetworkInterface interface_of(std::string_view key, std::uint32_t own) {
    try {
      auto chosen = choose_interface(own == 0 ? c_.interface : address_text(own));
      if (c_.multicast_group != 0 && !chosen.multicast && !chosen.loopback)
        warn(
            fmt::format("the interface {} carries no multicast: say `multicast-group = none`, and "
                        "name the other trackers by `contact`",
                        chosen.name));
      return chosen;
    } catch (const InterfaceError& error) {
      throw HostError(fmt::format("{}: {}", own == 0 ? "interface" : key, error.what()));
    }
  }

  void addresses() {
    auto& t = c_.tracker;
    const auto peers = interface_of("peers-address", c_.peers_address);
    t.cluster_address = {interface_of("cluster-address", c_.cluster_address).ip, c_.cluster_port};
    t.peers_address = {peers.ip, c_.peers_port};
    if (t.cluster_address == t.peers_address)
      fail("peers-port", fmt::format("{} is the trackers' own port at this address: take another "
                                     "one for the peers",
                                     c_.peers_port));
    const auto six = address6(peers);
    c_.peers6 = six ? std::optional<Endpoint>({*six, c_.peers_port}) : std::nullopt;
  }

  std::optional<Ip> address6(const NetworkInterface& peers) {
    if (c_.peers_address6 == "none") return std::nullopt;
    if (c_.peers_address6 == automatic) return first_address6(peers);
    const Ip own = parse_address6(c_.peers_address6).value();
    if (is_own_address(own)) return own;
    throw HostError(
        fmt::format("peers-address6: {} is no address of this host", c_.peers_address6));
  }

  // Chooses no IPv6 address on the loopback interface. It has only one IPv6 address, and several
  // instances may run there for a trial.
  std::optional<Ip> first_address6(const NetworkInterface& peers) {
    if (peers.loopback) return std::nullopt;
    const auto there = addresses6(peers.name);
    const auto is = [](Address6::State state) {
      return [state](const Address6& address) { return address.state == state; };
    };
    const auto good = std::find_if(there.begin(), there.end(), is(Address6::State::good));
    if (good != there.end()) return good->ip;
    const auto early = std::find_if(there.begin(), there.end(), is(Address6::State::not_ready));
    if (early != there.end())
      warn(
          fmt::format("peers-address6: the network does not let this host use {} yet; peers are "
                      "served over IPv6 from when it does",
                      address_text(early->ip)));
    return std::nullopt;
  }

  void contacts() {
    auto& contacts = c_.tracker.contacts;
    contacts.clear();
    c_.named_contacts.clear();
    for (const auto& text : c_.contacts) {
      const auto contact = parse_contact(text, c_.cluster_port);
      if (!contact) fail("contact", contact.error());
      if (const auto* named = std::get_if<NamedContact>(&*contact))
        c_.named_contacts.push_back(*named);
      else if (const auto at = std::get<Endpoint>(*contact); at != c_.tracker.cluster_address)
        contacts.push_back(at);
    }
    if (c_.multicast_group != 0) contacts.push_back({c_.multicast_group, c_.cluster_port});
  }

  void secret() {
    c_.tracker.swarm_secret = {};
    if (!c_.secret_file.empty())
      c_.tracker.swarm_secret = wire::secret_from_text(secret_in_file());
    else if (!c_.secret.empty())
      c_.tracker.swarm_secret = wire::secret_from_text(c_.secret);
    else
      no_secret();
    if (!c_.secret.empty() && !c_.file.empty() && others_may_read(c_.file))
      warn(fmt::format("every user of this host may read {}: chmod o-r, if the secret is in it",
                       c_.file.string()));
  }

  std::string secret_in_file() {
    const std::string place = fmt::format("secret-file: {}", c_.secret_file.string());
    const auto text = read_text_file(c_.secret_file, longest_secret_file);
    if (!text) fail(place, why_unreadable(text.error()));
    if (others_may_read(c_.secret_file))
      warn(
          fmt::format("{} may be read by every user of this host, who can then take part in the "
                      "swarm: chmod o-r {}",
                      place, c_.secret_file.string()));
    const auto line = trimmed(std::string_view(*text).substr(0, text->find('\n')));
    auto bare = line;
    if (!take_byte_order_mark(bare).empty() || bare.size() < line.size())
      warn(
          fmt::format("{} begins with a byte order mark, which is a part of the secret: all hosts "
                      "need the same file",
                      place));
    if (line.empty()) fail(place, fmt::format("its first line is empty; {}", how_to_make_one()));
    if (line.size() < shortest_secret)
      fail(place, fmt::format("its first line has less than {} characters; {}", shortest_secret,
                              how_to_make_one()));
    return std::string(line);
  }

  void no_secret() {
    if (!is_loopback(c_.tracker.cluster_address.ip))
      fail("secret-file", fmt::format("without a secret anybody in the network could take part in "
                                      "the swarm: put the same one into a file on each host and "
                                      "name it here; {}",
                                      how_to_make_one()));
    warn(
        "there is no secret: whoever is on this host can take part in the swarm, which is for "
        "trials on loopback only");
  }

  static std::string how_to_make_one() { return "`head -c 24 /dev/urandom | base64` makes one"; }

  void first_start() {
    const auto& t = c_.tracker;
    const bool founds = t.first_start == FirstStart::bootstrap;
    if (founds && t.bootstrap_expect == 1)
      warn(
          "bootstrap-expect = 1: with an empty disk this instance founds a swarm alone, and until "
          "others join nobody takes over when it dies; say so on one host only");
    if (founds && t.bootstrap_expect == 2)
      warn(
          "bootstrap-expect = 2: of two members, the death of either stops all answers until it "
          "is back; three go on after the death of one");
    const bool needs_others =
        t.first_start == FirstStart::join || (founds && t.bootstrap_expect > 1);
    if (needs_others && t.contacts.empty() && c_.named_contacts.empty())
      warn(
          "no contact is named and multicast-group is none: an instance with an empty disk asks "
          "nobody for its swarm");
  }

  void http() {
    std::map<Endpoint, std::string_view> taken;
    const auto take = [&](std::string_view key, const std::string& text) {
      const auto address = own_http_address(key, text);
      const auto [earlier, first] = taken.emplace(address, key);
      if (!first) fail(key, fmt::format("{} is taken already, by {}", text, earlier->second));
      return address;
    };
    if (c_.http_address != "none" && !is_loopback(take("http-address", c_.http_address).ip))
      warn_of_open_pages();
    for (const auto& text : c_.announce_http_addresses) take("announce-http-address", text);
  }

  void http_secrets() {
    c_.http_token.clear();
    c_.tls.reset();
    if (!c_.http_token_file.empty()) c_.http_token = read_http_token(c_.http_token_file);
    if (!c_.http_tls_key.empty())
      c_.tls = read_tls_identity(c_.http_tls_certificate, c_.http_tls_key);
  }

  void warn_of_open_pages() {
    if (c_.http_token.empty())
      warn(fmt::format("http-address = {}: status and metrics are open to the network",
                       c_.http_address));
    else if (!c_.tls || c_.http_tls_for == TlsDoors::clients)
      warn(
          fmt::format("http-address = {}: the token of http-token-file crosses the network in "
                      "clear, say http-tls-certificate",
                      c_.http_address));
  }

  static Endpoint own_http_address(std::string_view key, const std::string& text) {
    const auto address = parse_endpoint_of_either(text).value();
    const bool any = address.ip == Ip{} || address.ip == Ip::v6({});
    if (any || is_own_address(address.ip)) return address;
    throw HostError(
        fmt::format("{}: {} is no address of this host", key, address_text(address.ip)));
  }

  Configuration& c_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<std::string> look_at_host(Configuration& configuration) {
  return Resolver(configuration).run();
}

ContentsTaken read_contents_taken(const Configuration& c) {
  const bool allow = !c.allow_list.empty();
  if (!allow && c.deny_list.empty()) return {};
  ContentsTaken taken{allow ? ContentList::Kind::allow : ContentList::Kind::deny,
                      read_content_list(allow ? c.allow_list : c.deny_list),
                      {}};
  if (allow && taken.contents.empty())
    taken.warnings.push_back(
        fmt::format("allow-list: {} names no content, so none is tracked", c.allow_list.string()));
  return taken;
}

void take(Configuration& configuration, ContentsTaken taken) {
  auto& list = configuration.tracker.contents_taken;
  list.reset();
  if (taken.kind)
    list = std::make_shared<const ContentList>(*taken.kind, std::move(taken.contents));
}

std::vector<std::string> resolve(Configuration& configuration) {
  auto warnings = look_at_host(configuration);
  auto taken = read_contents_taken(configuration);
  for (auto& warning : taken.warnings) warnings.push_back(std::move(warning));
  take(configuration, std::move(taken));
  return warnings;
}

}  // namespace swarm::udp
