// Every key of the consensus, with its unit, default and reason.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/block.hpp"

namespace swarm {

// How a slave waits before it stands for election.
enum class ElectionOrder : std::uint8_t {
  ranked,  // the master names its successors; the first stands as soon as its promise has run out
  drawn,   // Raft's: each keep-alive draws another waiting time. For comparing elections only:
           // without promises there is no lease, so such a master answers no peer
};

// R21: how a fresh store finds its swarm.
enum class FirstStart : std::uint8_t {
  bootstrap,  // with bootstrap_expect - 1 others like it
  init,       // founds a swarm of one; set it on exactly one instance
  join,       // a formed swarm, as a new member
  manual,     // sends nothing until Tracker::first_start() is called
};

struct ConsensusSettings {
  // Cluster Fault Tolerance System
  Duration keep_alive = 10ms;  // of the master; jittered 75-100 %
  Duration promise =
      50ms;  // after each keep-alive a slave votes for no other candidate for this long
  Duration promise_max = 400ms;      // after three elections by silence within 10 s (doubling)
  Duration status_interval = 100ms;  // of each to all
  Duration in_sync_limit = 300ms;    // a member that is silent for this long leaves the in-sync set
  Duration removal_silence =
      10s;  // R22: so long is a wiped member's old store silent before it is replaced
  Duration stabilisation = 10s;  // R20: a learner that was up to date for this long becomes a voter
  // R27: a tracker that receives no group datagram for deaf_after while others do is deaf. A deaf
  // master hands over, at most once in deaf_hand_over.
  Duration deaf_after = 1s;
  Duration deaf_hand_over = 30s;
  // Master Election System
  ElectionOrder election = ElectionOrder::ranked;
  Duration rank_delay = 4ms;   // multiplied by the rank; the first successor does not wait
  Duration drawn_min = 150ms;  // ElectionOrder::drawn
  Duration drawn_max = 300ms;
  bool pre_vote = true;
  bool certificates = true;  // believe the supervisor's DEAD
  Duration vote_retry_min = 15ms;
  Duration vote_retry_max = 30ms;
  // Master / Slave Consensus System
  ReadyPolicy ready = ReadyPolicy::majority;
  Duration block_close =
      200us;                  // a block closes when full, when no block is in flight, or after this
  std::uint32_t window = 64;  // blocks in flight
  std::uint32_t log_keep = 1024;       // applied blocks kept for slaves that were away
  std::uint32_t snapshot_window = 64;  // chunks asked for at once
  Duration apply_interval = 5ms;       // rows follow the log by about this much
  Duration sync_hand_over = 1s;  // a sync takes this long: hand over to a member with a faster disk
  Duration sync_exit = 10s;      // no sync has completed for this long: exit
  // First start
  FirstStart first_start = FirstStart::bootstrap;
  std::uint32_t bootstrap_expect = 3;
  Duration hello_interval = 50ms;
  // Addresses
  Endpoint cluster_address;        // this tracker's unicast address
  Endpoint peers_address;          // this tracker's address for peers, the source of its answers
  std::vector<Endpoint> contacts;  // cluster addresses to say HELLO to (R21)
  Secret swarm_secret{};           // key of the MAC of every cluster datagram
};

}  // namespace swarm
