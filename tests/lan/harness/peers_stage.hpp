// What the cases of contents are played on: three trackers, on hosts 1 to 3, and real peers on the
// hosts after them. SWARM_MEBIBYTES=64: the size of the contents, instead of a few.
#pragma once

#include <memory>
#include <ostream>

#include "engine/wire/metainfo.hpp"
#include "tests/lan/harness/peer_process.hpp"
#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {

enum class Place { loopback, hosts };
inline void PrintTo(Place place, std::ostream* out) {
  *out << (place == Place::hosts ? "hosts" : "loopback");
}
using Words = std::vector<std::string>;  // of a command

class PeersStage : public Stage {
 protected:
  static constexpr unsigned first_peer = 4, last_host = 12;

  explicit PeersStage(Place place) : place_(place) {}
  void SetUp() override;  // skipped where there can be no hosts of a network
  void TearDown() override;
  const Site& where() const override { return *site_; }
  Lan& lan() { return dynamic_cast<Lan&>(*site_); }  // of cases on hosts

  // Peers are numbered by their hosts; made when they are first named.
  PeerProcess& p(unsigned host);

  // The content of the case: random bytes in one file, in hundreds of chunks.
  std::uint64_t size() const { return size_; }
  bool quick() const { return size_ < 64 << 20; }
  std::uint32_t chunk_size() const;
  std::uint32_t chunks() const { return static_cast<std::uint32_t>(size_ / chunk_size()); }
  std::filesystem::path original() const { return folder() / "content"; }
  std::string torrent() const { return (folder() / "content.torrent").string(); }
  const std::string& hash() const { return hash_; }
  MetainfoPtr metainfo() const;                         // of the torrent
  std::string rate(std::uint64_t parts_of_size) const;  // for options: size / parts, per second

  // Makes the content, and `host` shares it, with these options more.
  void share_alone(unsigned host, const Words& options = {});
  void share(unsigned host, const Words& options = {});                    // the trackers know
  void damage(const std::filesystem::path& file, std::uint64_t at) const;  // one byte of it
  // Of the file that `host` fetches, as it is on disk.
  std::filesystem::path fetched(unsigned host) { return p(host).downloads() / "content"; }
  std::uint64_t on_disk(unsigned host);  // bytes of it that were written
  std::vector<std::uint32_t> right_chunks(unsigned host);
  bool equal(unsigned host) { return right_chunks(host).size() == chunks(); }

  // It ends by itself, complete, with exit code 0 and equal files; what it said of its completion.
  Json finish(unsigned host);
  std::uint64_t sent(unsigned host);  // bytes of contents; stops it
  // On the messages of its starts, of which no line of JSON is made.
  bool has_told(unsigned host, std::string_view text);

 private:
  Place place_;
  std::unique_ptr<Site> site_;
  std::vector<std::unique_ptr<PeerProcess>> peers_;
  std::uint64_t size_ = 0;
  std::string hash_;
};

}  // namespace swarm::lan
