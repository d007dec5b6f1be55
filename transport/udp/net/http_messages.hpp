// Between the HTTP messages of Boost.Beast and those of this project.
#pragma once

// clang-format off
#include "transport/udp/net/asio.hpp"  // before Beast
#include <boost/beast/http.hpp>
// clang-format on

#include "transport/udp/net/http_server.hpp"

namespace swarm::udp {

constexpr std::uint32_t http_header_limit = 8 << 10;
constexpr std::uint64_t http_body_limit = 4 << 10;

HttpRequest to_request(const boost::beast::http::request<boost::beast::http::string_body>& in,
                       const Endpoint& from);
boost::beast::http::response<boost::beast::http::string_body> to_beast(HttpResponse response,
                                                                       unsigned version);
// The answer to bytes that are no request, by the parser's error.
HttpResponse refusal(boost::system::error_code error);

}  // namespace swarm::udp
