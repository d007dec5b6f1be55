// A fake tracker: answers at once, and remembers the requests.
#pragma once

#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "engine/wire/seed_protocol.hpp"
#include "transport/udp/net/node_host.hpp"

namespace swarm::udp {

class FakeTracker final : public Node, public HostCallbacks {
 public:
  // Gets requests at `local`. It can also answer from its second address, `other`, as if another
  // tracker answered after a failover.
  FakeTracker(asio::io_context& io, std::uint32_t local, std::uint32_t other)
      : host_(io, *this, *this) {
    host_.listen(Channel::peers, DatagramSocket::unicast(io, {local, 0}, {local}));
    host_.listen(Channel::cluster,
                 DatagramSocket::unicast(io, {other, host_.local(Channel::peers).port}, {local}));
    host_.listen(Channel::peers, DatagramSocket::group(io, group(), {local, 1}));
    host_.start();
  }

  Endpoint address() const { return host_.local(Channel::peers); }
  // Whoever asks the group takes an answer from every tracker.
  Endpoint group() const { return {0xefff4d03, address().port}; }

  // The next answers follow these settings.
  bool silent = false;
  bool answers_connect_only = false;
  Channel answers_from = Channel::peers;  // Channel::cluster: answers from the second address
  std::optional<wire::ClientError> refuses;
  std::uint32_t interval = 300;
  std::vector<Endpoint> peers;

  struct Asked {
    Endpoint from;
    wire::Request request;
  };
  std::vector<Asked> asked;

  template <class R>
  std::vector<R> all() const {
    std::vector<R> found;
    for (const auto& one : asked)
      if (const auto* request = std::get_if<R>(&one.request)) found.push_back(*request);
    return found;
  }

  void start(Time, Outbox&) override {}
  void receive(Time, const Arrival& arrival, Bytes datagram, Outbox& out) override {
    const auto request = wire::decode_request(datagram);
    if (!request) return;
    asked.push_back({arrival.from, *request});
    const bool connect = std::holds_alternative<wire::ConnectRequest>(*request);
    if (silent || (answers_connect_only && !connect)) return;
    const auto answer = std::visit([&](const auto& r) { return answer_to(r); }, *request);
    out.send(answers_from, arrival.from, wire::encode(answer).bytes());
  }
  void wake(Time, Outbox&) override {}
  Time next_wake() const override { return never; }
  void persisted(Time, Ticket, Outbox&) override {}
  void event(Time, const Event&) override {}
  void exit(std::string_view) override {}

 private:
  wire::Response answer_to(const wire::ConnectRequest& request) {
    return wire::ConnectResponse{request.transaction, {77}};
  }
  wire::Response answer_to(const wire::AnnounceRequest& request) {
    if (refuses) return error(request.transaction);
    wire::AnnounceResponse response{request.transaction, interval, {}};
    for (const auto& peer : peers) response.peers.push_back(peer);
    return response;
  }
  wire::Response answer_to(const wire::ScrapeRequest& request) {
    if (refuses) return error(request.transaction);
    return wire::ScrapeResponse{request.transaction};
  }
  wire::Response error(TransactionId transaction) const {
    return wire::ErrorResponse{transaction, wire::error_number(*refuses)};
  }

  NodeHost host_;
};

}  // namespace swarm::udp
