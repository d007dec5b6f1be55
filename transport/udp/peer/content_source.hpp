// Finds the content that a word of the command line names. The word is a FILE.torrent or a HASH. A
// HASH names a content in the database, or one that is still to be fetched from a peer.
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

// `what()` is one sentence. It says what is wrong with a content or its FILE.torrent, and what to
// do.
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
  bool known{};                        // the database has the content, with `directory`
  std::filesystem::path elsewhere{};   // the content's folder in the database, if not `directory`
  bool complete{};                     // all chunks were verified on disk just now
  std::vector<db::FileMark> hashed{};  // the files' marks at that verification; empty if unknown
  std::vector<std::string> told{};     // the store's remarks that the user has already read
  bool where_told{};                   // the user has been told the folder of the content

  // The name of the content's file or folder. If there is no metainfo, the hash.
  std::string name() const;
  std::filesystem::path path() const;  // `directory` and name()
};

// Throws ContentError if the file is missing, cannot be read or is no torrent.
MetainfoPtr read_torrent(const std::filesystem::path& file);
// Writes the whole file or nothing. If the file already is a torrent of this content, it is left as
// it is. Any other existing file is overwritten only with `force`. Throws ContentError.
void write_torrent(const std::filesystem::path& file, const Metainfo& metainfo, bool force);

// `word`: FILE.torrent or HASH. `directory`: the folder of the content. If `directory` is empty,
// the content's folder in the database is used, or the working directory if the database does not
// have the content. `db` may be null. Throws ContentError.
ContentSource find_content(const std::string& word, const std::filesystem::path& directory,
                           db::PeerDb* db);

// Like find_content(), but without a database. Sets only the hash and, for a FILE.torrent, the
// metainfo. Returns nullopt if the word names no content.
std::optional<ContentSource> content_of_word(const std::string& word);

// The paths of the files in which a chunk has bytes, as in the metainfo.
std::vector<std::string> files_of_chunk(const Metainfo& metainfo, std::uint32_t chunk);

// Opens the database in the folder `state`. Returns null if there is none. Throws db::DbError.
std::unique_ptr<db::PeerDb> open_peer_db(const std::filesystem::path& state);

}  // namespace swarm::udp
