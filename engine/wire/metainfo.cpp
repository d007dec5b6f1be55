#include "engine/wire/metainfo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

#include "engine/base/assert.hpp"
#include "engine/wire/bencode.hpp"
#include "engine/wire/file_name.hpp"

namespace swarm {
namespace {

using wire::Bencode;
using wire::shown_name;
using Problem = std::string;  // empty: no problem

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

std::string words_of(const Bencode::List& components) {
  std::string words;
  for (const auto& component : components)
    words += (words.empty() ? "" : "/") +
             (component.text() != nullptr ? *component.text() : std::string());
  return words;
}

std::string_view text_or_none(const Bencode& value) {
  return value.text() != nullptr ? std::string_view(*value.text()) : std::string_view();
}

bool is_good(const Bencode* name) {
  return name != nullptr && name->text() != nullptr && wire::problem_of_name(*name->text()).empty();
}

bool are_good(const Bencode* components) {
  return components != nullptr && components->list() != nullptr && !components->list()->empty() &&
         std::all_of(components->list()->begin(), components->list()->end(),
                     [](const Bencode& component) { return is_good(&component); });
}

bool has_attribute(const Bencode& file, char attribute) {
  const auto* attributes = text_of(file, "attr");
  return attributes != nullptr && attributes->find(attribute) != attributes->npos;
}

// Fills a Metainfo from an info dictionary, one group of keys after another.
class InfoReader {
 public:
  InfoReader(const Bencode& info, Metainfo& out) : info_(info), out_(out) {}

  Problem read() {
    if (info_.dictionary() == nullptr) return "the info of it is no dictionary";
    for (const auto step :
         {&InfoReader::read_chunks, &InfoReader::read_name, &InfoReader::read_files,
          &InfoReader::check_size, &InfoReader::check_paths})
      if (Problem problem = (this->*step)(); !problem.empty()) return problem;
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
    const Bencode* utf8 = info_.find("name.utf-8");
    const auto* name = is_good(utf8) ? utf8->text() : text_of(info_, "name");
    if (name == nullptr) return "its info lacks the name";
    if (Problem problem = wire::problem_of_name(*name); !problem.empty())
      return fmt::format("its name \"{}\" {}", shown_name(*name), problem);
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
    for (const auto& file : *files->list()) {
      ++number_;
      if (Problem problem = read_file(file); !problem.empty()) return problem;
    }
    return {};
  }

  Problem read_file(const Bencode& file) {
    // Padding files (BEP 47) have no useful bytes, and often have the same path. So this function
    // gives each a path of its own.
    if (has_attribute(file, 'p'))
      return add_file(file, fmt::format("{}/.pad/{}", out_.name, number_));
    std::string path;
    if (Problem problem = read_path(file, path); !problem.empty()) return problem;
    return has_attribute(file, 'l') ? add_link(file, std::move(path))
                                    : add_file(file, std::move(path));
  }

  Problem read_path(const Bencode& file, std::string& path) {
    const Bencode* utf8 = file.find("path.utf-8");
    const Bencode* components = are_good(utf8) ? utf8 : file.find("path");
    if (components == nullptr || components->list() == nullptr || components->list()->empty())
      return fmt::format("its file {} has no path", number_);
    path = out_.name;
    for (const auto& component : *components->list()) {
      const std::string_view name = text_or_none(component);
      if (Problem problem = wire::problem_of_name(name); !problem.empty())
        return fmt::format("in the path of its file {} the name \"{}\" {}", number_,
                           shown_name(name), problem);
      (path += '/') += name;
    }
    if (path.size() <= wire::longest_path) return {};
    return fmt::format("the path of its file {} has {} bytes, and {} are possible: \"{}\"", number_,
                       path.size(), wire::longest_path, shown_name(path));
  }

  // Sets `target` to the path of a link's target. The components are relative to the folder, as in
  // BEP 47. If the first component is "..", they are relative to the link, as libtorrent writes
  // them. Returns false if they lead out of the folder, or to the folder itself.
  bool lead(const Bencode::List& components, std::string_view link, std::string& target) const {
    target = out_.name;
    if (text_or_none(components.front()) == "..") target = link.substr(0, link.rfind('/'));
    for (const auto& component : components) {
      const std::string_view name = text_or_none(component);
      if (wire::is_file_name(name)) {
        (target += '/') += name;
      } else if (name == ".." && target.size() > out_.name.size()) {
        target.resize(target.rfind('/'));
      } else {
        return false;
      }
    }
    return target.size() > out_.name.size();
  }

  Problem add_link(const Bencode& file, std::string path) {
    const Bencode* components = file.find("symlink path");
    if (components == nullptr || components->list() == nullptr || components->list()->empty())
      return fmt::format("its link \"{}\" does not say where it leads", shown_name(path));
    if (const auto* length = number_of(file, "length"); length != nullptr && *length != 0)
      return fmt::format("its link \"{}\" has a size, and links have none", shown_name(path));
    for (const auto& component : *components->list())
      if (Problem problem = wire::problem_of_name(text_or_none(component));
          wire::is_file_name(text_or_none(component)) && !problem.empty())
        return fmt::format("in the target of its link \"{}\" the name \"{}\" {}", shown_name(path),
                           shown_name(text_or_none(component)), problem);
    std::string target;
    if (!lead(*components->list(), path, target))
      return fmt::format("its link \"{}\" leads out of the folder, or to the folder itself: \"{}\"",
                         shown_name(path), shown_name(words_of(*components->list())));
    if (target.size() > wire::longest_path)
      return fmt::format("the target of its link \"{}\" has {} bytes, and {} are possible",
                         shown_name(path), target.size(), wire::longest_path);
    out_.links.push_back({std::move(path), std::move(target)});
    return {};
  }

  Problem add_file(const Bencode& holder, std::string path) {
    const auto* length = number_of(holder, "length");
    if (length == nullptr || *length < 0)
      return fmt::format("the size of its file \"{}\" is missing or below 0", shown_name(path));
    const auto size = static_cast<std::uint64_t>(*length);
    if (size > largest_size - out_.size) return "its files are larger than any disk";
    out_.size += size;
    out_.files.push_back({std::move(path), size, has_attribute(holder, 'x')});
    return {};
  }

  Problem check_size() {
    if (out_.size == 0) return "it holds no bytes";
    const std::uint64_t needed = (out_.size - 1) / out_.chunk_size + 1;
    if (needed == out_.chunks.size()) return {};
    return fmt::format("{} bytes in chunks of {} need {} hashes, and it has {}", out_.size,
                       out_.chunk_size, needed, out_.chunks.size());
  }

  // Sorts the paths with '/' before all other bytes. Then a path that is a folder of other paths
  // comes directly before one of them.
  Problem check_paths() {
    const auto before = [](char a, char b) {
      const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
      return rank(a) < rank(b);
    };
    std::vector<std::string_view> paths;
    for (const auto& file : out_.files) paths.push_back(file.path);
    for (const auto& link : out_.links) paths.push_back(link.path);
    std::sort(paths.begin(), paths.end(), [&](std::string_view a, std::string_view b) {
      return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), before);
    });
    for (std::size_t i = 1; i < paths.size(); ++i) {
      const auto path = paths[i - 1], next = paths[i];
      if (next.starts_with(path) && (next.size() == path.size() || next[path.size()] == '/'))
        return fmt::format("two of its files have the path \"{}\", or one is a folder of the other",
                           shown_name(path));
    }
    return {};
  }

  const Bencode& info_;
  Metainfo& out_;
  std::size_t number_ = 0;  // of the present file in the list of files, from 1
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

// Returns "announce", then the tiers of "announce-list" (BEP 12), with each tracker once. Leaves
// out entries of a wrong form instead of refusing the file, because peers find this project's
// trackers in other ways.
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
  Bencode::List components;
  for (std::size_t at = folder.size(); at != path.npos;) {
    const std::size_t end = path.find('/', at + 1);
    components.emplace_back(std::string(path.substr(at + 1, end - at - 1)));
    at = end;
  }
  return components;
}

// Adds BEP 47's attribute, for an entry that is no plain file.
Bencode::Dictionary with_attribute(Bencode::Dictionary keys, const char* attribute) {
  keys.emplace("attr", Bencode(std::string(attribute)));
  return keys;
}

Bencode::Dictionary keys_of(const Metainfo::File& file) {
  Bencode::Dictionary keys{{"length", Bencode(static_cast<std::int64_t>(file.size))}};
  return file.executable ? with_attribute(std::move(keys), "x") : keys;
}

Bencode::Dictionary keys_of(const std::string& name, const Metainfo::Link& link) {
  return with_attribute({{"length", Bencode(0)},
                         {"path", Bencode(path_below(name, link.path))},
                         {"symlink path", Bencode(path_below(name, link.target))}},
                        "l");
}

Bencode::Dictionary file_keys(const Metainfo& plan) {
  if (!plan.folder) {
    SWARM_ASSERT(plan.files.size() == 1 && plan.files[0].path == plan.name && plan.links.empty(),
                 "one file, which bears the name");
    return keys_of(plan.files[0]);
  }
  Bencode::List list;
  for (const auto& file : plan.files) {
    auto keys = keys_of(file);
    keys.emplace("path", Bencode(path_below(plan.name, file.path)));
    list.emplace_back(std::move(keys));
  }
  for (const auto& link : plan.links) list.emplace_back(keys_of(plan.name, link));
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
  const auto parsed = wire::parse_bencode(torrent, wire::Trailing::ignored);
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
                          std::uint32_t chunk_size, std::vector<Sha1Digest> chunks,
                          std::vector<Metainfo::Link> links) {
  Metainfo plan;
  plan.name = std::move(name);
  plan.folder = folder;
  plan.files = std::move(files);
  plan.links = std::move(links);
  Bencode::Dictionary info = file_keys(plan);
  info.emplace("name", Bencode(std::move(plan.name)));
  info.emplace("piece length", Bencode(std::int64_t{chunk_size}));
  info.emplace("pieces", Bencode(joined(chunks)));
  const auto metainfo = parse_info(wire::to_bytes(Bencode(std::move(info))));
  SWARM_ASSERT(metainfo.has_value(), "what is made here can be read");
  return *metainfo;
}

std::string too_much_for_metainfo(const Metainfo& plan) {
  if (plan.size == 0) return "there is not a single byte in it";
  // Upper bounds for the numbers of bytes and values of the info dictionary. Both include some for
  // the rest of the .torrent file.
  constexpr std::uint64_t per_component = 4, per_file = 80;  // bytes besides the names
  std::uint64_t bytes = 1024, values = 1024;
  const auto add_path = [&](const std::string& path) {
    const auto components =
        static_cast<std::uint64_t>(std::count(path.begin(), path.end(), '/')) + 1;
    bytes += path.size() + per_component * components;
    values += components + 1;
  };
  for (const auto& file : plan.files) {
    add_path(file.path);
    bytes += per_file;
    values += 3;
  }
  for (const auto& link : plan.links) {
    add_path(link.path);
    add_path(link.target);
    bytes += per_file;
    values += 3;
  }
  if (bytes > longest_info || values > Bencode::most_values)
    return fmt::format(
        "it has too many files for one .torrent ({} files and links, their names {} bytes); share "
        "it in parts, or packed",
        plan.files.size() + plan.links.size(), bytes);
  const std::uint64_t chunks = (plan.size - 1) / plan.chunk_size + 1;
  if (bytes + hash_size * chunks > longest_info)
    return "it has too many chunks; choose a larger chunk size";
  return {};
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
  static constexpr std::string_view key = "4:info";  // the last key: all others sort before it
  torrent.pop_back();
  torrent.insert(torrent.end(), key.begin(), key.end());
  torrent.insert(torrent.end(), metainfo.info.begin(), metainfo.info.end());
  torrent.push_back('e');
  return torrent;
}

}  // namespace swarm
