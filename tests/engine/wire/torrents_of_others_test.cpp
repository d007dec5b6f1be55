// Torrents between this project and others: what mktorrent and libtorrent write is read here, what
// is written here is read by libtorrent, and all see the same content.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "engine/base/random.hpp"
#include "engine/wire/metainfo.hpp"
#include "tests/engine/db/temporary_directory.hpp"

namespace swarm {
namespace {

namespace fs = std::filesystem;
using FileBytes = std::vector<std::uint8_t>;

// What the command printed, also as its errors; none: it failed.
std::optional<std::string> output_of(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string output;
  char part[4096];
  while (const auto n = std::fread(part, 1, sizeof(part), pipe)) output.append(part, n);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return output;
  ADD_FAILURE() << command << ": " << output;
  return {};
}

// Debian's python, for Debian's module; another one may come first in the PATH.
const std::string libtorrent_tool =
    "/usr/bin/python3 " SWARM_SOURCE_DIR "/tests/engine/libtorrent_tool.py ";

bool has_mktorrent() {
  return ::access("/usr/bin/mktorrent", X_OK) == 0;
}

bool has_libtorrent() {
  static const bool has = std::system("/usr/bin/python3 -c 'import libtorrent' 2>/dev/null") == 0;
  return has;
}

constexpr const char* no_mktorrent = "mktorrent is not here; scripts/setup installs it";
constexpr const char* no_libtorrent = "python3-libtorrent is not here; scripts/setup installs it";

FileBytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_bytes(const fs::path& path, const FileBytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

FileBytes drawn_bytes(Random& random, std::uint64_t size) {
  FileBytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

// Writes the files of a content below `root`, with drawn bytes.
void write_files(const fs::path& root, const std::vector<Metainfo::File>& files) {
  Random random(files.size());
  for (const auto& file : files) write_bytes(root / file.path, drawn_bytes(random, file.size));
}

bool is_padding(const Metainfo& metainfo, const Metainfo::File& file) {
  return file.path.starts_with(metainfo.name + "/.pad/");
}

// The hashes of what lies below `root`, hashed here.
std::vector<Sha1Digest> hashes_of(const fs::path& root, const Metainfo& metainfo) {
  FileBytes content;
  for (const auto& file : metainfo.files) {
    const auto bytes =
        is_padding(metainfo, file) ? FileBytes(file.size) : read_bytes(root / file.path);
    content.insert(content.end(), bytes.begin(), bytes.end());
  }
  std::vector<Sha1Digest> hashes;
  for (Bytes left = content; !left.empty();) {
    const auto chunk = left.first(std::min<std::size_t>(metainfo.chunk_size, left.size()));
    hashes.push_back(sha1(chunk));
    left = left.subspan(chunk.size());
  }
  return hashes;
}

// As libtorrent_tool.py does.
std::string described(const Metainfo& metainfo) {
  std::string text = fmt::format("info-hash {}\nname {}\nsize {}\nchunk size {}\nprivate {}\n",
                                 to_hex(metainfo.info_hash.bytes), metainfo.name, metainfo.size,
                                 metainfo.chunk_size, metainfo.is_private ? 1 : 0);
  for (const auto& file : metainfo.files)
    text += fmt::format("file {}{} {}\n", file.size, file.executable ? " x" : "",
                        is_padding(metainfo, file) ? "padding" : file.path);
  for (const auto& link : metainfo.links)
    text += fmt::format("link {} to {}\n", link.path, link.target);
  for (const auto& chunk : metainfo.chunks) text += fmt::format("chunk {}\n", to_hex(chunk.bytes));
  for (const auto& tracker : metainfo.trackers) text += fmt::format("tracker {}\n", tracker);
  return text;
}

MetainfoPtr read_torrent(const std::string& path) {
  const auto metainfo = parse_metainfo(read_bytes(path));
  if (!metainfo) throw std::runtime_error(path + ": " + metainfo.error());
  return *metainfo;
}

void expect_libtorrent_agrees(const Metainfo& metainfo, const std::string& torrent) {
  if (!has_libtorrent()) return;
  EXPECT_EQ(output_of(libtorrent_tool + "describe " + torrent), described(metainfo));
}

std::vector<Metainfo::File> sorted(std::vector<Metainfo::File> files) {
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

const std::vector<Metainfo::File> one_file{{"one file.bin", 100'001}};
const std::vector<Metainfo::File> album{
    {"album/a first one.txt", 70'000}, {"album/empty", 0},
    {"album/sub/deeper/b", 32'768},    {"album/sub/c", 1},
    {"album/sub-c/d", 131'071},        {"album/\xc3\xa4\xe2\x82\xac", 5},
};
constexpr std::uint32_t chunk_size = 32 * 1024;

class TorrentsOfOthers : public testing::Test {
 protected:
  TemporaryDirectory folder;
  const std::string torrent = folder / "x.torrent";

  void write(const std::vector<Metainfo::File>& files) { write_files(folder / "", files); }

  // mktorrent's torrent of what lies in `name`.
  MetainfoPtr mktorrent(const std::string& name, const std::string& options = "") {
    output_of(fmt::format("/usr/bin/mktorrent -l 15 {} -o {} '{}'", options, torrent,
                          folder / name.c_str()));
    return read_torrent(torrent);
  }
  MetainfoPtr libtorrent(const std::string& name, const std::string& version) {
    output_of(fmt::format("{} make {} {} {} '{}'", libtorrent_tool, torrent, chunk_size, version,
                          folder / name.c_str()));
    return read_torrent(torrent);
  }
  // Our own torrent of these files, which are written first.
  void expect_readable(const std::string& name, bool is_folder,
                       const std::vector<Metainfo::File>& files, std::uint32_t size_of_chunk) {
    write(files);
    Metainfo plan;
    plan.name = name;
    plan.files = files;
    plan.chunk_size = size_of_chunk;
    const auto made =
        make_metainfo(name, is_folder, files, size_of_chunk, hashes_of(folder / "", plan));
    write_bytes(torrent, to_torrent(*made));
    expect_libtorrent_agrees(*made, torrent);
  }
};

TEST_F(TorrentsOfOthers, MktorrentsOfOneFileIsReadAsItIs) {
  if (!has_mktorrent()) GTEST_SKIP() << no_mktorrent;
  write(one_file);
  const auto metainfo = mktorrent("one file.bin", "-a http://a/announce -a udp://b:1 -p");
  EXPECT_EQ(metainfo->name, "one file.bin");
  EXPECT_FALSE(metainfo->folder);
  EXPECT_EQ(metainfo->files, one_file);
  EXPECT_EQ(metainfo->chunk_size, chunk_size);
  EXPECT_EQ(metainfo->chunk_count(), 4U);
  EXPECT_EQ(metainfo->chunks, hashes_of(folder / "", *metainfo));
  EXPECT_EQ(metainfo->trackers, (std::vector<std::string>{"http://a/announce", "udp://b:1"}));
  EXPECT_TRUE(metainfo->is_private);
  expect_libtorrent_agrees(*metainfo, torrent);
}

TEST_F(TorrentsOfOthers, MktorrentsOfAFolderIsReadAsItIs) {
  if (!has_mktorrent()) GTEST_SKIP() << no_mktorrent;
  write(album);
  const auto metainfo = mktorrent("album", "-a http://a/announce -c comment");
  EXPECT_EQ(metainfo->name, "album");
  EXPECT_TRUE(metainfo->folder);
  EXPECT_EQ(sorted(metainfo->files), sorted(album));
  EXPECT_EQ(metainfo->chunk_size, chunk_size);
  EXPECT_EQ(metainfo->chunks, hashes_of(folder / "", *metainfo));
  EXPECT_FALSE(metainfo->is_private);
  expect_libtorrent_agrees(*metainfo, torrent);
}

TEST_F(TorrentsOfOthers, LibtorrentsOfVersion1IsReadAsItIs) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  write(album);
  const auto metainfo = libtorrent("album", "v1");
  EXPECT_EQ(sorted(metainfo->files), sorted(album));
  EXPECT_EQ(metainfo->chunks, hashes_of(folder / "", *metainfo));
  EXPECT_EQ(metainfo->trackers, std::vector<std::string>{"udp://239.0.0.1:6969"});
  expect_libtorrent_agrees(*metainfo, torrent);
}

TEST_F(TorrentsOfOthers, LibtorrentsOfBothVersionsIsReadWithItsPadding) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  write(album);
  const auto metainfo = libtorrent("album", "hybrid");
  EXPECT_GT(metainfo->files.size(), album.size());
  EXPECT_EQ(metainfo->chunks, hashes_of(folder / "", *metainfo));
  expect_libtorrent_agrees(*metainfo, torrent);
}

TEST_F(TorrentsOfOthers, OursOfOneFileIsReadByLibtorrent) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  expect_readable("one file.bin", false, one_file, chunk_size);
}

TEST_F(TorrentsOfOthers, OursOfAFolderIsReadByLibtorrent) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  expect_readable("album", true, album, chunk_size);
}

TEST_F(TorrentsOfOthers, OursOfEdgeSizesAreReadByLibtorrent) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  for (const std::uint64_t size : {1U, 16'383U, 16'384U, 16'385U, 65'536U})
    expect_readable("x", false, {{"x", size}}, 16'384);
  expect_readable("x", false, {{"x", 300'000}}, default_chunk_size);
  expect_readable("y", true, {{"y/only", 20'000}}, 16'384);
}

TEST_F(TorrentsOfOthers, OursKeepsTheTrackersAndTheInfoHash) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  write(album);
  Metainfo metainfo = *libtorrent("album", "hybrid");
  metainfo.trackers = {"udp://a:1", "http://b/announce", "udp://c:2"};
  write_bytes(torrent, to_torrent(metainfo));
  const auto read = read_torrent(torrent);
  EXPECT_EQ(described(*read), described(metainfo));
  expect_libtorrent_agrees(metainfo, torrent);
}

// What others write by hand or with other tools, and every client reads: the hash is of the bytes
// as they are.
TEST_F(TorrentsOfOthers, OfAnotherFormIsReadAsLibtorrentReadsIt) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  const std::string pieces = "6:pieces20:" + std::string(20, 'h');
  const std::string sorted_info = "d6:lengthi10e4:name5:a.txt12:piece lengthi16384e" + pieces + "e";
  const auto folder_info = [&](const std::string& files) {
    return "d5:filesl" + files + "e4:name5:album12:piece lengthi16384e" + pieces + "e";
  };
  const std::vector<std::string> torrents{
      "d4:infod4:name5:a.txt" + pieces + "6:lengthi10e12:piece lengthi16384eee",  // unsorted info
      "d4:info" + sorted_info + "8:announce9:udp://a:1e",                         // unsorted
      "d4:info" + sorted_info + "e\n",
      "d4:info" + sorted_info + "e" + std::string(10'000, '\0'),
      "d4:infod6:lengthi10e4:name5:a.txt12:piece lengthi16384e" + pieces + "7:privatei-0eee",
      "d4:infod6:lengthi010e4:name05:a.txt12:piece lengthi16384e" + pieces + "ee",
      "d4:infod6:lengthi10e4:name4:a\xff.t10:name.utf-87:\xc3\xa4\xc3\xb6.tx12:piece "
      "lengthi16384e" +
          pieces + "ee",
      "d4:info" +
          folder_info("d6:lengthi10e4:pathl2:a\xff"
                      "e10:path.utf-8l1:d2:\xc3\xa4"
                      "ee") +
          "e",
      "d4:info" + folder_info("d4:attr1:x6:lengthi10e4:pathl1:aee") + "e",
      "d4:info" +
          folder_info("d6:lengthi10e4:pathl1:aeed4:attr1:l6:lengthi0e4:pathl1:s1:be12:symlink "
                      "pathl1:aee") +
          "e",
      "d4:info" +
          folder_info("d6:lengthi10e4:pathl1:aeed4:attr1:l4:pathl1:be12:symlink pathl1:aee") + "e",
  };
  for (const auto& text : torrents) {
    SCOPED_TRACE(text.substr(0, 200));
    write_bytes(torrent, FileBytes(text.begin(), text.end()));
    const auto metainfo = parse_metainfo(read_bytes(torrent));
    ASSERT_TRUE(metainfo.has_value()) << metainfo.error();
    expect_libtorrent_agrees(**metainfo, torrent);
  }
}

TEST_F(TorrentsOfOthers, LibtorrentsLinksAndXBitsAreRead) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  write(album);
  fs::permissions(folder / "album/sub/c", fs::perms::owner_all);
  fs::create_symlink("sub/c", folder / "album/link");
  auto metainfo = libtorrent("album", "v1");
  EXPECT_EQ(metainfo->chunks, hashes_of(folder / "", *metainfo));
  expect_libtorrent_agrees(*metainfo, torrent);
  const Metainfo::Link link{"album/link", "album/sub/c"};
  EXPECT_EQ(metainfo->links, std::vector<Metainfo::Link>{link});
  // It writes this one from where the link lies, and does not read it itself.
  fs::create_symlink("../../sub-c/d", folder / "album/sub/deeper/up");
  metainfo = libtorrent("album", "v1");
  const Metainfo::Link up{"album/sub/deeper/up", "album/sub-c/d"};
  EXPECT_EQ(metainfo->links, (std::vector<Metainfo::Link>{link, up}));
  const auto program = std::find_if(metainfo->files.begin(), metainfo->files.end(),
                                    [](const auto& file) { return file.executable; });
  ASSERT_NE(program, metainfo->files.end());
  EXPECT_EQ(program->path, "album/sub/c");
}

TEST_F(TorrentsOfOthers, OurLinksAndXBitsAreReadByLibtorrent) {
  if (!has_libtorrent()) GTEST_SKIP() << no_libtorrent;
  auto files = sorted(album);
  files[2].executable = true;
  write(files);
  Metainfo plan;
  plan.files = files;
  plan.chunk_size = chunk_size;
  const auto made =
      make_metainfo("album", true, files, chunk_size, hashes_of(folder / "", plan),
                    {{"album/link", "album/sub/c"}, {"album/sub/deeper/up", "album/sub-c/d"}});
  write_bytes(torrent, to_torrent(*made));
  expect_libtorrent_agrees(*made, torrent);
}

}  // namespace
}  // namespace swarm
