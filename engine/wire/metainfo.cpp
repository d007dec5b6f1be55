#include "engine/wire/metainfo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

#include "engine/assert.hpp"
#include "engine/wire/bencode.hpp"

namespace swarm {
namespace {

using wire::Bencode;
using Problem = std::string;  // empty: none

constexpr std::size_t hash_size = 20;
constexpr auto largest_size = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

const std::int64_t* number_of(const Bencode& dictionary, std::string_view key) {
  const Bencode* value = dictionary.find(key);
  return value != nullptr ? value->number() : nullptr;
}

const std::string* text_of(const Bencode& dictionary, std::string_view key) {
  const Bencode* value = dictionary.find(key);
  return value != nullptr ? value->text() : nullptr;
}

// One part of a path, as a file system would take it: it stays below the folder it is opened in.
bool is_safe(std::string_view part) {
  return !part.empty() && part != "." && part != ".." &&
         part.find_first_of(std::string_view("/\0", 2)) == part.npos;
}

// A text of others, as it can be shown: a name may hold anything.
std::string shown(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, 60)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > 60 ? "..." : "");
}

// Fills a Metainfo from an info dictionary, a group of keys at a time.
class InfoReader {
 public:
  InfoReader(const Bencode& info, Metainfo& out) : info_(info), out_(out) {}

  Problem read() {
    if (info_.dictionary() == nullptr) return "the info of it is no dictionary";
    for (const auto part :
         {&InfoReader::read_chunks, &InfoReader::read_name, &InfoReader::read_files,
          &InfoReader::check_size, &InfoReader::check_paths})
      if (Problem problem = (this->*part)(); !problem.empty()) return problem;
    const auto* is_private = number_of(info_, "private");
    out_.is_private = is_private != nullptr && *is_private == 1;
    return {};
  }

 private:
  Problem read_chunks() {
    const auto* size = number_of(info_, "piece length");
    const auto* hashes = text_of(info_, "pieces");
    if (hashes == nullptr && info_.find("meta version") != nullptr)
      return "it is of version 2 of the format only, and version 1 is needed";
    if (size == nullptr || hashes == nullptr)
      return "its info lacks the chunk size (\"piece length\") or the hashes (\"pieces\")";
    if (*size < 1 || *size > largest_chunk_size)
      return fmt::format("its chunk size is {} bytes, and 1 to {} are possible", *size,
                         largest_chunk_size);
    if (hashes->size() % hash_size != 0)
      return fmt::format("its hashes are {} bytes, which is no multiple of 20", hashes->size());
    out_.chunk_size = static_cast<std::uint32_t>(*size);
    out_.chunks.resize(hashes->size() / hash_size);
    for (std::size_t i = 0; i < out_.chunks.size(); ++i)
      std::copy_n(hashes->begin() + static_cast<std::ptrdiff_t>(i * hash_size), hash_size,
                  out_.chunks[i].bytes.begin());
    return {};
  }

  Problem read_name() {
    const auto* name = text_of(info_, "name");
    if (name == nullptr) return "its info lacks the name";
    if (!is_safe(*name)) return fmt::format("its name \"{}\" is no name of a file", shown(*name));
    out_.name = *name;
    return {};
  }

  Problem read_files() {
    const Bencode* files = info_.find("files");
    if ((files != nullptr) == (info_.find("length") != nullptr))
      return "its info must have either one file (\"length\") or several (\"files\")";
    if (files == nullptr) return add_file(info_, out_.name);
    out_.folder = true;
    if (files->list() == nullptr || files->list()->empty()) return "its list of files is empty";
    for (const auto& file : *files->list())
      if (Problem problem = read_file(file); !problem.empty()) return problem;
    return {};
  }

  Problem read_file(const Bencode& file) {
    const Bencode* path = file.find("path");
    if (path == nullptr || path->list() == nullptr || path->list()->empty())
      return fmt::format("its file {} has no path", out_.files.size() + 1);
    // Padding files (BEP 47) often have one path for all, and nothing in them: each gets its own.
    const auto* attributes = text_of(file, "attr");
    if (attributes != nullptr && attributes->find('p') != attributes->npos)
      return add_file(file, fmt::format("{}/.pad/{}", out_.name, out_.files.size() + 1));
    std::string joined = out_.name;
    for (const auto& part : *path->list()) {
      if (part.text() == nullptr || !is_safe(*part.text()))
        return fmt::format("the path of its file {} is not safe: \"{}\"", out_.files.size() + 1,
                           shown(part.text() != nullptr ? *part.text() : ""));
      joined += '/';
      joined += *part.text();
    }
    return add_file(file, std::move(joined));
  }

  Problem add_file(const Bencode& holder, std::string path) {
    const auto* length = number_of(holder, "length");
    if (length == nullptr || *length < 0)
      return fmt::format("the size of its file \"{}\" is missing or below 0", shown(path));
    const auto size = static_cast<std::uint64_t>(*length);
    if (size > largest_size - out_.size) return "its files are larger than any disk";
    out_.size += size;
    out_.files.push_back({std::move(path), size});
    return {};
  }

  Problem check_size() {
    if (out_.size == 0) return "it holds no bytes";
    const std::uint64_t needed = (out_.size - 1) / out_.chunk_size + 1;
    if (needed == out_.chunks.size()) return {};
    return fmt::format("{} bytes in chunks of {} need {} hashes, and it has {}", out_.size,
                       out_.chunk_size, needed, out_.chunks.size());
  }

  // With '/' before all other bytes, what lies in a folder follows right behind the folder's name.
  Problem check_paths() {
    const auto before = [](char a, char b) {
      const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
      return rank(a) < rank(b);
    };
    std::vector<std::string_view> paths;
    for (const auto& file : out_.files) paths.push_back(file.path);
    std::sort(paths.begin(), paths.end(), [&](std::string_view a, std::string_view b) {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), before);
    });
    for (std::size_t i = 1; i < paths.size(); ++i) {
      const auto path = paths[i - 1], next = paths[i];
      if (next.starts_with(path) && (next.size() == path.size() || next[path.size()] == '/'))
        return fmt::format("two of its files have the path \"{}\", or one is a folder of the other",
                           shown(path));
    }
    return {};
  }

  const Bencode& info_;
  Metainfo& out_;
};

ParsedMetainfo read_info(const Bencode& info, Bytes raw, std::vector<std::string> trackers) {
  if (raw.size() > longest_info)
    return tl::unexpected(
        fmt::format("its info is {} bytes, and {} are possible at most", raw.size(), longest_info));
  auto metainfo = std::make_shared<Metainfo>();
  if (Problem problem = InfoReader(info, *metainfo).read(); !problem.empty())
    return tl::unexpected(std::move(problem));
  metainfo->info_hash = sha1(raw);
  metainfo->info.assign(raw.begin(), raw.end());
  metainfo->trackers = std::move(trackers);
  return metainfo;
}

tl::unexpected<std::string> no_bencode(const wire::BencodeError& error) {
  return tl::unexpected(
      fmt::format("it is no bencoded data: {} (byte {})", error.sentence, error.at));
}

// "announce", then the tiers of "announce-list" (BEP 12), each tracker once. What is of another
// form there is left out: our own trackers are found by other means.
std::vector<std::string> read_trackers(const Bencode& torrent) {
  std::vector<std::string> trackers;
  std::set<std::string_view> known;
  const auto add = [&](const Bencode* tracker) {
    const auto* url = tracker != nullptr ? tracker->text() : nullptr;
    if (url != nullptr && !url->empty() && known.insert(*url).second) trackers.push_back(*url);
  };
  add(torrent.find("announce"));
  const Bencode* tiers = torrent.find("announce-list");
  if (tiers == nullptr || tiers->list() == nullptr) return trackers;
  for (const auto& tier : *tiers->list())
    if (tier.list() != nullptr)
      for (const auto& tracker : *tier.list()) add(&tracker);
  return trackers;
}

Bencode::List path_below(std::string_view folder, std::string_view path) {
  SWARM_ASSERT(path.starts_with(folder) && path.substr(folder.size()).starts_with('/'),
               "the files of a folder lie in it");
  Bencode::List parts;
  for (std::size_t at = folder.size(); at != path.npos;) {
    const std::size_t end = path.find('/', at + 1);
    parts.emplace_back(std::string(path.substr(at + 1, end - at - 1)));
    at = end;
  }
  return parts;
}

Bencode::Dictionary file_keys(const std::string& name, bool folder,
                              const std::vector<Metainfo::File>& files) {
  if (!folder) {
    SWARM_ASSERT(files.size() == 1 && files[0].path == name, "one file, which bears the name");
    return {{"length", Bencode(static_cast<std::int64_t>(files[0].size))}};
  }
  Bencode::List list;
  for (const auto& file : files)
    list.emplace_back(Bencode::Dictionary{{"length", Bencode(static_cast<std::int64_t>(file.size))},
                                          {"path", Bencode(path_below(name, file.path))}});
  return {{"files", Bencode(std::move(list))}};
}

std::string joined(const std::vector<Sha1Digest>& hashes) {
  std::string joined;
  joined.reserve(hashes.size() * hash_size);
  for (const auto& hash : hashes) joined.append(hash.bytes.begin(), hash.bytes.end());
  return joined;
}

}  // namespace

ParsedMetainfo parse_metainfo(Bytes torrent) {
  const auto parsed = wire::parse_bencode(torrent);
  if (!parsed) return no_bencode(parsed.error());
  const Bencode* info = parsed->find("info");
  if (info == nullptr)
    return tl::unexpected<std::string>("it has no info dictionary, so it is no torrent");
  return read_info(*info, wire::raw_value(torrent, "info"), read_trackers(*parsed));
}

ParsedMetainfo parse_info(Bytes info) {
  const auto parsed = wire::parse_bencode(info);
  if (!parsed) return no_bencode(parsed.error());
  return read_info(*parsed, info, {});
}

MetainfoPtr make_metainfo(std::string name, bool folder, std::vector<Metainfo::File> files,
                          std::uint32_t chunk_size, std::vector<Sha1Digest> chunks) {
  Bencode::Dictionary info = file_keys(name, folder, files);
  info.emplace("name", Bencode(std::move(name)));
  info.emplace("piece length", Bencode(std::int64_t{chunk_size}));
  info.emplace("pieces", Bencode(joined(chunks)));
  const auto metainfo = parse_info(wire::to_bytes(Bencode(std::move(info))));
  SWARM_ASSERT(metainfo.has_value(), "what is made here can be read");
  return *metainfo;
}

std::vector<std::uint8_t> to_torrent(const Metainfo& metainfo) {
  Bencode::Dictionary head;
  if (!metainfo.trackers.empty()) head.emplace("announce", Bencode(metainfo.trackers.front()));
  if (metainfo.trackers.size() > 1) {
    Bencode::List tiers;
    for (const auto& tracker : metainfo.trackers)
      tiers.emplace_back(Bencode::List{Bencode(tracker)});
    head.emplace("announce-list", Bencode(std::move(tiers)));
  }
  auto torrent = wire::to_bytes(Bencode(std::move(head)));
  static constexpr std::string_view key = "4:info";  // the last one: its keys come before it
  torrent.pop_back();
  torrent.insert(torrent.end(), key.begin(), key.end());
  torrent.insert(torrent.end(), metainfo.info.begin(), metainfo.info.end());
  torrent.push_back('e');
  return torrent;
}

}  // namespace swarm
