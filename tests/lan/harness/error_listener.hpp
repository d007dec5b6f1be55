// Counts what trackers send to a host: all datagrams, and those of them that are errors of BEP 15.
#pragma once

#include <cstddef>

#include "tests/lan/harness/network_namespace.hpp"

namespace swarm::lan {

class ErrorListener {
 public:
  explicit ErrorListener(const NetworkNamespace& host);  // from now on; needs root
  ~ErrorListener();
  ErrorListener(const ErrorListener&) = delete;
  ErrorListener& operator=(const ErrorListener&) = delete;

  // Of what has come so far.
  std::size_t datagrams();
  std::size_t errors();

 private:
  void listen();

  int fd_ = -1;
  std::size_t datagrams_ = 0, errors_ = 0;
};

}  // namespace swarm::lan
