// The fixture of the test cases about contents: three trackers on hosts 1 to 3, and real peers on
// the hosts from 4 on. The contents have a few MiB, or as many as SWARM_MEBIBYTES says.
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
using Words = std::vector<std::string>;  // the words of a command

class PeersStage : public Stage {
 protected:
  static constexpr unsigned first_peer = 4, last_host = 12;

  explicit PeersStage(Place place) : place_(place) {}
  void SetUp() override;  // skips the test if this machine cannot have a Lan
  void TearDown() override;
  const Site& where() const override { return *site_; }
  Lan& lan() { return dynamic_cast<Lan&>(*site_); }  // only for Place::hosts

  // The peer on this host. The first call makes it.
  PeerProcess& p(unsigned host);

  // The content of the case: random bytes in one file, in hundreds of chunks.
  std::uint64_t size() const { return size_; }
  bool quick() const { return size_ < 64 << 20; }
  std::uint32_t chunk_size() const;
  std::uint32_t chunks() const { return static_cast<std::uint32_t>(size_ / chunk_size()); }
  std::filesystem::path original() const { return folder() / "content"; }
  std::string torrent() const { return (folder() / "content.torrent").string(); }
  const std::string& hash() const { return hash_; }
  MetainfoPtr metainfo() const;  // the metainfo of the torrent
  // Returns the value of an option for a rate: the size divided by `parts_of_size`, per second.
  std::string rate(std::uint64_t parts_of_size) const;

  // Makes the content, and `host` begins to share it, with these additional options.
  void share_alone(unsigned host, const Words& options = {});
  // Like share_alone(), but also waits until the trackers have acknowledged the registration.
  void share(unsigned host, const Words& options = {});
  void damage(const std::filesystem::path& file, std::uint64_t at) const;  // changes one byte
  // The file that `host` fetches, and its state on disk.
  std::filesystem::path fetched(unsigned host) { return p(host).downloads() / "content"; }
  std::uint64_t on_disk(unsigned host);  // number of its bytes that were written
  std::vector<std::uint32_t> right_chunks(unsigned host);
  bool equal(unsigned host) { return right_chunks(host).size() == chunks(); }

  // Waits until the fetch ends by itself. Expects exit code 0 and an equal file. Returns the line
  // that reports the completion.
  Json finish(unsigned host);
  std::uint64_t sent(unsigned host);  // stops the peer; returns the bytes of contents that it sent
  // True if the peer has printed this text in a message that is no line of JSON.
  bool has_told(unsigned host, std::string_view text);

 private:
  Place place_;
  std::unique_ptr<Site> site_;
  std::vector<std::unique_ptr<PeerProcess>> peers_;
  std::uint64_t size_ = 0;
  std::string hash_;
};

}  // namespace swarm::lan
