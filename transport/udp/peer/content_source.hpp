// Finds the content that a word of the command line names: a FILE.torrent, or the HASH of a content
// that was here before or that a peer knows.
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
  MetainfoPtr content;  // the content; null if it is not known
};
// The files on disk are not the content.
struct WrongContent : ContentError {
  using ContentError::ContentError;
};

struct ContentSource {
  InfoHash hash;
  MetainfoPtr metainfo;                // null if only the hash is known
  std::filesystem::path directory;     // where its file or folder is or will be
  bool known{};                        // the database knows it in `directory`
  std::filesystem::path elsewhere{};   // the other folder in which the database knows it; or empty
  bool complete{};                     // just hashed, and all there
  std::vector<db::FileMark> hashed{};  // then the marks of its files; empty if unknown
  std::vector<std::string> told{};     // the store's remarks that the user has seen already
  bool where_told{};                   // the user knows the folder it goes into

  std::string name() const;            // of its file or folder; the hash if there is no metainfo
  std::filesystem::path path() const;  // of its file or folder
};

// Throws ContentError if there is no such file, if it cannot be read, or if it is no torrent.
MetainfoPtr read_torrent(const std::filesystem::path& file);
// Writes the whole file or nothing. A file that is of this content already stays as it is. A file
// of another content is overwritten only with `force`. Throws ContentError.
void write_torrent(const std::filesystem::path& file, const Metainfo& metainfo, bool force);

// `word`: FILE.torrent or HASH. `directory`: where the content is; if empty, the folder in the
// database, otherwise the working directory. `db` may be null. Throws ContentError.
ContentSource find_content(const std::string& word, const std::filesystem::path& directory,
                           db::PeerDb* db);

// What a word of the command line names, as far as it can be told without a database: a hash, and
// perhaps the metainfo. The other members stay empty.
std::optional<ContentSource> content_of_word(const std::string& word);

// The files in which a chunk has bytes, named as in the metainfo.
std::vector<std::string> files_of_chunk(const Metainfo& metainfo, std::uint32_t chunk);

// Opens the database of this state folder; null if there is none yet. Throws db::DbError.
std::unique_ptr<db::PeerDb> open_peer_db(const std::filesystem::path& state);

}  // namespace swarm::udp
