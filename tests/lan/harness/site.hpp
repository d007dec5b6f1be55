// The place where the trackers and peers of a test case run: addresses, networks and a folder for
// files. There are two kinds:
//
//   loopback   Addresses 127.a.b.N. Each test process has its own a.b and its own multicast group,
//              so that cases that run at the same time do not receive each other's datagrams. Needs
//              no root.
//   LAN        A network namespace per host, and one more with a bridge that joins them and floods
//              multicast. Addresses are 10.77.0.N and, if the kernel has IPv6, 2001:db8::N. A test
//              can pull cables and lose datagrams. Needs root, ip and nft.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "tests/lan/harness/network_namespace.hpp"

namespace swarm::lan {

// Hosts are numbered from 1. The load's peers and the probe share one more host, with this number.
inline constexpr unsigned peers_host = 200;

class Site {
 public:
  explicit Site(const std::filesystem::path& folder);  // makes the folder; never removes it
  virtual ~Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  virtual std::uint32_t address(unsigned host) const = 0;
  virtual std::uint32_t group() const = 0;
  // The namespace of a host; null if it is the one of this process.
  virtual const NetworkNamespace* network(unsigned host) const = 0;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

class Loopback final : public Site {
 public:
  using Site::Site;
  std::uint32_t address(unsigned host) const override;
  std::uint32_t group() const override;
  const NetworkNamespace* network(unsigned) const override { return nullptr; }
};

class Lan final : public Site {
 public:
  // Returns a sentence about what is missing on this machine; "" if it can have a Lan.
  static std::string missing();
  static bool has_ipv6();
  // Makes so many hosts, and the host of the peers.
  Lan(const std::filesystem::path& folder, unsigned hosts);

  std::uint32_t address(unsigned host) const override;
  Ip address6(unsigned host) const;  // only if has_ipv6()
  std::uint32_t group() const override;
  const NetworkNamespace* network(unsigned host) const override;

  // Unplugs or plugs in the cable of a host. Senders get no error. Takes effect immediately,
  // because no program is started. Returns the time at which it began.
  Time unplug(unsigned host);
  Time plug(unsigned host);
  // Drops all datagrams from `from` to `to`.
  void cut_one_way(unsigned from, unsigned to);
  void cut(unsigned a, unsigned b);  // cuts both ways
  // Drops all datagrams to the multicast group at this port before they reach the host.
  void deafen(unsigned host, std::uint16_t port);
  void lose(unsigned percent);  // loses so many per cent of all that crosses the bridge
  // Drops IPv4 packets from `from` that are longer than `bytes`, headers included. The sender gets
  // no error.
  void swallow_longer_than(unsigned bytes, unsigned from);
  void heal();  // ends all cuts and losses; does not plug in cables
  // Deletes the host's interface, and makes another one with the same name and addresses.
  void remake_interface(unsigned host);
  void remove_address6(unsigned host);
  void add_address6(unsigned host);
  // Gives the host another address, as a new DHCP lease does. address() still returns the old one.
  void readdress(unsigned host, std::uint32_t to);
  // Limits the host's link to so many Mbit/s in both directions. The limit cannot be removed.
  void make_thin(unsigned host, unsigned mbit);

 private:
  void add(unsigned host);
  void connect(unsigned host, const NetworkNamespace& network);
  void introduce(const NetworkNamespace& network) const;
  Time set_link(unsigned host, bool up);
  void rule(const std::string& text);

  NetworkNamespace bridge_;
  std::map<unsigned, std::unique_ptr<NetworkNamespace>> hosts_;
};

}  // namespace swarm::lan
