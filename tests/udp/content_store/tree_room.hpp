// A fixture that runs swarm-peer on a folder, without a network.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "transport/udp/content_store/content_hash.hpp"
#include "transport/udp/peer/content_source.hpp"
#include "transport/udp/peer/peer_program.hpp"

namespace swarm::udp {

struct Ran {
  int exit;
  std::string out, messages;
};

// Has a folder `tree` with two files, which have four chunks together, its torrent file, and an
// empty state folder.
struct TreeRoom {
  static constexpr std::uint32_t chunk_size = 16 * 1024;

  TreeRoom() {
    std::string pattern = (std::filesystem::temp_directory_path() / "peer_program_XXXXXX").string();
    path = ::mkdtemp(pattern.data());
    write("tree/a", std::string(3 * chunk_size, 'a'));
    write("tree/b", std::string(chunk_size - 7, 'b'));
    metainfo = hash_content(path / "tree", chunk_size, [](auto, auto) { return true; })->metainfo;
    hash = to_hex(metainfo->info_hash.bytes);
    write_torrent(path / "tree.torrent", *metainfo, false);
  }
  ~TreeRoom() { std::filesystem::remove_all(path); }

  void write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << bytes;
  }
  void damage(const std::string& name, std::streamoff at) const {
    std::fstream file(path / name, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at);
    file << "damaged";
  }
  std::string at(const std::string& name) const { return (path / name).string(); }

  Ran run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--state", at("state")});
    std::ostringstream out, messages;
    const int exit = run_peer_program(arguments, out, messages, {});
    return {exit, out.str(), messages.str()};
  }
  Ran verify() const { return run({"verify", at("tree.torrent"), "-o", path.string()}); }
  nlohmann::json status() const { return nlohmann::json::parse(run({"status", "--json"}).out); }

  std::filesystem::path path;
  MetainfoPtr metainfo;
  std::string hash;
};

}  // namespace swarm::udp
