// The description of a content (BEP 3, version 1): its files, its chunks and their hashes. The
// info-hash is the SHA-1 of the bencoded info dictionary; the seed calls it sha1. The seed's chunk
// is BEP 3's piece.
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
    std::string path;      // relative, with '/' between components; parse_metainfo checks it
    std::uint64_t size{};  // bytes; may be 0
    bool executable{};     // BEP 47
    friend bool operator==(const File&, const File&) = default;
  };
  struct Link {          // a symbolic link (BEP 47): it has no bytes, and is not in `files`
    std::string path;    // like the path of a file
    std::string target;  // like the path of a file; such a file need not exist
    friend bool operator==(const Link&, const Link&) = default;
  };

  InfoHash info_hash;
  std::string name;                // of the file, or of the folder with the files
  bool folder{};                   // true: the paths of all files begin with the folder `name`
  std::vector<File> files;         // at least one, in the order of the content
  std::vector<Link> links;         // only if `folder`
  std::uint64_t size{};            // bytes of all files together
  std::uint32_t chunk_size{};      // bytes of each chunk except the last
  std::vector<Sha1Digest> chunks;  // the hash of each chunk
  std::vector<std::string>
      trackers;  // from "announce" and "announce-list", each once; may be empty
  bool is_private{};
  std::vector<std::uint8_t> info;  // the bytes of the info dictionary, unchanged

  std::uint32_t chunk_count() const { return static_cast<std::uint32_t>(chunks.size()); }
  std::uint64_t offset(std::uint32_t chunk) const { return std::uint64_t{chunk} * chunk_size; }
  std::uint32_t length(std::uint32_t chunk) const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(chunk_size, size - offset(chunk)));
  }
};
using MetainfoPtr = std::shared_ptr<const Metainfo>;

// The chunk size of the contents that this project makes (seed section 3: one size for all).
inline constexpr std::uint32_t default_chunk_size = 256 * 1024;
inline constexpr std::uint32_t largest_chunk_size = 64 * 1024 * 1024;
inline constexpr std::size_t longest_info = 32 * 1024 * 1024;  // bytes of an info dictionary

// The error is one sentence that calls the file "it": "it has no info dictionary, so it is no
// torrent".
using ParsedMetainfo = tl::expected<MetainfoPtr, std::string>;

// Read a whole .torrent file, or only an info dictionary. The info-hash is computed from the bytes
// of the info dictionary as they are. Bytes after the dictionary of a .torrent file are ignored.
// The names are those of the keys `name.utf-8` and `path.utf-8` if these are valid, otherwise those
// of `name` and `path`.
//
// Both functions refuse data that is no metainfo, and also:
//   - names that would leave the folder: empty components, ".", "..", '/' inside a component,
//     absolute paths
//   - names with invalid UTF-8 or control characters, or too long for a file system
//     (problem_of_name)
//   - two files with one path, or a file whose path is also the folder of another file
//   - links that lead out of the folder
//   - a number of hashes that does not fit the size, or a content without bytes
//   - a chunk size of 0 or above largest_chunk_size
//   - version 2 without the keys of version 1
// Several padding files (BEP 47) often have the same path. So each padding file gets the path
// NAME/.pad/N, where N is its number in the list of files.
ParsedMetainfo parse_metainfo(Bytes torrent);
ParsedMetainfo parse_info(Bytes info);

// Makes the metainfo of a content. `chunks` are the hashes of its chunks; the content is the bytes
// of all files in the order of `files`. The caller must have checked names, sizes and numbers: an
// assertion fails for a content that parse_info would refuse.
MetainfoPtr make_metainfo(std::string name, bool folder, std::vector<Metainfo::File> files,
                          std::uint32_t chunk_size, std::vector<Sha1Digest> chunks,
                          std::vector<Metainfo::Link> links = {});
// Checks a planned content before its bytes are hashed: its files, links, size and chunk size.
// Returns one sentence that calls the content "it" and advises what to do. Empty if make_metainfo
// accepts these numbers.
std::string too_much_for_metainfo(const Metainfo& plan);
// Makes a whole .torrent file: the unchanged bytes of the info dictionary, and the trackers (by BEP
// 12 if there are several).
std::vector<std::uint8_t> to_torrent(const Metainfo& metainfo);

}  // namespace swarm
