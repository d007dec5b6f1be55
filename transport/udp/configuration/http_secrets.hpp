// Reads the files with the secrets of HTTP: the token of the pages, and the identity of TLS.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "transport/udp/net/tls_identity.hpp"

namespace swarm::udp {

// Both throw ConfigurationError, which names the key and the file, if a file cannot be read, if
// every user of this host may read a secret, or if the content is none. No error shows a secret.
std::string read_http_token(const std::filesystem::path& file);
std::shared_ptr<TlsIdentity> read_tls_identity(const std::filesystem::path& certificate,
                                               const std::filesystem::path& key);

}  // namespace swarm::udp
