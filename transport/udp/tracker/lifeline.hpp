// What a supervisor must know of its worker after the worker's death: a page of memory that both
// share. The worker writes, the supervisor reads once the worker is gone: nothing is sent between
// them, and a worker that dies while it writes leaves what it had written before.
#pragma once

#include <atomic>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm::udp {

class Lifeline {
 public:
  Lifeline();  // before the fork; throws std::system_error
  ~Lifeline();
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  // The worker: the datagrams of its own death certificate (DEAD), for each other member.
  void set_certificate(const Outbox& certificate);
  // The worker: it runs, its start has not failed.
  void set_started();

  // The supervisor, after the worker's end.
  struct Datagram {
    Endpoint to;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<Datagram> certificate() const;
  bool started() const;
  void clear();  // before the next fork

 private:
  struct Page;
  Page* page_;
};

}  // namespace swarm::udp
