// All other files include Boost.Asio through this file. Under C++20, version 1.74 of Asio compiles
// only if <utility> is included before it.
#pragma once

// clang-format off
#include <utility>
#include <boost/asio.hpp>
// clang-format on

namespace swarm::udp {
namespace asio = boost::asio;
}
