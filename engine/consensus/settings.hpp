// Every setting of the consensus, with its unit, default and reason.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/block.hpp"

namespace swarm {

// How a slave waits before it stands for election.
enum class ElectionOrder : std::uint8_t {
  ranked,  // the master names its successors; the first stands as soon as its promise has run out
  drawn,   // as in Raft: each keep-alive draws another waiting time. Only for comparing elections:
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
  Duration keep_alive = 10ms;  // between a master's keep-alives; each wait is 75-100 % of this
  // After each keep-alive a slave votes for no other candidate for this long (R1).
  Duration promise = 50ms;
  // Three elections by silence within 10 s double the promise for a minute, up to this.
  Duration promise_max = 400ms;
  Duration status_interval = 100ms;  // between two STATUS of a member to all
  // R13: a member that is silent, or lacks a block, for this long leaves the in-sync set.
  Duration in_sync_limit = 300ms;
  // R22: a wiped member comes back with a new store. Its old store is removed after this silence.
  Duration removal_silence = 10s;
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
  bool certificates = true;  // whether a supervisor's DEAD is believed
  Duration vote_retry_min = 15ms;
  Duration vote_retry_max = 30ms;
  // Master / Slave Consensus System
  ReadyPolicy ready = ReadyPolicy::majority;
  // A block closes when it is full, when no block is in flight, or after this time.
  Duration block_close = 200us;
  std::uint32_t window = 64;           // blocks in flight, at most
  std::uint32_t log_keep = 1024;       // applied blocks kept for slaves that were away
  std::uint32_t snapshot_window = 64;  // chunks under way, at most; 64 is the limit
  Duration apply_interval = 5ms;       // rows on the disk follow the state by about this much
  // R9: a master whose sync takes this long hands over to a member with a faster disk.
  Duration sync_hand_over = 1s;
  Duration sync_exit = 10s;  // R9: the process exits when no sync has ended for this long
  // First start
  FirstStart first_start = FirstStart::bootstrap;
  std::uint32_t bootstrap_expect = 3;
  Duration hello_interval = 50ms;
  // Addresses
  Endpoint cluster_address;        // this tracker's unicast address
  Endpoint peers_address;          // its address for peers; its answers come from there
  std::vector<Endpoint> contacts;  // cluster addresses that HELLO and JOIN go to (R21)
  Secret swarm_secret{};           // the key of the MAC of every cluster datagram
};

}  // namespace swarm
