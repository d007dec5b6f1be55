// The token of the pages, and a worker that serves them over TLS.
#include "transport/udp/tracker/http_token.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/udp/net/tls_client.hpp"
#include "tests/udp/net/tls_files.hpp"
#include "tests/udp/tracker/worker_fixture.hpp"

namespace swarm::udp {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string secret = "0123456789abcdef";

unsigned ask(const HttpToken& token, const std::string& target,
             std::vector<std::string> authorization) {
  HttpRequest request;
  request.target = target;
  request.authorization = std::move(authorization);
  const auto refusal = token.objection(request);
  return refusal ? refusal->status : 200;
}

TEST(HttpToken, WhoShowsItIsAnswered) {
  const HttpToken token(secret);
  for (const std::string field : {"Bearer ", "bearer ", "BEARER   "})
    EXPECT_EQ(ask(token, "/status", {field + secret}), 200u) << field;
}

TEST(HttpToken, WhoDoesNotIsRefusedAndToldHow) {
  const HttpToken token(secret);
  for (const auto& field :
       std::vector<std::string>{"", "Bearer", "Bearer ", secret, "Basic " + secret,
                                "Bearer" + secret, "Bearer x" + secret, "Bearer " + secret + "x",
                                "Bearer " + secret.substr(1), "Bearer 0123456789abcdeg"})
    EXPECT_EQ(ask(token, "/status", {field}), 401u) << field;
  EXPECT_EQ(ask(token, "/metrics", {}), 401u);
  EXPECT_EQ(ask(token, "/metrics", {"Bearer " + secret, "Bearer " + secret}), 401u);
  const auto refusal = token.objection(HttpRequest{false, "/status", ""});
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->authenticate, "Bearer realm=\"swarm-tracker\"");
  EXPECT_THAT(refusal->body, testing::Not(HasSubstr(secret)));
}

TEST(HttpToken, WithoutATokenNobodyNeedsOne) {
  EXPECT_EQ(ask(HttpToken(""), "/status", {}), 200u);
}

class SecretPages : public WorkerTest {
 protected:
  void put(const char* name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    std::filesystem::permissions(folder_ / name, std::filesystem::perms(0600));
  }
  void put(const tls::Pem& pem) const {
    put("crt", pem.certificate);
    put("key", pem.key);
  }
  void serve() {
    put("token", secret + "\n");
    const auto all = fmt::format(
        "http-address = 127.0.0.1:{}\nannounce-http-address = 127.0.0.2:{}\n"
        "http-token-file = {}\nhttp-tls-certificate = {}\nhttp-tls-key = {}\n",
        port_, port_, folder_ / "token", folder_ / "crt", folder_ / "key");
    start([this, all] { return configuration(all); }, all);
    EXPECT_THAT(await("speaks to trackers"), HasSubstr("https://127.0.0.2:"));
  }
  // The doors: 1 for the pages, 2 for clients.
  std::string get(const tls::Pem& pem, int door, const std::string& target,
                  const std::string& shown = {}) const {
    tls::Client client(pem.certificate, port_, TLS1_3_VERSION, fmt::format("127.0.0.{}", door));
    EXPECT_EQ(client.shake_hands(), "");
    client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                (shown.empty() ? "" : "Authorization: Bearer " + shown + "\r\n") + "\r\n");
    return client.all();
  }

  const std::uint16_t port_ = static_cast<std::uint16_t>(20'000 + ::getpid() % 12'000);
};

TEST_F(SecretPages, AreServedOverTlsToWhoShowsTheTokenAndSoAreClients) {
  const auto pem = tls::self_signed("here");
  put(pem);
  serve();
  EXPECT_THAT(get(pem, 1, "/status", secret), StartsWith("HTTP/1.1 200 OK"));
  const auto refused = get(pem, 1, "/status");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401 Unauthorized"));
  EXPECT_THAT(refused, HasSubstr("WWW-Authenticate: Bearer realm=\"swarm-tracker\"\r\n"));
  EXPECT_THAT(get(pem, 1, "/healthz"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(get(pem, 1, "/readyz"), EndsWith("ready\n"));  // not the sentence
  EXPECT_THAT(get(pem, 1, "/readyz", secret), testing::Not(EndsWith("ready\n")));
  EXPECT_THAT(get(pem, 2, "/announce"), StartsWith("HTTP/1.1 503 "));  // no member: at once
}

TEST_F(SecretPages, AReloadRenewsBoth) {
  const auto pem = tls::self_signed("here"), fresh = tls::self_signed("fresh");
  put(pem);
  serve();
  EXPECT_THAT(get(pem, 1, "/status", secret), StartsWith("HTTP/1.1 200 OK"));
  put("token", "fedcba9876543210");
  put("key", fresh.key);  // not yet its certificate
  ::kill(worker_, SIGHUP);
  EXPECT_THAT(await("reloaded"), HasSubstr("the key is not that of the certificate"));
  EXPECT_THAT(get(pem, 1, "/status", secret), StartsWith("HTTP/1.1 200 OK"));
  put(fresh);
  ::kill(worker_, SIGHUP);
  ASSERT_NE(await("another certificate or key"), "");
  EXPECT_THAT(get(fresh, 1, "/status", "fedcba9876543210"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(get(fresh, 1, "/status", secret), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(get(fresh, 2, "/announce"), StartsWith("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace swarm::udp
