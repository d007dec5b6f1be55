// The one place where Boost.Asio comes in: 1.74 needs <utility> before it under C++20.
#pragma once

// clang-format off
#include <utility>
#include <boost/asio.hpp>
// clang-format on

namespace swarm::udp {
namespace asio = boost::asio;
}
