#include "transport/udp/net/tls_identity.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <time.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "transport/udp/net/tls_context.hpp"

namespace swarm::udp {
namespace {

using ErrorCode = boost::system::error_code;

asio::const_buffer bytes_of(const std::string& text) {
  return asio::buffer(text.data(), text.size());
}

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(fmt::format("OpenSSL cannot limit TLS: {}", what));
}

// TLS 1.2 is the oldest version that RFC 8996 leaves. A client may not ask for a second handshake
// on one connection, because each costs a signature. Idle connections give their buffers back. The
// client does not choose what the exchange of keys costs: one over ffdhe8192 takes a hundred times
// as long as one over these curves. No session is kept or sealed in a ticket.
void limit(SSL_CTX* ssl) {
  SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  require(SSL_CTX_set_num_tickets(ssl, 0) == 1, "tickets");
  require(SSL_CTX_set1_groups_list(ssl, "X25519:P-256") == 1, "groups");
  require(SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1, "suites");
}

Duration cpu_time_of_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void sign(EVP_PKEY* key) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::array<unsigned char, 64> text{};
  std::size_t size = 0;
  if (EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key, nullptr) != 1)
    return;
  if (EVP_DigestSign(context.get(), nullptr, &size, text.data(), text.size()) != 1) return;
  std::vector<unsigned char> signature(size);
  EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size());
}

// The first signature also prepares tables, so the second one is measured.
Duration cost_of_signature(EVP_PKEY* key) {
  sign(key);
  const Duration begin = cpu_time_of_thread();
  sign(key);
  return cpu_time_of_thread() - begin;
}

}  // namespace

TlsIdentity::TlsIdentity(std::string certificates, std::string key)
    : certificates_(std::move(certificates)),
      key_(std::move(key)),
      context_(std::make_unique<Context>()) {
  auto& ssl = context_->ssl;
  limit(ssl.native_handle());
  bool asked = false;  // without a callback, OpenSSL would ask at the terminal
  ssl.set_password_callback([&asked](std::size_t, auto) { return asked = true, std::string(); });
  ErrorCode error;
  ssl.use_certificate_chain(bytes_of(certificates_), error);
  if (error)
    throw TlsError(TlsError::Of::certificate,
                   "it has no certificate in PEM, or one that OpenSSL cannot use");
  ssl.use_private_key(bytes_of(key_), asio::ssl::context::pem, error);
  if (asked)
    throw TlsError(TlsError::Of::key, "its key has a passphrase: the instance needs one without");
  if (SSL_CTX_check_private_key(ssl.native_handle()) != 1)
    throw TlsError(TlsError::Of::key,
                   error && error.message().find("mismatch") == std::string::npos
                       ? "it has no private key in PEM, or one that OpenSSL cannot use"
                       : "the key is not that of the certificate");
  cost_ = cost_of_signature(SSL_CTX_get0_privatekey(ssl.native_handle()));
}

TlsIdentity::~TlsIdentity() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

}  // namespace swarm::udp
