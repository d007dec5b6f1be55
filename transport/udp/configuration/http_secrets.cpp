#include "transport/udp/configuration/http_secrets.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>

#include "transport/udp/configuration/configuration.hpp"
#include "transport/udp/configuration/configuration_keys.hpp"
#include "transport/udp/system/text_file.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = 256 << 10;

[[noreturn]] void fail(std::string_view key, const fs::path& file, std::string_view sentence) {
  throw ConfigurationError(fmt::format("{}: {}: {}", key, file.string(), sentence));
}

std::string read(std::string_view key, const fs::path& file) {
  auto text = read_text_file(file, longest_file);
  if (!text) fail(key, file, why_unreadable(text.error()));
  if (text->find('\0') != text->npos) fail(key, file, "it has a zero byte, so it is no text");
  return std::move(*text);
}

std::string read_secret(std::string_view key, const fs::path& file) {
  struct stat what {};
  if (::stat(file.c_str(), &what) == 0 && (what.st_mode & S_IROTH) != 0)
    fail(key, file,
         fmt::format("every user of this host may read it: chmod o-r {}", file.string()));
  return read(key, file);
}

}  // namespace

std::string read_http_token(const fs::path& file) {
  const auto text = read_secret("http-token-file", file);
  const auto token = trimmed(std::string_view(text).substr(0, text.find('\n')));
  const auto is_visible = [](char c) { return c > ' ' && c <= '~'; };
  if (token.size() < shortest_secret || !std::all_of(token.begin(), token.end(), is_visible))
    fail("http-token-file", file,
         fmt::format("its first line is no token of at least {} letters, digits and signs; `head "
                     "-c 24 /dev/urandom | base64` makes one",
                     shortest_secret));
  return std::string(token);
}

std::shared_ptr<TlsIdentity> read_tls_identity(const fs::path& certificate, const fs::path& key) {
  auto certificates = read("http-tls-certificate", certificate);
  auto secret = read_secret("http-tls-key", key);
  try {
    return std::make_shared<TlsIdentity>(std::move(certificates), std::move(secret));
  } catch (const TlsError& error) {
    const bool of_key = error.of == TlsError::Of::key;
    fail(of_key ? "http-tls-key" : "http-tls-certificate", of_key ? key : certificate,
         error.what());
  }
}

}  // namespace swarm::udp
