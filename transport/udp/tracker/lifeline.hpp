// What a supervisor must know about its worker after the worker's death, in a page of memory that
// both share. The worker writes it, and the supervisor reads it when the worker is gone. Nothing is
// sent between them. If the worker dies while writing, the previous contents stay.
#pragma once

#include <atomic>
#include <vector>

#include "engine/node/outbox.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm::udp {

class Lifeline {
 public:
  Lifeline();  // to be made before the fork; throws std::system_error
  ~Lifeline();
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  // For the worker: sets the datagrams of its own death certificate (DEAD), one for each other
  // member.
  void set_certificate(const Outbox& certificate);
  // For the worker: its start has succeeded and it runs.
  void set_started();

  // For the supervisor, after the worker's end.
  struct Datagram {
    Endpoint to;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<Datagram> certificate() const;
  bool started() const;
  void clear();  // to be called before the next fork

 private:
  struct Page;
  Page* page_;
};

}  // namespace swarm::udp
