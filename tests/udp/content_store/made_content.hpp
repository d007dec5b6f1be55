// Makes contents for tests: files of random bytes, and their metainfo.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/node/content_store.hpp"
#include "tests/engine/base/words.hpp"

namespace swarm::udp {

struct MadeContent {
  MetainfoPtr metainfo;
  std::vector<std::uint8_t> bytes;

  ChunkBytes chunk(std::uint32_t i) const {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(metainfo->offset(i));
    return std::make_shared<const std::vector<std::uint8_t>>(begin, begin + metainfo->length(i));
  }
  // Returns the bytes of the n-th file.
  std::vector<std::uint8_t> file(std::size_t n) const {
    std::uint64_t begin = 0;
    for (std::size_t i = 0; i < n; ++i) begin += metainfo->files[i].size;
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(begin);
    return {from, from + static_cast<std::ptrdiff_t>(metainfo->files[n].size)};
  }
};

inline MadeContent content_of(std::vector<std::uint8_t> bytes, std::vector<Metainfo::File> files,
                              std::uint32_t chunk_size) {
  std::vector<Sha1Digest> hashes;
  for (std::size_t at = 0; at < bytes.size(); at += chunk_size)
    hashes.push_back(
        sha1(Bytes(bytes).subspan(at, std::min<std::size_t>(chunk_size, bytes.size() - at))));
  const std::string& first = files.front().path;
  const bool folder = first.find('/') != first.npos;
  return {make_metainfo(first.substr(0, first.find('/')), folder, files, chunk_size, hashes),
          std::move(bytes)};
}

inline MadeContent make_content(std::vector<Metainfo::File> files, std::uint32_t chunk_size,
                                std::uint64_t seed = 1) {
  test::Words random(seed);
  std::uint64_t size = 0;
  for (const auto& file : files) size += file.size;
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return content_of(std::move(bytes), std::move(files), chunk_size);
}

inline std::vector<std::uint8_t> read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

// Writes all files to `directory` without a store, as a user would.
inline void put_files(const MadeContent& content, const std::filesystem::path& directory) {
  for (std::size_t i = 0; i < content.metainfo->files.size(); ++i) {
    const auto path = directory / content.metainfo->files[i].path;
    std::filesystem::create_directories(path.parent_path());
    write_bytes(path.string(), content.file(i));
  }
}

// Changes the byte at offset `at` of the content, in its file.
inline void damage(const MadeContent& content, const std::filesystem::path& directory,
                   std::uint64_t at) {
  std::size_t file = 0;
  while (at >= content.metainfo->files[file].size) at -= content.metainfo->files[file++].size;
  std::fstream out(directory / content.metainfo->files[file].path,
                   std::ios::binary | std::ios::in | std::ios::out);
  out.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(out.get() ^ 1);
  out.seekp(static_cast<std::streamoff>(at));
  out.put(byte);
}

}  // namespace swarm::udp
