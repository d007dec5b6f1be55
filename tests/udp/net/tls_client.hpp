// A client over TLS that trusts one certificate.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "transport/udp/net/tls_context.hpp"

namespace swarm::udp::tls {

class Client {
 public:
  using Tcp = asio::ip::tcp;

  Client(const std::string& trusted, std::uint16_t port, int highest = TLS1_3_VERSION,
         const std::string& address = "127.0.0.1", const std::string& groups = {}) {
    if (!groups.empty()) {
      EXPECT_EQ(SSL_CTX_set1_groups_list(ssl_.native_handle(), groups.c_str()), 1);
    }
    SSL_CTX_set_max_proto_version(ssl_.native_handle(), highest);
    SSL_CTX_set_security_level(ssl_.native_handle(), 0);  // else it would not offer old versions
    ssl_.add_certificate_authority(asio::buffer(trusted));
    ssl_.set_verify_mode(asio::ssl::verify_peer);
    stream_.emplace(io_, ssl_);  // takes over what the context says now
    stream_->next_layer().connect({asio::ip::make_address(address), port});
  }
  // Returns the error of the handshake, or nothing.
  std::string shake_hands() {
    boost::system::error_code error;
    stream_->handshake(asio::ssl::stream_base::client, error);
    return error ? error.message() : "";
  }
  void send(const std::string& text) { asio::write(*stream_, asio::buffer(text)); }
  std::string until(const std::string& end) {
    const auto n = asio::read_until(*stream_, asio::dynamic_buffer(read_), end);
    const auto text = read_.substr(0, n);
    read_.erase(0, n);
    return text;
  }
  // Reads until the server ends TLS. An end without its message is a failure.
  std::string all() {
    boost::system::error_code end;
    asio::read(*stream_, asio::dynamic_buffer(read_), end);
    EXPECT_EQ(end, asio::error::eof) << end.message();
    return std::move(read_);
  }
  bool has_ticket() {
    return SSL_SESSION_has_ticket(SSL_get_session(stream_->native_handle())) == 1;
  }
  std::string version() { return SSL_get_version(stream_->native_handle()); }

 private:
  asio::io_context io_;
  asio::ssl::context ssl_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<Tcp::socket>> stream_;
  std::string read_;
};

}  // namespace swarm::udp::tls
