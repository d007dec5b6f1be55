// Certificates that a test makes itself: each is signed with its own key.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace swarm::udp::tls {

struct Pem {
  std::string certificate, key;
};

inline std::string text_of(BIO* memory) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

// `passphrase`: of the key; empty: it has none.
inline Pem self_signed(const std::string& name, std::string passphrase = {}) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  auto* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  EXPECT_GT(X509_sign(made.get(), key.get(), EVP_sha256()), 0);

  Pem pem;
  BIO* memory = BIO_new(BIO_s_mem());
  EXPECT_EQ(PEM_write_bio_X509(memory, made.get()), 1);
  pem.certificate = text_of(memory);
  memory = BIO_new(BIO_s_mem());
  EXPECT_EQ(
      PEM_write_bio_PrivateKey(memory, key.get(), passphrase.empty() ? nullptr : EVP_aes_128_cbc(),
                               reinterpret_cast<unsigned char*>(passphrase.data()),
                               static_cast<int>(passphrase.size()), nullptr, nullptr),
      1);
  pem.key = text_of(memory);
  return pem;
}

}  // namespace swarm::udp::tls
