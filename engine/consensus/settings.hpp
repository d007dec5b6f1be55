// Every setting of the consensus, with its unit, default and reason.
#pragma once

#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/block.hpp"
#include "engine/wire/seal.hpp"

namespace swarm {

// How a slave waits before it stands for election.
enum class ElectionOrder : std::uint8_t {
  // The master ranks its successors. The first one stands as soon as its promise has run out.
  ranked,
  // As in Raft: with each keep-alive a slave draws a new random waiting time. Only for comparing
  // elections: without promises there is no lease, so such a master answers no peer.
  drawn,
};

// R21: how a fresh store finds its swarm.
enum class FirstStart : std::uint8_t {
  bootstrap,  // founds a swarm with bootstrap_expect - 1 other fresh stores
  init,       // founds a swarm of one; set it on exactly one instance
  join,       // joins an existing swarm as a new member
  manual,     // sends nothing until Tracker::first_start() is called
};

struct ConsensusSettings {
  // Cluster Fault Tolerance System
  // The longest time between two keep-alives. Each regular wait is drawn from 75 to 100 % of it.
  Duration keep_alive = 10ms;
  // R1: a slave that receives a keep-alive votes for nobody but the sender for this long.
  Duration promise = 50ms;
  // Three elections by silence within 10 s double the promise for a minute, but not beyond this
  // value.
  Duration promise_max = 400ms;
  Duration status_interval = 100ms;  // the longest time between two STATUS of a member
  // R13: a member leaves the in-sync set when it was silent, or lacked a block, for this long.
  Duration in_sync_limit = 300ms;
  // R22: a wiped member comes back with a new store. The member that has the old store is removed
  // when it was silent for this long.
  Duration removal_silence = 10s;
  Duration stabilisation = 10s;  // R20: a learner that was up to date for this long becomes a voter
  // R27: a tracker is deaf if for deaf_after it receives next to no datagrams of the group while
  // others receive them. A deaf master hands over, at most once in each deaf_hand_over.
  Duration deaf_after = 1s;
  Duration deaf_hand_over = 30s;
  // Master Election System
  ElectionOrder election = ElectionOrder::ranked;
  Duration rank_delay = 4ms;   // a successor of rank n waits n times this; the first one has rank 0
  Duration drawn_min = 150ms;  // the range of the random waiting times of ElectionOrder::drawn
  Duration drawn_max = 300ms;
  bool pre_vote = true;
  bool certificates = true;  // whether members act on a supervisor's DEAD
  // A candidate that has not won asks for votes again after a random time in this range.
  Duration vote_retry_min = 15ms;
  Duration vote_retry_max = 30ms;
  // Master / Slave Consensus System
  ReadyPolicy ready = ReadyPolicy::majority;
  // The open block closes when it is full, when no other block is in flight, or after this time.
  Duration block_close = 200us;
  std::uint32_t window = 64;  // the most blocks in flight
  // Applied blocks that the log keeps for slaves that were away.
  std::uint32_t log_keep = 1024;
  std::uint32_t snapshot_window = 64;  // the most chunks under way; no more than 64
  Duration apply_interval = 5ms;       // the rows on the disk are about this much behind the state
  // R9: a master whose sync takes this long hands over to a member with a faster disk.
  Duration sync_hand_over = 1s;
  Duration sync_exit = 10s;  // R9: the process exits when no sync has ended for this long
  // First start
  FirstStart first_start = FirstStart::bootstrap;
  std::uint32_t bootstrap_expect = 3;
  Duration hello_interval = 50ms;
  // Addresses
  Endpoint cluster_address;        // where other trackers reach this one, by unicast
  Endpoint peers_address;          // this tracker's address for peers, from which it answers
  std::vector<Endpoint> contacts;  // cluster addresses that HELLO and JOIN go to (R21)
  Secret swarm_secret{};           // the keys of all cluster datagrams are derived from it
  wire::Cipher cipher = wire::Cipher::xchacha20_poly1305;
  // Speaks the previous version of the protocol with members that speak no other. Only for the time
  // of an upgrade: that version is not encrypted.
  bool previous_protocol = false;
};

}  // namespace swarm
