// The commands of swarm-peer that work with contents: what share and fetch do before they use the
// network, and all of status, verify and forget, which never use the network.
#pragma once

#include <vector>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/peer/content_report.hpp"
#include "transport/udp/peer/content_source.hpp"
#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/peer/peer_session.hpp"

namespace swarm::udp {

// The contents that the words of a command name. A word that names no usable content is reported as
// failed, and the command goes on with the other words.
struct PreparedContents {
  std::vector<ContentSource> contents;
  // PeerExit::done if no word failed. PeerExit::wrong if the data on disk was wrong for every word
  // that failed. Otherwise PeerExit::failed.
  PeerExit exit = PeerExit::done;
};

// For a PATH, hashes the content and writes its FILE.torrent. For a FILE.torrent or HASH, checks
// that the whole content is on disk. Throws db::DbError.
PreparedContents prepare_share(const PeerOptions& options, ContentReport& report);
// Finds each content and makes its folder. If the database has the content with another folder,
// copies the chunks from there. Throws db::DbError.
PreparedContents prepare_fetch(const PeerOptions& options, ContentReport& report);
// Tells the user into which folder a fetch goes; does nothing at later calls. To be called after
// the content has been opened, because the opening can fail.
void tell_where(ContentSource& content, ContentReport& report);
Purpose purpose_of(const PeerOptions& options);

// These three throw ContentError and db::DbError.
PeerExit run_status(const PeerOptions& options, ContentReport& report);
// Removes the contents from the database, and leaves their files unchanged. A content that a
// process uses is not removed, but reported as failed.
PeerExit run_forget(const PeerOptions& options, ContentReport& report);
PeerExit run_verify(const PeerOptions& options, ContentReport& report);

}  // namespace swarm::udp
