// Encodes a tracker's answers. Each answer has the dialect of its request.
#pragma once

#include <string_view>

#include "engine/tracker/answering/client_request.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {

// A human-readable text for an error. It is used in the dialects whose errors have room for a text
// (docs/PROTOCOL.md). The seed's dialect uses wire::error_text.
std::string_view error_sentence(wire::ClientError error);
inline constexpr std::string_view malformed_request = "malformed request";

// Encodes an error response of BEP 15. The text is cut if necessary, so that the error is not
// larger than the request. `size`: the bytes of the request.
std::vector<std::uint8_t> bep15_error(TransactionId transaction, std::string_view text,
                                      std::size_t size);

// The bytes that a function returns are valid until the next call.
class ClientAnswer {
 public:
  struct Announced {
    std::uint32_t interval{};  // seconds
    SwarmTable::Counts counts;
    std::span<const Endpoint> peers;  // at most most_peers(); of the requester's address family
  };
  // The most peers that fit into one answer.
  static std::size_t most_peers(const ClientRequest& request, const Ip& requester);

  Bytes connected(const ClientRequest& request, ConnectionId id);
  Bytes announced(const ClientRequest& request, const Announced& answer);
  Bytes declared(const ClientRequest& request);
  // `counts`: one item per content, in the order of the request.
  Bytes scraped(const ClientRequest& request, std::span<const SwarmTable::Counts> counts);
  // Over UDP an error is not larger than the request.
  Bytes error(const ClientRequest& request, wire::ClientError error);

 private:
  Bytes keep(const wire::Datagram& datagram);
  Bytes keep(const wire::bep15::Response& response);
  Bytes keep(const wire::http::Response& response);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace swarm
