// A BEP 15 client on a host of a site. It makes one request at a time.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/wire/bep15.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

class Bep15Requester {
 public:
  Bep15Requester(const Site& site, unsigned host, bool ipv6 = false);
  ~Bep15Requester();
  Bep15Requester(const Bep15Requester&) = delete;
  Bep15Requester& operator=(const Bep15Requester&) = delete;

  // Sends a request, and returns the tracker's first answer; nullopt if none came `within` this
  // time.
  std::optional<wire::bep15::Response> ask(const Endpoint& tracker,
                                           const wire::bep15::Request& request, Duration within);

  // Sends a request repeatedly until an answer of this kind comes. Throws NeverHappened.
  template <class Answer>
  Answer insist(const Endpoint& tracker, const wire::bep15::Request& request);

  ConnectionId connect(const Endpoint& tracker);
  wire::bep15::SwarmCounts scrape(const Endpoint& tracker, const InfoHash& content);

 private:
  std::optional<wire::bep15::Response> receive(const Endpoint& from, TransactionId transaction,
                                               Duration within) const;
  wire::bep15::Response insist_on_any(const Endpoint& tracker, const wire::bep15::Request& request,
                                      bool (*wanted)(const wire::bep15::Response&));
  bool ipv6_;
  int fd_ = -1;
};

template <class Answer>
Answer Bep15Requester::insist(const Endpoint& tracker, const wire::bep15::Request& request) {
  return std::get<Answer>(insist_on_any(tracker, request, [](const wire::bep15::Response& answer) {
    return std::holds_alternative<Answer>(answer);
  }));
}

}  // namespace swarm::lan
