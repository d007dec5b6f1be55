// The files with the secrets of HTTP: what is wrong with them is one sentence, which names the
// file.
#include "transport/udp/configuration/http_secrets.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/engine/db/temporary_directory.hpp"
#include "tests/udp/net/tls_files.hpp"
#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
namespace fs = std::filesystem;

struct HttpSecrets : testing::Test {
  fs::path put(const std::string& name, const std::string& text, bool open = false) const {
    const fs::path path = folder / name.c_str();
    std::ofstream(path) << text;
    fs::permissions(path, open ? fs::perms(0644) : fs::perms(0600));
    return path;
  }
  template <class Read>
  std::string error_of(const Read& read) const {
    try {
      read();
    } catch (const ConfigurationError& error) {
      return error.what();
    }
    return "none";
  }
  std::string token_error(const fs::path& file) const {
    return error_of([&] { read_http_token(file); });
  }
  std::string tls_error(const fs::path& certificate, const fs::path& key) const {
    return error_of([&] { read_tls_identity(certificate, key); });
  }
  std::string lines(const std::string& more) const {
    return fmt::format(
        "interface = lo\nmulticast-group = none\nhttp-address = none\n"
        "bootstrap-expect = 3\ncontact = 127.0.0.9\n{}",
        more);
  }

  TemporaryDirectory folder;
  const tls::Pem pem = tls::self_signed("here"), other = tls::self_signed("other");
};

TEST_F(HttpSecrets, ATokenIsTheFirstLine) {
  EXPECT_EQ(read_http_token(put("token", " 0123456789abcdef \nmore\n")), "0123456789abcdef");
}

TEST_F(HttpSecrets, AFileThatIsNoTokenIsRefused) {
  const auto place = [](const fs::path& file) {
    return "http-token-file: " + file.string() + ": ";
  };
  for (const std::string text : {"", "too short", "0123456789 abcdef", "\n0123456789abcdef"}) {
    const auto file = put("token", text);
    EXPECT_THAT(token_error(file), AllOf(StartsWith(place(file)), HasSubstr("no token")));
  }
  const auto open = put("open", "0123456789abcdef", true);
  EXPECT_EQ(token_error(open),
            place(open) + "every user of this host may read it: chmod o-r " + open.string());
  EXPECT_EQ(token_error(fs::path(folder / "none")),
            place(folder / "none") + "there is no such file");
}

TEST_F(HttpSecrets, ACertificateAndItsKeyAreAnIdentity) {
  const auto identity = read_tls_identity(put("crt", pem.certificate, true), put("key", pem.key));
  EXPECT_EQ(identity->certificates(), pem.certificate);
}

TEST_F(HttpSecrets, WhatIsNoIdentityIsRefused) {
  const auto crt = put("crt", pem.certificate), key = put("key", pem.key);
  const auto of_key = [](const fs::path& file) { return "http-tls-key: " + file.string() + ": "; };
  EXPECT_EQ(tls_error(crt, put("other", other.key)),
            of_key(folder / "other") + "the key is not that of the certificate");
  EXPECT_EQ(tls_error(crt, put("hidden", tls::self_signed("here", "a passphrase").key)),
            of_key(folder / "hidden") + "its key has a passphrase: the instance needs one without");
  EXPECT_THAT(tls_error(crt, put("no-key", "no key\n")),
              AllOf(StartsWith(of_key(folder / "no-key")), HasSubstr("no private key in PEM")));
  EXPECT_THAT(tls_error(crt, put("open", pem.key, true)),
              AllOf(StartsWith(of_key(folder / "open")), EndsWith("chmod o-r " + folder / "open")));
  EXPECT_THAT(tls_error(put("no-crt", pem.key), key),
              AllOf(StartsWith("http-tls-certificate: " + folder / "no-crt"),
                    HasSubstr("no certificate in PEM")));
  EXPECT_THAT(tls_error(put("zero", pem.certificate + std::string(1, '\0')), key),
              EndsWith("zero: it has a zero byte, so it is no text"));
  EXPECT_THAT(tls_error(folder / "none", key), EndsWith("there is no such file"));
}

TEST_F(HttpSecrets, OneFileOfTheTwoIsAMistake) {
  EXPECT_THAT(error_of([&] { parse_configuration("http-tls-key = /k\n", "a.conf"); }),
              AllOf(StartsWith("a.conf:1: http-tls-key: "), HasSubstr("http-tls-certificate")));
  EXPECT_THAT(error_of([&] { parse_configuration("http-tls-certificate = /c\n", "a.conf"); }),
              AllOf(StartsWith("a.conf:1: http-tls-certificate: "), HasSubstr("http-tls-key")));
  EXPECT_THAT(error_of([&] { parse_configuration("http-tls-for = page\n", "a.conf"); }),
              HasSubstr("did you mean `pages`?"));
}

TEST_F(HttpSecrets, AReloadTakesNewOnesOver) {
  const auto token = put("token", "0123456789abcdef"), crt = put("crt", pem.certificate),
             key = put("key", pem.key);
  const auto text =
      lines(fmt::format("http-token-file = {}\nhttp-tls-certificate = {}\nhttp-tls-key = {}\n",
                        token.string(), crt.string(), key.string()));
  const auto read = [&] {
    auto made = parse_configuration(text, "a.conf");
    resolve(made);
    return made;
  };
  auto current = read();
  EXPECT_EQ(current.http_token, "0123456789abcdef");
  EXPECT_THAT(reload(current, read()).changed, IsEmpty());
  put("token", "fedcba9876543210");
  put("crt", other.certificate);
  put("key", other.key);
  const auto result = reload(current, read());
  EXPECT_THAT(result.changed,
              ElementsAre("http-token-file: another token is in it",
                          "http-tls-certificate: another certificate or key is in it"));
  EXPECT_THAT(result.needs_restart, IsEmpty());
  EXPECT_EQ(current.http_token, "fedcba9876543210");
  EXPECT_EQ(current.tls->certificates(), other.certificate);
}

}  // namespace
}  // namespace swarm::udp
