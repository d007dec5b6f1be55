// An attacker on the LAN, without the secret. It hears each datagram that reaches the trackers'
// port for other trackers, as if a switch copied the traffic of their cables to it. It keeps the
// latest ones, and plays them again and again, with the source that they had or from its own
// address.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/wire/cluster_protocol.hpp"
#include "tests/lan/harness/loop_thread.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

class Recorder {
 public:
  static constexpr std::uint16_t cluster_port = 7000;
  // It keeps so many datagrams of each type of each sender. So the many keep-alives do not displace
  // the few messages with which a session or a swarm begins.
  static constexpr std::size_t most_of_a_kind = 16;
  static constexpr std::size_t most_per_second = 2000;  // datagrams that it plays

  struct Recorded {
    Endpoint from, to;
    std::vector<std::uint8_t> bytes;
    template <class Message>
    bool is() const {
      return wire::claims_to_be<Message>(bytes);
    }
  };
  using Choice = std::function<bool(const Recorded&)>;  // is called on the recorder's thread
  static bool everything(const Recorded&) { return true; }

  enum class To {
    its_receiver,  // to where it went, with its source
    everybody,  // to the tracker of each host, with its source and from the attacker's own address
  };

  // Begins to record what reaches `hosts`. Plays from the host `own`. Needs root.
  Recorder(const Lan& site, const std::vector<unsigned>& hosts, unsigned own);
  ~Recorder();

  std::vector<Recorded> recorded() const;
  void stop_recording();
  // Plays all that it has kept and that `choice` admits, each kind from the latest one on. Then it
  // begins anew, also with what it has recorded meanwhile.
  void play(To to, Choice choice = everything);
  std::size_t rounds() const;  // how often it has played all of it since play()

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // the last member, so that it ends before impl_
};

}  // namespace swarm::lan
