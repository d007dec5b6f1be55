// Fuzzer of the metainfo. Of whatever parse_metainfo or parse_info takes: the files lie in the
// folder and nowhere else, sizes and chunks add up, and what is written of it is read as the same.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "engine/wire/file_name.hpp"
#include "engine/wire/metainfo.hpp"

namespace {

using swarm::Metainfo;

void expect(bool condition) {
  if (!condition) std::abort();
}

void check_path(const Metainfo& metainfo, const std::string& text) {
  const std::filesystem::path path(text);
  expect(path.is_relative() && path.has_filename() && path == path.lexically_normal());
  expect(path.begin()->string() == metainfo.name && !swarm::wire::bad_byte(text));
  expect(text.size() <= swarm::wire::longest_path);
  for (const auto& part : path)
    expect(part != ".." && part.string().size() <= swarm::wire::longest_name);
}

// The file system's own view: nothing to normalise, below the name, no file twice or in a file.
void check_paths(const Metainfo& metainfo) {
  std::set<std::filesystem::path> files, folders;
  const auto add = [&](const std::string& text) {
    const std::filesystem::path path(text);
    check_path(metainfo, text);
    expect(files.insert(path).second);
    for (auto above = path.parent_path(); !above.empty(); above = above.parent_path())
      folders.insert(above);
  };
  for (const auto& file : metainfo.files) add(file.path);
  for (const auto& link : metainfo.links) {
    add(link.path);
    check_path(metainfo, link.target);
    expect(link.target.size() > metainfo.name.size());
  }
  for (const auto& file : files) expect(!folders.contains(file));
  expect(metainfo.folder ? folders.contains(metainfo.name)
                         : metainfo.files.size() == 1 && metainfo.links.empty());
}

void check_sizes(const Metainfo& metainfo) {
  std::uint64_t files = 0, chunks = 0;
  for (const auto& file : metainfo.files) files += file.size;
  for (std::uint32_t i = 0; i < metainfo.chunk_count(); ++i) {
    expect(metainfo.offset(i) == chunks && metainfo.length(i) > 0);
    expect(metainfo.length(i) == metainfo.chunk_size || i + 1 == metainfo.chunk_count());
    chunks += metainfo.length(i);
  }
  expect(metainfo.size > 0 && metainfo.size == files && metainfo.size == chunks);
  expect(metainfo.chunk_size <= swarm::largest_chunk_size);
}

void expect_same(const Metainfo& a, const Metainfo& b) {
  expect(a.name == b.name && a.folder == b.folder && a.files == b.files && a.size == b.size);
  expect(a.links == b.links);
  expect(a.chunk_size == b.chunk_size && a.chunks == b.chunks);
}

void read_again(const Metainfo& metainfo) {
  const auto again = swarm::parse_metainfo(swarm::to_torrent(metainfo));
  expect(again.has_value());
  expect_same(**again, metainfo);
  expect((*again)->info_hash == metainfo.info_hash && (*again)->info == metainfo.info);
  expect((*again)->trackers == metainfo.trackers && (*again)->is_private == metainfo.is_private);
  expect_same(*swarm::make_metainfo(metainfo.name, metainfo.folder, metainfo.files,
                                    metainfo.chunk_size, metainfo.chunks, metainfo.links),
              metainfo);
}

void check(const swarm::ParsedMetainfo& parsed) {
  if (!parsed)
    return expect(!parsed.error().empty() && parsed.error().find('\n') == std::string::npos);
  check_paths(**parsed);
  check_sizes(**parsed);
  expect((*parsed)->info_hash == swarm::sha1((*parsed)->info));
  read_again(**parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(swarm::parse_metainfo({data, size}));
  check(swarm::parse_info({data, size}));
  return 0;
}
