#include "transport/udp/text_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace swarm::udp {

tl::expected<std::string, int> read_text_file(const std::filesystem::path& path, std::size_t most) {
  const std::unique_ptr<FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "re"),
                                                           &std::fclose);
  if (!file) return tl::unexpected(errno);
  std::string text;
  std::array<char, 64 << 10> part;
  while (const auto size = std::fread(part.data(), 1, part.size(), file.get())) {
    text.append(part.data(), size);
    if (text.size() > most) return tl::unexpected(EFBIG);
  }
  if (std::ferror(file.get()) != 0) return tl::unexpected(errno);
  return text;
}

std::string why_unreadable(int error) {
  if (error == EACCES || error == EPERM)
    return fmt::format(
        "may not be read by the user {} (by its number): start as another user, or "
        "change who may read it",
        ::geteuid());
  if (error == ENOENT) return "there is no such file";
  return fmt::format("cannot be read: {}", std::strerror(error));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace swarm::udp
