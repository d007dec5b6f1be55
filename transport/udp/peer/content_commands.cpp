#include "transport/udp/peer/content_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "transport/udp/content_store/content_files.hpp"
#include "transport/udp/content_store/content_hash.hpp"
#include "transport/udp/content_store/content_locks.hpp"
#include "transport/udp/peer/content_check.hpp"
#include "transport/udp/peer/content_copy.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

fs::path state_of(const PeerOptions& options) {
  return options.content.state.empty() ? state_folder() : options.content.state;
}

// Limits the updates of the progress line to ten a second.
class Throttle {
 public:
  bool due(Time now) {
    if (now < next_) return false;
    next_ = now + 100ms;
    return true;
  }

 private:
  Time next_ = Time::min();
};

// `believe`: see check_content().
Checked check(const ContentSource& content, const PeerOptions& options, bool believe,
              ContentReport& report) {
  Throttle throttle;
  const auto show = [&](std::uint32_t checked) {
    if (const Time now = boot_clock_now(); throttle.due(now))
      report.work(now, fmt::format("verifying {}: {} of {} chunks", content.name(),
                                   grouped(checked), grouped(content.metainfo->chunk_count())));
  };
  auto checked = check_content(content, state_of(options), believe, show);
  report.clear_line();
  return checked;
}

std::string_view how_to_mend(const Checked& checked) {
  return checked.harms ? "fetch gets them into another folder with -o, or writes over what is "
                         "there with --overwrite"
                       : "fetch gets them";
}

// For share.

bool lies_beneath(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const auto whole = [&](const fs::path& path) {
    return fs::weakly_canonical(fs::absolute(path, error), error);
  };
  const auto inner = whole(file), outer = whole(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

fs::path torrent_for(const PeerOptions& options, const ContentSource& content) {
  const std::string& output = options.content.output;
  const fs::path file = output.empty() ? content.metainfo->name + ".torrent" : output;
  std::error_code error;
  if (fs::equivalent(file, content.path(), error))
    throw ContentError(
        fmt::format("{} is what is shared; name another file for its description with -o",
                    printable(file.string())));
  if (content.metainfo->folder && lies_beneath(file, content.path()))
    throw ContentError(fmt::format(
        "{} would lie in the folder that is shared, and change it; name another file with -o",
        printable(file.string())));
  return file;
}

void tell_skipped(const std::vector<std::string>& skipped, ContentReport& report) {
  if (skipped.empty()) return;
  report.warn(
      fmt::format("not shared: {}{}", printable(skipped.front()),
                  skipped.size() == 1 ? "" : fmt::format("; and {} more", skipped.size() - 1)));
}

// Throws ContentError if a process uses the content. To be called before the content is reported as
// shared.
void refuse_in_use(const ContentSource& content, const PeerOptions& options) {
  const auto file = state_of(options) / "peer.lock";
  std::error_code error;
  if (!fs::exists(file, error) || !ContentLocks(file).taken(content.hash)) return;
  ContentError refusal(sentence_in_use(content.name()));
  refusal.content = content.metainfo;
  throw refusal;
}

ContentSource hash_path(const std::string& path, const PeerOptions& options,
                        ContentReport& report) {
  Throttle throttle;
  const auto show = [&](std::uint64_t done, std::uint64_t size) {
    if (const Time now = boot_clock_now(); throttle.due(now))
      report.work(now,
                  fmt::format("hashing {}: {} of {}", path, bytes_text(done), bytes_text(size)));
    return true;
  };
  const auto hashed = hash_content(path, options.content.chunk_size, show);
  report.clear_line();
  if (!hashed) throw ContentError(hashed.error());
  ContentSource content{hashed->metainfo->info_hash, hashed->metainfo, hashed->directory};
  content.complete = true;
  content.hashed = hashed->marks;
  refuse_in_use(content, options);
  tell_skipped(hashed->skipped, report);
  try {
    const auto torrent = torrent_for(options, content);
    write_torrent(torrent, *content.metainfo, options.content.force);
    report.shared(content, torrent);
  } catch (ContentError& error) {
    error.content = content.metainfo;
    throw;
  }
  return content;
}

bool is_torrent(const std::string& path) {
  std::error_code error;
  return path.ends_with(".torrent") && fs::is_regular_file(path, error);
}

// The info-hash of a FILE.torrent or a HASH, for status and forget.
InfoHash hash_named_by(const std::string& word) {
  std::error_code error;
  const bool digits = looks_like_info_hash(word) && !fs::exists(word, error);
  return digits ? read_info_hash(word) : read_torrent(word)->info_hash;
}

// The error sentence if `folder` does not contain the content. If the user named the content itself
// instead of the folder that contains it, the sentence says so.
std::string not_there(const ContentSource& content, const fs::path& folder, const char* option) {
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  std::error_code error;
  if (named.filename() == content.metainfo->name && fs::exists(named, error))
    return fmt::format("{0} takes the folder that {1} lies in: {0} {2}, not {0} {3}", option,
                       printable(content.metainfo->name),
                       printable(named.has_parent_path() ? named.parent_path().string() : "."),
                       printable(folder.string()));
  if (!folder.empty())
    return fmt::format("{0} {1}: there is no {2} in it; {0} takes the folder that {2} lies in",
                       option, printable(folder.string()), printable(content.metainfo->name));
  return fmt::format("there is no {}; name the folder that it lies in with {}",
                     printable(content.path().string()), option);
}

ContentSource found_complete(const std::string& word, const PeerOptions& options, db::PeerDb* db,
                             ContentReport& report) {
  auto content = find_content(word, options.content.from, db);
  if (!content.metainfo)
    throw ContentError(
        fmt::format("nothing but the hash is known of {}; fetch it, or share its PATH", word));
  std::error_code error;
  if (!fs::exists(content.path(), error))
    throw WrongContent(not_there(content, options.content.from, "--from"));
  const auto checked = check(content, options, true, report);
  if (!checked.wrong.empty())
    throw WrongContent(fmt::format(
        "{} is not all of {} as it should be: {} of {} chunks differ; {}",
        printable(content.path().string()), printable(word), grouped(checked.wrong.size()),
        grouped(content.metainfo->chunk_count()), how_to_mend(checked)));
  content.complete = true;
  content.hashed = checked.marks;
  report.shared(content, is_torrent(word) ? word : "");
  return content;
}

ContentSource source_to_share(const std::string& word, const PeerOptions& options, db::PeerDb* db,
                              ContentReport& report) {
  std::error_code error;
  const bool there = fs::exists(word, error);
  if (is_torrent(word) || (!there && looks_like_info_hash(word)))
    return found_complete(word, options, db, report);
  if (!there) throw ContentError(fmt::format("there is no file or folder {}", printable(word)));
  if (!options.content.from.empty())
    throw ContentError(fmt::format(
        "--from says where the content of a FILE.torrent or HASH lies, and {} is neither",
        printable(word)));
  return hash_path(word, options, report);
}

// For fetch.

// Makes the content's folder if it is missing. But if the database has the content with this
// folder, the missing folder is not made, because its disk may only be unmounted.
void check_folder(const ContentSource& content) {
  const fs::path& folder = content.directory;
  std::error_code error;
  // The user learns what to do when the opening of the content fails.
  if (content.known && !fs::exists(folder, error)) return;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    throw ContentError(fmt::format("{} is no folder; name one with -o", folder.string()));
  fs::create_directories(folder, error);
  if (error)
    throw ContentError(fmt::format("the folder {} cannot be made: {}; name another with -o",
                                   folder.string(), error.message()));
}

void copy_from_elsewhere(ContentSource& content, const PeerOptions& options,
                         ContentReport& report) {
  if (content.elsewhere.empty() || !content.metainfo) return;
  Throttle throttle;
  const auto show = [&](std::uint32_t copied) {
    if (const Time now = boot_clock_now(); throttle.due(now))
      report.work(now, fmt::format("copying {}: {} of {} chunks", content.name(), grouped(copied),
                                   grouped(content.metainfo->chunk_count())));
  };
  const auto remark = [&](const std::string& sentence) {
    report.warn(printable(sentence));
    content.told.push_back(sentence);
  };
  const auto opened = [&] { tell_where(content, report); };
  const auto copied =
      copy_content(content, state_of(options), purpose_of(options), {opened, show, remark});
  report.clear_line();
  if (copied > 0)
    report.note(fmt::format("{}: {} of {} chunks were copied from there",
                            shortened(content.name(), 60), grouped(copied),
                            grouped(content.metainfo->chunk_count())));
}

// For status.

struct OnDisk {
  // Bytes of the recorded chunks whose files are all on disk now. If the content's files are not
  // known or cannot be read, every recorded chunk counts.
  std::uint64_t had = 0;
  // The content was closed in good order, and its files have not changed since.
  bool clean = false;
};

OnDisk on_disk(const db::ContentRecord& record, db::PeerDb& db) {
  const auto whole = db.content(record.sha1);
  const auto metainfo = whole ? parse_info(whole->info) : ParsedMetainfo(nullptr);
  OpenFiles open_files;
  std::optional<ContentFiles> files;
  OnDisk found;
  try {
    if (metainfo && *metainfo) {
      files.emplace(*metainfo, record.directory, open_files);
      found.clean = equal(files->look(), whole->marks) && record.clean;
    }
  } catch (const FileError&) {
    files.reset();
  }
  for (const auto offset : db.chunks(record.sha1))
    if (offset < record.size &&
        (!files || files->has_all_files_of(static_cast<std::uint32_t>(offset / record.chunk_size))))
      found.had += std::min<std::uint64_t>(record.chunk_size, record.size - offset);
  return found;
}

ContentRow row_of(const db::ContentRecord& record, db::PeerDb& db, const ContentLocks& locks) {
  std::error_code error;
  const bool there = fs::exists(fs::path(record.directory) / record.name, error) || error;
  const OnDisk found = there ? on_disk(record, db) : OnDisk{};
  return {.hash = record.sha1,
          .name = record.name,
          .directory = record.directory,
          .size = record.size,
          .had = found.had,
          .in_use = locks.taken(record.sha1),
          .clean = found.clean,
          .there = there};
}

// For verify.

// "3, 17-20 and 5 more".
std::string ranges_text(const std::vector<std::uint32_t>& numbers) {
  constexpr std::size_t most = 8;
  std::string text;
  std::size_t ranges = 0, at = 0;
  for (; at < numbers.size() && ranges < most; ++ranges) {
    std::size_t end = at + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", numbers[at]);
    if (end - at > 1) text += fmt::format("-{}", numbers[end - 1]);
    at = end;
  }
  return at == numbers.size() ? text : fmt::format("{} and {} more", text, numbers.size() - at);
}

std::vector<std::string> paths_of(const ContentSource& content,
                                  const std::vector<std::uint32_t>& wrong) {
  std::vector<std::string> paths;
  std::set<std::string> known;
  for (const auto chunk : wrong)
    for (const auto& file : files_of_chunk(*content.metainfo, chunk))
      if (known.insert(file).second)
        paths.push_back((content.directory / file).lexically_normal().string());
  return paths;
}

ContentSource source_to_verify(const PeerOptions& options, db::PeerDb* db) {
  const std::string& word = options.content.what.front();
  auto content = find_content(word, options.content.output, db);
  if (!content.metainfo)
    throw ContentError(fmt::format(
        "nothing but the hash is known of {}; name its FILE.torrent, or fetch it", word));
  std::error_code error;
  if (!fs::exists(content.path(), error))
    throw WrongContent(not_there(content, options.content.output, "-o"));
  return content;
}

// For share and fetch.

template <class Make>
PreparedContents prepare_each(const PeerOptions& options, ContentReport& report, const Make& make) {
  PreparedContents prepared;
  const auto failed = [&](const std::string& word, std::string_view sentence, PeerExit exit,
                          const MetainfoPtr& content = {}) {
    report.clear_line();
    report.failed(word, sentence, content);
    const bool first = prepared.exit == PeerExit::done;
    prepared.exit = first || prepared.exit == exit ? exit : PeerExit::failed;
  };
  for (const auto& word : options.content.what) {
    try {
      prepared.contents.push_back(make(word));
    } catch (const WrongContent& error) {
      failed(word, error.what(), PeerExit::wrong, error.content);
    } catch (const ContentError& error) {
      failed(word, error.what(), PeerExit::failed, error.content);
    } catch (const FileError& error) {
      failed(word, error.what(), PeerExit::failed);
    } catch (const fs::filesystem_error& error) {
      failed(word, error.what(), PeerExit::failed);
    }
  }
  return prepared;
}

}  // namespace

void tell_where(ContentSource& content, ContentReport& report) {
  const auto folder = printable(content.directory.string());
  if (std::exchange(content.where_told, true)) return;
  if (content.known)
    report.note(fmt::format("{} goes on in {}", shortened(content.name(), 60), folder));
  if (!content.elsewhere.empty())
    report.note(fmt::format("{} was in {} so far; now it goes into {}",
                            shortened(content.name(), 60), printable(content.elsewhere.string()),
                            folder));
}

Purpose purpose_of(const PeerOptions& options) {
  if (options.command == PeerOptions::Command::share) return Purpose::share;
  return options.content.overwrite ? Purpose::overwrite : Purpose::fetch;
}

PreparedContents prepare_share(const PeerOptions& options, ContentReport& report) {
  const auto db = open_peer_db(state_of(options));
  return prepare_each(options, report, [&](const std::string& word) {
    return source_to_share(word, options, db.get(), report);
  });
}

PreparedContents prepare_fetch(const PeerOptions& options, ContentReport& report) {
  const auto db = open_peer_db(state_of(options));
  return prepare_each(options, report, [&](const std::string& word) {
    auto content = find_content(word, options.content.output, db.get());
    check_folder(content);
    copy_from_elsewhere(content, options, report);
    return content;
  });
}

PeerExit run_status(const PeerOptions& options, ContentReport& report) {
  const auto state = state_of(options);
  const auto db = open_peer_db(state);
  std::set<InfoHash> asked;
  for (const auto& word : options.content.what) asked.insert(hash_named_by(word));
  const bool all = asked.empty();
  std::size_t rows = 0;
  if (db) {
    const ContentLocks locks(state / "peer.lock");
    for (const auto& record : db->contents())
      if (all || asked.erase(record.sha1) > 0) report.row(row_of(record, *db, locks), rows++ == 0);
  }
  for (const auto& hash : asked)
    report.warn(fmt::format("nothing is known here of {}", to_hex(hash.bytes)));
  if (all && rows == 0)
    report.note(fmt::format("nothing was shared or fetched here yet (as far as {} knows)",
                            printable(state.string())));
  return asked.empty() ? PeerExit::done : PeerExit::failed;
}

// Holds a content's lock while it removes the record, so that no process opens the content
// meanwhile.
PeerExit run_forget(const PeerOptions& options, ContentReport& report) {
  const auto state = state_of(options);
  const auto db = open_peer_db(state);
  std::optional<ContentLocks> locks;
  if (db) locks.emplace(state / "peer.lock");
  PeerExit exit = PeerExit::done;
  for (const auto& word : options.content.what) {
    InfoHash hash;
    try {
      hash = hash_named_by(word);
    } catch (const ContentError& error) {
      report.failed(word, error.what());
      exit = PeerExit::failed;
      continue;
    }
    const auto record = db ? db->content(hash) : std::nullopt;
    const bool free = record && locks->take(hash);
    if (free) {
      const ContentRow row = row_of(*record, *db, *locks);
      db::PeerWrite write;
      write.forget.push_back(hash);
      db->write(write);
      locks->release(hash);
      report.forgotten(row);
      continue;
    }
    report.failed(word, record ? fmt::format("{} is in use by another swarm-peer, and is not "
                                             "forgotten meanwhile; stop that one first",
                                             shown(record->name))
                               : fmt::format("nothing is known here of {}", word));
    exit = PeerExit::failed;
  }
  return exit;
}

PeerExit run_verify(const PeerOptions& options, ContentReport& report) {
  const auto db = open_peer_db(state_of(options));
  const auto content = source_to_verify(options, db.get());
  const auto checked = check(content, options, false, report);
  const auto& wrong = checked.wrong;
  report.verified(content, wrong, paths_of(content, wrong));
  const auto chunks = content.metainfo->chunk_count();
  if (wrong.empty()) {
    report.note(fmt::format("{} is right: {} chunks, {}", printable(content.path().string()),
                            grouped(chunks), bytes_text(content.metainfo->size)));
    return PeerExit::done;
  }
  report.warn(fmt::format("{}: wrong or missing are {} of {} chunks ({}); {}",
                          printable(content.path().string()), grouped(wrong.size()),
                          grouped(chunks), ranges_text(wrong), how_to_mend(checked)));
  return PeerExit::wrong;
}

}  // namespace swarm::udp
