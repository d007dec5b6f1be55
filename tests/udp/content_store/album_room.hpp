// A fixture with an album of 20 chunks, the folders of a store, and a view into its database.
#pragma once

#include <gtest/gtest.h>

#include "engine/db/sqlite_peer_db.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/content_store/made_content.hpp"
#include "tests/udp/content_store/store_shop.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/content_store/content_keeper.hpp"

namespace swarm::udp::albums {

namespace fs = std::filesystem;

using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;

inline constexpr std::uint32_t chunk_size = 32 << 10;

inline MadeContent make_album() {  // has 20 chunks
  return make_content({{"album/a", 300'000}, {"album/b/c", 0}, {"album/b/d", 350'000}}, chunk_size);
}

struct StoreTest : testing::Test {
  // Reads the rows over a second connection to the database, while the store may be open.
  std::vector<std::uint64_t> rows(const MadeContent& of) const {
    return db::SqlitePeerDb((state / "peer.db").string()).chunks(of.metainfo->info_hash);
  }
  std::optional<db::ContentRecord> record() const {
    return db::SqlitePeerDb((state / "peer.db").string()).content(album.metainfo->info_hash);
  }
  // Starts a process that opens the content and writes its first chunks. Kills the process after it
  // has reported them.
  void killed_after(std::uint32_t chunks) {
    int told[2];
    ASSERT_EQ(::pipe(told), 0);
    OwnProcess child([&] {
      Shop shop(state);
      shop.open(album, down);
      shop.write(album, 0, chunks);
      if (::write(told[1], "", 1) == 1) ::pause();
    });
    char byte;
    ::close(told[1]);
    EXPECT_EQ(::read(told[0], &byte, 1), 1);
    ::close(told[0]);
    child.kill();
  }
  void expect_equal_files(const fs::path& directory) const {
    for (std::size_t i = 0; i < album.metainfo->files.size(); ++i)
      EXPECT_EQ(read_bytes(directory / album.metainfo->files[i].path), album.file(i));
  }

  TemporaryDirectory folder;
  fs::path state = folder / "state", down = folder / "down";
  MadeContent album = make_album();
  const std::uint32_t all = album.metainfo->chunk_count();
};

using ContentStoreChunks = StoreTest;

}  // namespace swarm::udp::albums
