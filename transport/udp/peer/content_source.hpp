// What the words of a command line name: FILE.torrent, or the HASH of a content that was here
// before or that a peer knows.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/db/peer_db.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::udp {

// One sentence: what is wrong with a content or its FILE.torrent, and what to do.
struct ContentError : std::runtime_error {
  using std::runtime_error::runtime_error;
  MetainfoPtr content;  // that it is of; null: not known
};
// What is on disk is not the content.
struct WrongContent : ContentError {
  using ContentError::ContentError;
};

struct ContentSource {
  InfoHash hash;
  MetainfoPtr metainfo;                // null: only the hash is known
  std::filesystem::path directory;     // where its file or folder lies, or will lie
  bool known{};                        // the database knows it, there
  std::filesystem::path elsewhere{};   // the database knows it, but there; else empty
  bool complete{};                     // hashed just now, and all there
  std::vector<db::FileMark> hashed{};  // then: its files as they were; none: not known
  std::vector<std::string> told{};     // remarks of the store that the user knows already
  bool where_told{};                   // into which folder it goes

  std::string name() const;            // of its file or folder; without metainfo the hash
  std::filesystem::path path() const;  // of its file or folder
};

// Throws ContentError: there is none, it cannot be read, it is no torrent.
MetainfoPtr read_torrent(const std::filesystem::path& file);
// Whole or not at all. A file that is of this content already stays as it is; that of another one
// is overwritten only with `force`. Throws ContentError.
void write_torrent(const std::filesystem::path& file, const Metainfo& metainfo, bool force);

// `word`: FILE.torrent or HASH. `directory`: empty: where the database says that it lies, else the
// working directory. `db`: may be null. Throws ContentError.
ContentSource find_content(const std::string& word, const std::filesystem::path& directory,
                           db::PeerDb* db);

// What a word of a command line names, as far as it can be said without a database; nothing else
// is: a hash, or the metainfo too.
std::optional<ContentSource> content_of_word(const std::string& word);

// The files that a chunk has bytes of, as in the metainfo.
std::vector<std::string> files_of_chunk(const Metainfo& metainfo, std::uint32_t chunk);

// The database of this state folder; null when there is none yet. Throws db::DbError.
std::unique_ptr<db::PeerDb> open_peer_db(const std::filesystem::path& state);

}  // namespace swarm::udp
