#include "tests/lan/harness/real_client_programs.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>
#include <functional>
#include <map>

#include "tests/lan/harness/network_namespace.hpp"

namespace swarm::lan {
namespace {

using Words = std::vector<std::string>;

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string webtorrent_module() {
  const char* folder = ::getenv("SWARM_WEBTORRENT");
  return folder == nullptr ? "" : std::string(folder) + "/node_modules/webtorrent";
}

// --- What each is told ---------------------------------------------------------------------------

constexpr auto libtorrent_script = R"(
import libtorrent, signal, sys
torrent, folder, port = sys.argv[1:]
session = libtorrent.session({
    "listen_interfaces": f"0.0.0.0:{port},[::]:{port}",
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False})
session.add_torrent({"ti": libtorrent.torrent_info(torrent), "save_path": folder})
signal.sigwait({signal.SIGINT})
)";

Words libtorrent(const ClientTask& task) {
  const auto script = task.folder / "client.py";
  write(script, libtorrent_script);
  return {"/usr/bin/python3", script, task.torrent, task.downloads, std::to_string(client_port)};
}

constexpr auto qbittorrent_settings = R"([LegalNotice]
Accepted=true
[BitTorrent]
Session\DHTEnabled=false
Session\PeXEnabled=false
Session\LSDEnabled=false
Session\Port={}
Session\DefaultSavePath={}
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\Address=127.0.0.1
WebUI\UseUPnP=false
)";

Words qbittorrent(const ClientTask& task) {
  const auto profile = task.folder / "profile";
  write(profile / "qBittorrent/config/qBittorrent.conf",
        fmt::format(qbittorrent_settings, client_port, task.downloads.string()));
  return {"/usr/bin/qbittorrent-nox", "--profile=" + profile.string(),
          "--save-path=" + task.downloads.string(), "--skip-dialog=true", task.torrent};
}

// It writes the port behind the interface, and takes one alone, of IPv4 by default: so it has both.
constexpr auto deluge_settings = R"({{"file": 1, "format": 1}}{{
"dht": false, "lsd": false, "utpex": false, "upnp": false, "natpmp": false,
"listen_ports": [{0}, {0}], "random_port": false, "listen_random_port": null,
"listen_interface": "0.0.0.0:{0},[::]",
"download_location": "{1}", "new_release_check": false}})";

// The daemon is the process that stays; its console adds the torrent as soon as it is heard.
constexpr auto deluge_commands = R"(
(for try in 1 2 3 4 5 6 7 8 9; do
   /usr/bin/deluge-console -c {0} "connect 127.0.0.1:58846 localclient swarm; add {1}" && break
   sleep 0.5
 done) &
exec /usr/bin/deluged -d -c {0}
)";

Words deluge(const ClientTask& task) {
  const auto settings = task.folder / "settings";
  write(settings / "core.conf", fmt::format(deluge_settings, client_port, task.downloads.string()));
  write(settings / "auth", "localclient:swarm:10\n");
  return {"/bin/sh", "-c", fmt::format(deluge_commands, settings.string(), task.torrent.string())};
}

constexpr auto transmission_settings = R"({{
"dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "rpc-enabled": false,
"port-forwarding-enabled": false, "peer-port": {}, "download-dir": "{}",
"watch-dir-enabled": true, "watch-dir": "{}"}})";

std::filesystem::path settings_of_transmission(const ClientTask& task) {
  const auto settings = task.folder / "settings", watched = task.folder / "watched";
  std::filesystem::create_directories(watched);
  write(settings / "settings.json",
        fmt::format(transmission_settings, client_port, task.downloads.string(), watched.string()));
  return settings;
}

Words transmission(const ClientTask& task) {
  const auto settings = settings_of_transmission(task);
  std::filesystem::copy_file(task.torrent, task.folder / "watched/content.torrent");
  return {"/usr/bin/transmission-daemon", "--foreground", "--config-dir", settings};
}

Words transmission_cli(const ClientTask& task) {
  return {"/usr/bin/transmission-cli",
          "--config-dir",
          settings_of_transmission(task),
          "--download-dir",
          task.downloads,
          task.torrent};
}

// Its UDP is one for DHT and trackers; with nobody to begin with, and for a private torrent, the
// DHT stays empty.
Words aria2(const ClientTask& task) {
  const auto port = std::to_string(client_port);
  return {"/usr/bin/aria2c",
          "--no-conf",
          "--dir=" + task.downloads.string(),
          "--enable-dht=true",
          "--dht-file-path=" + (task.folder / "dht.dat").string(),
          "--dht-listen-port=" + port,
          "--listen-port=" + port,
          "--enable-dht6=false",
          "--bt-enable-lpd=false",
          "--enable-peer-exchange=false",
          "--file-allocation=none",
          "--check-integrity=true",
          "--seed-ratio=0.0",
          "--summary-interval=0",
          task.torrent};
}

constexpr auto rtorrent_settings = R"(directory.default.set={0}
session.path.set={1}
network.port_range.set={2}-{2}
network.port_random.set=no
dht.mode.set=disable
protocol.pex.set=no
trackers.use_udp.set=yes
schedule2=load,0,0,"load.start={3}"
)";

Words rtorrent(const ClientTask& task) {
  const auto settings = task.folder / "rtorrent.rc", session = task.folder / "session";
  std::filesystem::create_directories(session);
  write(settings, fmt::format(rtorrent_settings, task.downloads.string(), session.string(),
                              client_port, task.torrent.string()));
  return {"/usr/bin/rtorrent",      "-n", "-o",
          "system.daemon.set=true", "-o", "import=" + settings.string()};
}

constexpr auto webtorrent_script = R"(
const WebTorrent = require(process.argv[2])
const [torrent, folder, port] = process.argv.slice(3)
const client = new WebTorrent({dht: false, lsd: false, utPex: false, natUpnp: false,
                               natPmp: false, torrentPort: Number(port)})
client.add(torrent, {path: folder})
process.on('SIGINT', () => client.destroy(() => process.exit(0)))
)";

Words webtorrent(const ClientTask& task) {
  const auto script = task.folder / "client.js";
  write(script, webtorrent_script);
  return {"/usr/bin/node", script,         webtorrent_module(),
          task.torrent,    task.downloads, std::to_string(client_port)};
}

// Without the sleep it would leave its shell when it is complete, and share as another process.
Words lftp(const ClientTask& task) {
  return {"/usr/bin/lftp", "-c",
          fmt::format("set torrent:use-dht no; set torrent:port-range {0}-{0}; torrent -O {1} {2}; "
                      "sleep 1d",
                      client_port, task.downloads.string(), task.torrent.string())};
}

// --- All of them ---------------------------------------------------------------------------------

struct Program {
  std::string name;
  std::vector<std::string> needs;  // programs
  std::string package;             // of Debian
  std::function<Words(const ClientTask&)> prepare;
};

const std::map<ClientKind, Program>& programs() {
  static const std::map<ClientKind, Program> all{
      {ClientKind::libtorrent, {"libtorrent", {"python3"}, "python3-libtorrent", libtorrent}},
      {ClientKind::qbittorrent,
       {"qBittorrent", {"qbittorrent-nox"}, "qbittorrent-nox", qbittorrent}},
      {ClientKind::deluge,
       {"Deluge", {"deluged", "deluge-console"}, "deluged and deluge-console", deluge}},
      {ClientKind::transmission,
       {"Transmission", {"transmission-daemon"}, "transmission-daemon", transmission}},
      {ClientKind::transmission_cli,
       {"transmission-cli", {"transmission-cli"}, "transmission-cli", transmission_cli}},
      {ClientKind::aria2, {"aria2", {"aria2c"}, "aria2", aria2}},
      {ClientKind::rtorrent, {"rtorrent", {"rtorrent"}, "rtorrent", rtorrent}},
      {ClientKind::webtorrent, {"WebTorrent", {"node"}, "nodejs", webtorrent}},
      {ClientKind::lftp, {"lftp", {"lftp"}, "lftp", lftp}},
  };
  return all;
}

bool imports_libtorrent() {
  try {
    run_command({"python3", "-c", "import libtorrent"});
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

std::string name_of(ClientKind kind) {
  return programs().at(kind).name;
}

std::string missing(ClientKind kind) {
  const auto& program = programs().at(kind);
  const std::string complaint =
      program.name + " is not installed: Debian's package is " + program.package;
  for (const auto& need : program.needs)
    if (!program_exists(need)) return complaint;
  if (kind == ClientKind::libtorrent && !imports_libtorrent()) return complaint;
  if (kind == ClientKind::webtorrent && !std::filesystem::exists(webtorrent_module()))
    return "WebTorrent is not installed: SWARM_WEBTORRENT must name the folder of its node_modules";
  return {};
}

std::vector<std::string> prepare(ClientKind kind, const ClientTask& task) {
  std::filesystem::create_directories(task.downloads);
  return programs().at(kind).prepare(task);
}

}  // namespace swarm::lan
