// A simulated host for tests of the configuration.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp::configurations {

using Texts = std::vector<std::string>;

inline constexpr std::string_view good_secret = "correct horse battery staple";

// Has a configuration file, flags and an environment. Nothing is read from the real host.
class OwnHost {
 public:
  explicit OwnHost(std::string_view file = "") { write("conf", file); }

  std::string path(const char* name) const { return directory_ / name; }
  std::string file() const { return path("conf"); }
  std::string write(const char* name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path(name), std::ios::binary) << text;
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }
  Configuration read(Texts flags = {}, const Texts& environment = {}) const {
    flags.insert(flags.begin(), "--config=" + file());
    return read_configuration(flags, environment);
  }
  std::string error(const Texts& flags = {}, const Texts& environment = {}) const {
    try {
      read(flags, environment);
    } catch (const ConfigurationError& error) {
      return error.what();
    }
    return "none";
  }

 private:
  TemporaryDirectory directory_;
};

inline std::string file_error(std::string_view text) {
  try {
    parse_configuration(text, "a.conf");
  } catch (const ConfigurationError& error) {
    return error.what();
  }
  return "none";
}

inline Configuration on_loopback(std::string_view more = "") {
  return parse_configuration(
      "interface = 127.0.0.2\nsecret = " + std::string(good_secret) + "\n" + std::string(more),
      "a.conf");
}

inline const std::string one_hash(40, '1'), other_hash(40, '2');

inline InfoHash hash_of(std::uint8_t byte) {
  InfoHash hash;
  hash.bytes.fill(byte);
  return hash;
}

inline Configuration with_list(const std::string& key, const std::string& file) {
  auto c = on_loopback(key + " = " + file + "\n");
  resolve(c);
  return c;
}

}  // namespace swarm::udp::configurations
