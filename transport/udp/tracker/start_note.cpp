#include "transport/udp/tracker/start_note.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "engine/base/disk_trouble.hpp"
#include "engine/base/random.hpp"
#include "engine/node/tracker_db.hpp"
#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

std::string text_of(const StartNote& note) {
  const std::uint64_t sum = mix(mix(mix(note.store.value) ^ note.generation) ^ note.ballot);
  return fmt::format("store {:016x} generation {} ballot {} sum {:016x}\n", note.store.value,
                     note.generation, note.ballot, sum);
}

std::uint64_t number_after(std::string_view text, std::string_view word, int base) {
  const auto at = text.find(word);
  std::uint64_t number = 0;
  if (at == text.npos) return number;
  const char* const from = text.data() + at + word.size();
  std::from_chars(from, text.data() + text.size(), number, base);
  return number;
}

[[noreturn]] void fail(std::string_view what, const fs::path& file, int why) {
  const auto trouble = db::disk_trouble(why);
  throw db::DbError(
      fmt::format("cannot {} {}: {}", what, file.string(),
                  trouble.empty() ? std::system_category().message(why) : std::string(trouble)));
}

// Makes the file's bytes durable, but not yet its name.
void write_file(const fs::path& file, std::string_view text) {
  errno = ENOSPC;  // a short write sets no errno
  const Descriptor open(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!open || ::write(open.number(), text.data(), text.size()) != std::ssize(text) ||
      ::fsync(open.number()) != 0)
    fail("write", file, errno);
}

}  // namespace

std::optional<StartNote> read_start_note(const fs::path& directory) {
  const auto file = directory / start_note_file;
  errno = 0;
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if ((!in.is_open() && errno != ENOENT) || in.bad()) fail("read", file, errno);
  const StartNote note{{number_after(text, "store ", 16)},
                       number_after(text, "generation ", 10),
                       number_after(text, "ballot ", 10)};
  return text == text_of(note) ? std::optional(note) : std::nullopt;
}

void remove_start_note(const fs::path& directory) {
  const auto file = directory / start_note_file;
  if (::unlink(file.c_str()) == 0) return sync_folder(directory);
  if (errno != ENOENT) fail("remove", file, errno);
}

void write_start_note(const fs::path& directory, const StartNote& note) {
  const auto file = directory / start_note_file;
  const fs::path fresh = file.string() + ".new";
  write_file(fresh, text_of(note));
  if (std::rename(fresh.c_str(), file.c_str()) != 0) fail("write", file, errno);
  sync_folder(directory);
}

std::string why_less_than_noted(const StartNote& note, const std::optional<db::Ballot>& ballot,
                                const db::BallotMarks& marks, const db::TrackerMarks& tracker) {
  if (ballot && ballot->store != note.store)
    return fmt::format("{} is of store {:x}, and tracker.db and ballot.db of store {:x}",
                       start_note_file, note.store.value, ballot->store.value);
  if (ballot && marks.number >= note.ballot && tracker.log.generation >= note.generation) return {};
  return "tracker.db and ballot.db have both less than at the last start: each has lost its -wal, "
         "or both are older copies";
}

void sync_folder(const fs::path& folder) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open || ::fsync(open.number()) != 0) fail("sync the folder", folder, errno);
}

}  // namespace swarm::udp
