#include "transport/udp/system/text_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

namespace {

bool is_null_device(const struct stat& file) {
  return S_ISCHR(file.st_mode) && file.st_rdev == ::makedev(1, 3);
}

}  // namespace

// Without O_NONBLOCK, opening a pipe would wait until a process writes to it.
tl::expected<std::string, int> read_text_file(const std::filesystem::path& path, std::size_t most) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return tl::unexpected(errno == ENXIO ? not_a_file : errno);
  struct stat what {};
  if (::fstat(file.number(), &what) != 0) return tl::unexpected(errno);
  if (S_ISDIR(what.st_mode)) return tl::unexpected(EISDIR);
  if (!S_ISREG(what.st_mode) && !is_null_device(what)) return tl::unexpected(not_a_file);
  std::string text;
  std::array<char, 64 << 10> part;
  for (;;) {
    const auto size = ::read(file.number(), part.data(), part.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return tl::unexpected(errno);
    if (size == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(size));
    if (text.size() > most) return tl::unexpected(EFBIG);
  }
}

std::string why_unreadable(int error) {
  if (error == EACCES || error == EPERM)
    return fmt::format(
        "may not be read by the user {} (by its number): start as another user, or "
        "change who may read it",
        ::geteuid());
  if (error == ENOENT) return "there is no such file";
  if (error == EISDIR) return "cannot be read: it is a folder";
  if (error == not_a_file)
    return "cannot be read: it is a pipe, a socket or a device; name a regular file, which can be "
           "read again";
  return fmt::format("cannot be read: {}", std::strerror(error));
}

std::string take_byte_order_mark(std::string_view& text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF")) return "";
  return "it begins with the byte order mark of UTF-16: save it as UTF-8, or as plain text";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace swarm::udp
