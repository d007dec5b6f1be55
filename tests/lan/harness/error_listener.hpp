// Counts the datagrams that trackers send to a host, and those among them that are BEP 15 errors.
#pragma once

#include <cstddef>

#include "tests/lan/harness/network_namespace.hpp"

namespace swarm::lan {

class ErrorListener {
 public:
  explicit ErrorListener(const NetworkNamespace& host);  // starts to count; needs root
  ~ErrorListener();
  ErrorListener(const ErrorListener&) = delete;
  ErrorListener& operator=(const ErrorListener&) = delete;

  // The numbers of all datagrams and of errors that have come so far.
  std::size_t datagrams();
  std::size_t errors();

 private:
  void listen();

  int fd_ = -1;
  std::size_t datagrams_ = 0, errors_ = 0;
};

}  // namespace swarm::lan
