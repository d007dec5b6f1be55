// What a content is (BEP 3, version 1): its files, its chunks and their hashes. The info-hash, the
// SHA-1 of the bencoded info dictionary, is the seed's sha1; BEP 3's piece is the seed's chunk.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "engine/base/sha1.hpp"
#include "engine/base/types.hpp"

namespace swarm {

struct Metainfo {
  struct File {
    std::string path;      // relative, components joined by '/', safe: see parse_metainfo
    std::uint64_t size{};  // bytes; may be 0
    bool executable{};     // BEP 47
    friend bool operator==(const File&, const File&) = default;
  };
  struct Link {          // a symbolic one (BEP 47): has no bytes, and is none of `files`
    std::string path;    // as that of a file
    std::string target;  // the same: below the folder; perhaps of nothing that is there
    friend bool operator==(const Link&, const Link&) = default;
  };

  InfoHash info_hash;
  std::string name;            // of the file, or of the folder that holds the files
  bool folder{};               // files lie in a folder `name`; their paths begin with it
  std::vector<File> files;     // at least one, in the order of the content
  std::vector<Link> links;     // only of a folder
  std::uint64_t size{};        // of all files together
  std::uint32_t chunk_size{};  // bytes of each chunk but the last
  std::vector<Sha1Digest> chunks;
  std::vector<std::string> trackers;  // "announce" and "announce-list", each once; may be empty
  bool is_private{};
  std::vector<std::uint8_t> info;  // the info dictionary as it was written

  std::uint32_t chunk_count() const { return static_cast<std::uint32_t>(chunks.size()); }
  std::uint64_t offset(std::uint32_t chunk) const { return std::uint64_t{chunk} * chunk_size; }
  std::uint32_t length(std::uint32_t chunk) const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(chunk_size, size - offset(chunk)));
  }
};
using MetainfoPtr = std::shared_ptr<const Metainfo>;

// The chunk size that this project's own contents have (seed section 3: one size for all).
inline constexpr std::uint32_t default_chunk_size = 256 * 1024;
inline constexpr std::uint32_t largest_chunk_size = 64 * 1024 * 1024;
inline constexpr std::size_t longest_info = 32 * 1024 * 1024;  // bytes of an info dictionary

// Or one sentence of which the file is "it": "it has no info dictionary, so it is no torrent".
using ParsedMetainfo = tl::expected<MetainfoPtr, std::string>;

// A .torrent file / an info dictionary alone. The info-hash is of the info dictionary's bytes as
// they are found; what follows the dictionary of a .torrent file is left out. Names are
// `name.utf-8` and `path.utf-8` where these can be used, else `name` and `path`.
//
// Refuses, beside what is no metainfo: names that would leave the folder (empty components, "." and
// "..",
// '/' inside a component, absolute paths), that hold bytes of no UTF-8 or of control characters, or
// are longer than a file system takes (problem_of_name); two files of one path or one that is also
// another's folder; links that lead out of the folder; a size that the number of hashes does not
// fit, a chunk size of 0 or above largest_chunk_size, version 2 without version 1's keys, no bytes.
// Padding files (BEP 47), of which several often have one path, are at NAME/.pad/N instead, N being
// the number of the file in its list.
ParsedMetainfo parse_metainfo(Bytes torrent);
ParsedMetainfo parse_info(Bytes info);

// Makes the metainfo of a content; `chunks` are the hashes of its bytes, files in order. Asserts
// what parse_info would refuse: the caller has looked at its names, sizes and numbers before.
MetainfoPtr make_metainfo(std::string name, bool folder, std::vector<Metainfo::File> files,
                          std::uint32_t chunk_size, std::vector<Sha1Digest> chunks,
                          std::vector<Metainfo::Link> links = {});
// What is wrong with the numbers of a content that is to be made (its files, links, size and chunk
// size), before its bytes are hashed: one sentence of which it is "it", with what to do. Empty:
// make_metainfo takes them.
std::string too_much_for_metainfo(const Metainfo& plan);
// A whole .torrent file: the info dictionary byte for byte, and the trackers (BEP 12 when several).
std::vector<std::uint8_t> to_torrent(const Metainfo& metainfo);

}  // namespace swarm
