#include "tests/lan/harness/peers_stage.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "tests/lan/harness/files.hpp"

namespace swarm::lan {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

std::uint64_t wanted_size() {
  const char* text = ::getenv("SWARM_MEBIBYTES");
  return (text == nullptr ? 8 : std::uint64_t(std::clamp(std::atoi(text), 1, 1024))) * mebibyte;
}

}  // namespace

void PeersStage::SetUp() {
  static const std::string missing = Lan::missing();
  if (place_ == Place::hosts && !missing.empty())
    GTEST_SKIP() << "needs hosts of a network: " << missing;
  if (place_ == Place::hosts)
    site_ = std::make_unique<Lan>(folder(), last_host);
  else
    site_ = std::make_unique<Loopback>(folder());
  size_ = wanted_size();
}

void PeersStage::TearDown() {
  peers_.clear();
  Stage::TearDown();
}

PeerProcess& PeersStage::p(unsigned host) {
  const auto at = std::find_if(peers_.begin(), peers_.end(),
                               [&](const auto& peer) { return peer->host() == host; });
  if (at != peers_.end()) return **at;
  return *peers_.emplace_back(std::make_unique<PeerProcess>(where(), host));
}

std::uint32_t PeersStage::chunk_size() const {
  return quick() ? 16 << 10 : 256 << 10;
}

std::string PeersStage::rate(std::uint64_t parts_of_size) const {
  return std::to_string(size_ / parts_of_size);
}

void PeersStage::share_alone(unsigned host, const Words& options) {
  write_random(original(), size_);
  Words words{"share",   original().string(), "-o",
              torrent(), "--chunk-size",      std::to_string(chunk_size())};
  words.insert(words.end(), options.begin(), options.end());
  p(host).start(words);
  hash_ = p(host).await("shared").line.at("content");
  p(host).await("opened");  // it listens
}

void PeersStage::share(unsigned host, const Words& options) {
  share_alone(host, options);
  eventually("the trackers know the sharer",
             [&] { return has_told(host, "is known to the trackers"); });
}

bool PeersStage::has_told(unsigned host, std::string_view text) {
  std::ifstream log(p(host).log());
  return std::string(std::istreambuf_iterator<char>(log), {}).find(text) != std::string::npos;
}

MetainfoPtr PeersStage::metainfo() const {
  std::ifstream file(torrent(), std::ios::binary);
  const std::vector<std::uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
  return parse_metainfo(bytes).value();
}

void PeersStage::damage(const std::filesystem::path& path, std::uint64_t at) const {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  char byte = 0;
  file.seekg(static_cast<std::streamoff>(at)).get(byte);
  file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte ^ 0x40));
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::uint64_t PeersStage::on_disk(unsigned host) {
  return bytes_on_disk(fetched(host));
}

std::vector<std::uint32_t> PeersStage::right_chunks(unsigned host) {
  std::ifstream ours(original(), std::ios::binary), theirs(fetched(host), std::ios::binary);
  std::vector<char> a(chunk_size()), b(chunk_size());
  std::vector<std::uint32_t> right;
  for (std::uint32_t chunk = 0; chunk < chunks(); ++chunk) {
    if (!ours.read(a.data(), chunk_size()) || !theirs.read(b.data(), chunk_size())) return right;
    if (a == b) right.push_back(chunk);
  }
  if (theirs.get() != std::ifstream::traits_type::eof()) right.clear();  // it is longer
  return right;
}

Json PeersStage::finish(unsigned host) {
  const Json complete = p(host).await("complete").line;
  EXPECT_EQ(p(host).wait(), 0) << p(host).name();
  EXPECT_TRUE(equal(host)) << p(host).name();
  return complete;
}

std::uint64_t PeersStage::sent(unsigned host) {
  EXPECT_EQ(p(host).stop(), 0) << p(host).name();
  return p(host).await("stopped").line.at("sent");
}

}  // namespace swarm::lan
