// A page of memory that a worker shares with its supervisor. The worker writes into it what the
// supervisor must know after the worker's death. The supervisor reads it when the worker has died.
// If the worker dies while it writes a certificate, the previous certificate stays.
#pragma once

#include <atomic>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm::udp {

class Lifeline {
 public:
  Lifeline();  // must be called before the fork; throws std::system_error
  ~Lifeline();
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  // For the worker: replaces its death certificate (the DEAD datagrams for the other members).
  void set_certificate(const Outbox& certificate);
  // For the worker: records that its start has succeeded and it runs.
  void set_started();

  // For the supervisor, after the worker's end.
  struct Datagram {
    Endpoint to;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<Datagram> certificate() const;
  bool started() const;
  void clear();  // must be called before the next fork

 private:
  struct Page;
  Page* page_;
};

}  // namespace swarm::udp
