// Unmodified BitTorrent clients, as Debian and npm ship them, and how to start each. They run
// without a screen and without questions. They find peers only through the trackers of the torrent:
// DHT, peer exchange, local discovery and port mapping are off.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace swarm::lan {

enum class ClientKind {
  libtorrent,  // a few lines of Python that use the library of qBittorrent and Deluge
  qbittorrent,
  deluge,
  transmission,      // the daemon of Transmission
  transmission_cli,  // the command line of Transmission; its package starts no service
  aria2,
  rtorrent,
  // The latest version that installs without a compiler. SWARM_WEBTORRENT says where npm put it.
  webtorrent,
  lftp,
};

std::string name_of(ClientKind kind);
// Returns a sentence about what is missing on this machine; "" if the client is installed.
std::string missing(ClientKind kind);

// The folders of a client, and its torrent. The client downloads the content, or shares it if the
// content is already in `downloads`.
struct ClientTask {
  std::filesystem::path folder;  // the client's own folder; it writes to no other
  std::filesystem::path downloads;
  std::filesystem::path torrent;
};

constexpr unsigned client_port = 6881;  // the port of every client

// Writes the files that the client reads, and returns the command that starts it. The command runs
// until it gets a signal. After the download it shares the content.
std::vector<std::string> prepare(ClientKind kind, const ClientTask& task);

}  // namespace swarm::lan
