// Links without sessions: every datagram counts, as often as it comes. For tests whose members are
// only numbers, or whose datagrams are written by hand.
#pragma once

#include <vector>

#include "engine/links/links.hpp"

namespace swarm::test {

class PlainLinks final : public Links {
 public:
  explicit PlainLinks(const wire::Seal& seal) : seal_(seal) {}

  void send(Time, Outbox& out, std::span<const Endpoint> to, const wire::Header& header,
            const wire::Body& body) override {
    wire::encode(header, body, seal_, out.nonce(), buffer_);
    for (const auto& address : to) out.send(Channel::cluster, address, buffer_);
  }
  tl::expected<std::optional<wire::Message>, Reject> receive(Time, Outbox&, const Endpoint&,
                                                             Bytes datagram) override {
    auto message = wire::decode(datagram, seal_, plain_);
    if (!message) return tl::unexpected(message.error());
    return *message;
  }
  std::vector<Newcomer> newcomers() const override { return {}; }

 private:
  const wire::Seal seal_;
  std::vector<std::uint8_t> buffer_, plain_;
};

}  // namespace swarm::test
