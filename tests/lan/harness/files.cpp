#include "tests/lan/harness/files.hpp"
#include "tests/engine/base/words.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace swarm::lan {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

// The next part of a file, shorter at its end and empty behind it.
std::vector<char> next_part(std::ifstream& file) {
  std::vector<char> part(64 << 10);
  file.read(part.data(), static_cast<std::streamsize>(part.size()));
  part.resize(static_cast<std::size_t>(file.gcount()));
  return part;
}

}  // namespace

void write_random(const std::filesystem::path& path, std::uint64_t size) {
  test::Words random(size);
  std::vector<std::uint64_t> words(mebibyte / sizeof(std::uint64_t));
  std::ofstream file(path, std::ios::binary);
  for (std::uint64_t at = 0; at < size; at += mebibyte) {
    for (auto& word : words) word = random.next();
    file.write(reinterpret_cast<const char*>(words.data()), mebibyte);
  }
}

std::uint64_t bytes_on_disk(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::string sha256(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (auto part = next_part(file); !part.empty(); part = next_part(file))
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

bool equal_files(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::ifstream first(a, std::ios::binary), second(b, std::ios::binary);
  if (!first || !second) return false;
  for (;;) {
    const auto part = next_part(first);
    if (part != next_part(second)) return false;
    if (part.empty()) return true;
  }
}

}  // namespace swarm::lan
