// Includes Boost.Asio for all other files: under C++20 its version 1.74 needs <utility> first.
#pragma once

// clang-format off
#include <utility>
#include <boost/asio.hpp>
// clang-format on

namespace swarm::udp {
namespace asio = boost::asio;
}
