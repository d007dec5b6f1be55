// Where the trackers of a case live, and their peers: addresses, networks, a folder for files.
//
//   loopback   127.a.b.N, another a.b and another multicast group for each process: cases that run
//              at the same time do not hear each other. Needs no root.
//   LAN        a network namespace per host, joined by a bridge in one of its own, multicast
//              flooded: 10.77.0.N and, where the kernel has IPv6, 2001:db8::N. Cables can be
//              pulled, datagrams be lost. Needs root, ip and nft.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "tests/lan/harness/network_namespace.hpp"

namespace swarm::lan {

// Hosts are numbered from 1; the peers live together on one more host.
inline constexpr unsigned peers_host = 200;

class Site {
 public:
  explicit Site(const std::filesystem::path& folder);  // made here; kept or removed by its owner
  virtual ~Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  virtual std::uint32_t address(unsigned host) const = 0;
  virtual std::uint32_t group() const = 0;
  virtual const NetworkNamespace* network(unsigned host) const = 0;  // null: this process's own
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
  // Empty: it can be had here; else a sentence on what is missing.
  static std::string missing();
  static bool has_ipv6();
  Lan(const std::filesystem::path& folder, unsigned hosts);  // and that of the peers

  std::uint32_t address(unsigned host) const override;
  Ip address6(unsigned host) const;  // where there is IPv6
  std::uint32_t group() const override;
  const NetworkNamespace* network(unsigned host) const override;

  // The cable of the host. Whoever sends is told nothing. At once: no program is started; returns
  // when it began.
  Time unplug(unsigned host);
  Time plug(unsigned host);
  // What `from` sends does not arrive at `to` any more.
  void cut_one_way(unsigned from, unsigned to);
  void cut(unsigned a, unsigned b);
  // What anybody sends to the group at this port does not arrive there any more.
  void deafen(unsigned host, std::uint16_t port);
  void lose(unsigned percent);  // of all that crosses the bridge
  // What `from` sends in more than so many bytes (IPv4, with its headers), and nobody is told.
  void swallow_longer_than(unsigned bytes, unsigned from);
  void heal();  // every cut and loss; not the cables
  // Its interface is deleted, and another is made with the same name and addresses.
  void remake_interface(unsigned host);
  void remove_address6(unsigned host);
  void add_address6(unsigned host);
  // As after another lease of DHCP; address() stays that of before.
  void readdress(unsigned host, std::uint32_t to);
  // What the host sends, and what it is sent, waits for a line of so many Mbit/s; for good.
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
