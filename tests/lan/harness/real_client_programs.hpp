// Unmodified BitTorrent clients, as Debian and npm ship them, and how each is told what to do: no
// screen, nothing asked, and nobody to find peers for it but the trackers of its torrent (DHT, peer
// exchange, local discovery and port mapping are off).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace swarm::lan {

enum class ClientKind {
  libtorrent,  // a few lines of Python on the library of qBittorrent and Deluge
  qbittorrent,
  deluge,
  transmission,      // its daemon
  transmission_cli,  // its command line; with no service that a package starts
  aria2,
  rtorrent,
  webtorrent,  // the last that needs nothing to be compiled; SWARM_WEBTORRENT: where npm put it
  lftp,
};

std::string name_of(ClientKind kind);
// Empty: it is here; else a sentence on what is missing.
std::string missing(ClientKind kind);

// Where a client lives, and the torrent that it is to download, or to share if all is there.
struct ClientTask {
  std::filesystem::path folder;  // its own; nothing else is touched
  std::filesystem::path downloads;
  std::filesystem::path torrent;
};

constexpr unsigned client_port = 6881;  // where every client listens

// Writes the files that the client reads. The command runs until it is signalled, and shares what
// it has completed.
std::vector<std::string> prepare(ClientKind kind, const ClientTask& task);

}  // namespace swarm::lan
