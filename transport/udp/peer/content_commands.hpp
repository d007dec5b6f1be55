// What share and fetch do before they use the network, and status, verify and forget, which never
// do.
#pragma once

#include <vector>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/peer/content_report.hpp"
#include "transport/udp/peer/content_source.hpp"
#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/peer/peer_session.hpp"

namespace swarm::udp {

// What the words of a command name. One that cannot be used does not stop the others: it is
// reported as failed, and `exit` says so (wrong: all that failed is wrong on disk).
struct PreparedContents {
  std::vector<ContentSource> contents;
  PeerExit exit = PeerExit::done;
};

// What is to be shared: each PATH hashed and its FILE.torrent written, each FILE.torrent or HASH
// found complete on disk. Throws db::DbError.
PreparedContents prepare_share(const PeerOptions& options, ContentReport& report);
// What is to be fetched; what another folder has of it was copied. Throws db::DbError.
PreparedContents prepare_fetch(const PeerOptions& options, ContentReport& report);
// Of a fetch, once its content is open: nothing stands against that any more. Said once.
void tell_where(ContentSource& content, ContentReport& report);
Purpose purpose_of(const PeerOptions& options);

// Throw ContentError, db::DbError.
PeerExit run_status(const PeerOptions& options, ContentReport& report);
// No file is touched; a content that is in use is not forgotten.
PeerExit run_forget(const PeerOptions& options, ContentReport& report);
PeerExit run_verify(const PeerOptions& options, ContentReport& report);

}  // namespace swarm::udp
