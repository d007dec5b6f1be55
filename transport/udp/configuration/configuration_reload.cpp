#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/tracker/settings_keys.hpp"
#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/net/tls_identity.hpp"
#include "transport/udp/system/network_interfaces.hpp"

// Decides which values take effect after the configuration was read again.

namespace swarm::udp {
namespace {

struct Difference {
  const ConfigurationKey* key;
  std::string was, is;

  std::string sentence() const {
    const auto shown = [this](const std::string& text) {
      return text.empty() ? key->when_unset : text;
    };
    if (key->hidden) return fmt::format("{}: it is another one", key->name);
    return fmt::format("{}: {} becomes {}", key->name, shown(was), shown(is));
  }
};

std::vector<Difference> differences(const Configuration& current, const Configuration& fresh) {
  std::vector<Difference> found;
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys)
      if (key.text(current) != key.text(fresh))
        found.push_back({&key, key.text(current), key.text(fresh)});
  return found;
}

// Takes over each reloadable value that contradicts no current value. A value may fit only after a
// later one was taken over, so the loop repeats until it takes over no value. The other values stay
// in `waiting`.
void take_over(Configuration& current, std::vector<Difference>& waiting, Reload& result) {
  const auto take = [&](const Difference& difference) {
    if (!difference.key->reloadable) return false;
    Configuration candidate = current;
    if (!difference.key->set(candidate, difference.is)) return false;
    if (!find_conflict(candidate.tracker).key.empty()) return false;
    current = std::move(candidate);
    result.changed.push_back(difference.sentence());
    return true;
  };
  while (std::erase_if(waiting, take) > 0) {
  }
}

std::string contents_text(const ContentList* list) {
  if (list == nullptr) return "all contents are tracked";
  const bool allow = list->kind() == ContentList::Kind::allow;
  return fmt::format("{} the contents of the {} are tracked, {} in all", allow ? "only" : "all but",
                     allow ? "allow-list" : "deny-list", list->size());
}

// Takes over the list of contents. The text of the list may have changed even if its path has not.
void take_over_contents(Configuration& current, const Configuration& fresh, Reload& result) {
  auto& was = current.tracker.contents_taken;
  const auto& is = fresh.tracker.contents_taken;
  const bool same = was && is ? *was == *is : was == is;
  if (!same) result.changed.push_back(contents_text(is.get()));
  was = is;
}

bool same(const TlsIdentity* was, const TlsIdentity* is) {
  if (was == nullptr || is == nullptr) return was == is;
  return was->certificates() == is->certificates() && was->key() == is->key();
}

// Takes over the token and the certificate of HTTP. The content of a file may have changed even if
// its path has not.
void take_over_http(Configuration& current, const Configuration& fresh, Reload& result) {
  if (current.http_token != fresh.http_token)
    result.changed.push_back(fresh.http_token.empty() ? "the pages need no token"
                                                      : "http-token-file: another token is in it");
  if (!same(current.tls.get(), fresh.tls.get()))
    result.changed.push_back(fresh.tls ? "http-tls-certificate: another certificate or key is in it"
                                       : "HTTP is served without TLS");
  current.http_token = fresh.http_token;
  current.tls = fresh.tls;
}

// Finds changes that need a restart although no key has changed: the interface has a new address,
// or the secret's file has a new secret. Only resolve() reads these.
void compare_found(const Configuration& current, const Configuration& fresh, Reload& result) {
  const auto& was = current.tracker;
  const auto& is = fresh.tracker;
  const auto address = [&](std::string_view channel, const Ip& before, const Ip& now) {
    if (before != now && before != Ip{} && now != Ip{})
      result.needs_restart.push_back(fmt::format("the {} address: {} becomes {}", channel,
                                                 address_text(before), address_text(now)));
  };
  const bool same_keys = current.interface == fresh.interface &&
                         current.cluster_address == fresh.cluster_address &&
                         current.peers_address == fresh.peers_address;
  if (same_keys) {
    address("cluster", was.cluster_address.ip, is.cluster_address.ip);
    address("peers", was.peers_address.ip, is.peers_address.ip);
    if (current.peers_address6 == fresh.peers_address6 && current.peers6 && fresh.peers6)
      address("IPv6 peers", current.peers6->ip, fresh.peers6->ip);
  }
  if (current.secret_file == fresh.secret_file && current.secret == fresh.secret &&
      was.swarm_secret != is.swarm_secret)
    result.needs_restart.push_back("secret-file: another secret is in it");
}

}  // namespace

Reload reload(Configuration& current, const Configuration& fresh) {
  Reload result;
  auto waiting = differences(current, fresh);
  take_over(current, waiting, result);
  for (const auto& difference : waiting) result.needs_restart.push_back(difference.sentence());
  take_over_contents(current, fresh, result);
  take_over_http(current, fresh, result);
  compare_found(current, fresh, result);
  return result;
}

// The format is NAME=VALUE and a zero byte for each key. No value contains a zero byte.
std::string reloadable_values(const Configuration& configuration) {
  std::string values;
  for (const auto& section : configuration_sections())
    for (const auto& key : section.keys)
      if (key.reloadable) values += key.name + '=' + key.text(configuration) + '\0';
  return values;
}

void set_reloadable_values(Configuration& configuration, std::string_view values) {
  while (!values.empty()) {
    const auto one = values.substr(0, values.find('\0'));
    values.remove_prefix(std::min(one.size() + 1, values.size()));
    const auto name = one.substr(0, one.find('='));
    const auto* key = find_configuration_key(name);
    if (key != nullptr && key->reloadable) key->set(configuration, one.substr(name.size() + 1));
  }
}

}  // namespace swarm::udp
