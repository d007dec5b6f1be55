// The part of share and fetch before they use the network, and all of status, verify and forget,
// which never use it.
#pragma once

#include <vector>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/peer/content_report.hpp"
#include "transport/udp/peer/content_source.hpp"
#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/peer/peer_session.hpp"

namespace swarm::udp {

// The contents that the words of a command name. A word that cannot be used does not stop the
// others. It is reported as failed, and `exit` is the exit code for it (PeerExit::wrong if all
// failures are wrong data on disk).
struct PreparedContents {
  std::vector<ContentSource> contents;
  PeerExit exit = PeerExit::done;
};

// Prepares what is to be shared: hashes each PATH and writes its FILE.torrent, and finds each
// FILE.torrent or HASH complete on disk. Throws db::DbError.
PreparedContents prepare_share(const PeerOptions& options, ContentReport& report);
// Prepares what is to be fetched; copies the chunks that another folder has. Throws db::DbError.
PreparedContents prepare_fetch(const PeerOptions& options, ContentReport& report);
// Tells the user, once, into which folder a fetch goes. To be called when the content is open,
// because the opening may still fail.
void tell_where(ContentSource& content, ContentReport& report);
Purpose purpose_of(const PeerOptions& options);

// These three throw ContentError and db::DbError.
PeerExit run_status(const PeerOptions& options, ContentReport& report);
// Touches no file. Does not forget a content that is in use.
PeerExit run_forget(const PeerOptions& options, ContentReport& report);
PeerExit run_verify(const PeerOptions& options, ContentReport& report);

}  // namespace swarm::udp
