// A fixture with several contents that want the same path on disk.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/db/sqlite_peer_db.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/content_store/store_shop.hpp"
#include "transport/udp/peer/content_check.hpp"

namespace swarm::udp {

inline constexpr std::uint32_t chunk_size = 32 << 10;
inline constexpr std::uint64_t film_size = 300'000;

inline MadeContent make_film(std::uint64_t version) {  // has 10 chunks
  return make_content({{"film", film_size}}, chunk_size, version);
}
inline MadeContent make_album(std::uint64_t version) {
  return make_content({{"album/a", 100'000}, {"album/b", 50'000 + version}}, chunk_size, version);
}

inline const auto names_both_ways_out =
    testing::AllOf(testing::HasSubstr("-o"), testing::HasSubstr("--overwrite"));

struct Ownership : testing::Test {
  std::vector<std::uint8_t> film_on_disk() const { return read_bytes(down / "film"); }
  std::optional<db::ContentRecord> record(const MadeContent& of) const {
    return db::SqlitePeerDb((state / "peer.db").string()).content(of.metainfo->info_hash);
  }
  std::uint64_t rows(const MadeContent& of) const {
    return db::SqlitePeerDb((state / "peer.db").string()).count(of.metainfo->info_hash);
  }
  // Fetches all chunks, and closes the content in good order.
  void fetch_whole(const MadeContent& content) const {
    Shop shop(state);
    ASSERT_EQ(shop.open(content, down).outcome, StoreReport::Outcome::done)
        << shop.failure(content);
    shop.write(content, 0, content.metainfo->chunk_count());
    ASSERT_EQ(shop.done(StoreRequest::Kind::close, content).outcome, StoreReport::Outcome::done);
  }
  static std::string refusal(Shop& shop, const MadeContent& content,
                             const std::filesystem::path& directory,
                             Purpose purpose = Purpose::fetch) {
    EXPECT_EQ(shop.open(content, directory, purpose).outcome, StoreReport::Outcome::failed);
    return shop.failure(content);
  }
  // Replaces the file of a content by a file of the user.
  void move_into_place(const MadeContent& users, const std::string& name) const {
    put_files(users, folder / "elsewhere");
    std::filesystem::rename(std::filesystem::path(folder / "elsewhere") / name, down / name);
  }
  Checked verify(const MadeContent& content) const {
    const ContentSource source{content.metainfo->info_hash, content.metainfo, down};
    return check_content(source, state, false, [](std::uint32_t) {});
  }

  TemporaryDirectory folder;
  std::filesystem::path state = folder / "state", other_state = folder / "other_state",
                        down = folder / "down";
  MadeContent first = make_film(1), second = make_film(2);
};

}  // namespace swarm::udp
