// The certificate and the private key with which an HTTP server speaks TLS 1.2 or 1.3 (OpenSSL).
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/base/clock.hpp"

namespace swarm::udp {

// `what()` is one sentence without the place: "the key is not that of the certificate".
struct TlsError : std::runtime_error {
  enum class Of : std::uint8_t { certificate, key } of;  // what is wrong
  TlsError(Of what, const std::string& sentence) : std::runtime_error(sentence), of(what) {}
};

class TlsIdentity {
 public:
  // `certificates`: the server's certificate, and then those of its issuers, if the clients need
  // them. `key`: the private key, without a passphrase. Both are PEM. Throws TlsError.
  TlsIdentity(std::string certificates, std::string key);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  const std::string& certificates() const { return certificates_; }
  const std::string& key() const { return key_; }

  // The CPU time of one signature with the key. A handshake costs a little more.
  Duration cost() const { return cost_; }

  struct Context;  // defined in tls_context.hpp, which only the server needs
  Context& context() const { return *context_; }

 private:
  std::string certificates_, key_;
  Duration cost_{};
  std::unique_ptr<Context> context_;
};

}  // namespace swarm::udp
