// What is fixed in the consensus, and why it is as it is: times, and the few counts that PROTOCOL
// states beside them. What can be set is in settings.hpp, the rates of bulk are BulkRate's. Each
// time is measured on the clock of the member that waits; clocks may differ in rate by a fifth.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm::timing {

// ---- Keep-alives, promises, elections

// An echo of something older is no echo of what this process sent, but of another one, or made up.
inline constexpr Duration oldest_echo = 1min;
// Between two members, until one was measured: that of a local network, with some room.
inline constexpr Duration first_round_trip = 1ms;
// R18: requests that came so shortly before the oldest one that the former master had not answered
// count as unanswered too, because one request to the group does not reach all trackers at once.
inline constexpr Duration arrival_spread = 1ms;
// `promise_max`: three elections by silence within the first time mean that the promise is too
// short for this network. The second is how long it is doubled then, which outlasts most
// disturbances.
inline constexpr Duration silent_elections_within = 10s;
inline constexpr Duration promise_doubled_for = 60s;
// R2: a refused candidate asks again when the promise has run out that it was told of, and so much
// later, because the promises of several voters run out within that of each other.
inline constexpr Duration after_promise = 100us;
// R22: a member that has heard no other one for so long, ten of the usual STATUS, looks for them at
// its contacts, because all that an old CONFIG names may be gone.
inline constexpr Duration alone_after = 1s;

// ---- The log

// R13: at the least between two looks at a line that is full, even where blocks close at once.
inline constexpr Duration least_block_close = 100us;
// R13: what a voter lacks is sent again after two round trips, doubling; at least so late, for a
// disk has to sync in between, and at most so late, so that a voter that is back catches up soon.
inline constexpr Duration least_resend = 2ms, most_resend = 50ms;
// R13: blocks that are sent again to one voter in one go; on a full line only the first two,
// without which nothing is committed.
inline constexpr std::uint64_t resent_at_once = 8, resent_on_full_line = 2;
// R12: a block that so many later ones have overtaken is lost: datagrams seldom overtake by more.
inline constexpr std::size_t overtaken_by = 3;
// R12: a slave that learns of a gap waits so long before it asks, as datagrams overtake each other,
// and asks again after the second time, which is more than the round trip of a local network.
inline constexpr Duration fetch_after = 1ms, fetch_again = 4ms;

// ---- Snapshots (R19)

// A snapshot is kept so long after the last request for it: a receiver that is started anew, with
// the back-off of its supervisor, comes back within that.
inline constexpr Duration snapshot_kept = 60s;
// Blocks that a master keeps behind a snapshot for who pulls it: 64 MiB, then it is forgotten.
inline constexpr std::uint64_t log_behind_snapshot = 1 << 16;
// Without a chunk for so long a receiver gives a pull up: its master is gone, or has another one.
inline constexpr Duration pull_given_up = 10s;
// A receiver that loads a snapshot tells its sender so often that it is still wanted: well within
// the minute for which it is kept.
inline constexpr Duration still_wanted = 1s;
// Chunks that came are written after so long, even if they are few: a restart costs no more.
inline constexpr Duration chunks_written_after = 200ms;
// Between two steps of making or loading one, so that datagrams are heard in between.
inline constexpr Duration snapshot_step = 1ms;
// The same for clearing up, for which nobody waits.
inline constexpr Duration clearing_step = 4ms;

// ---- Bulk (R19)

// The least round trip of one to two such periods is the one without any queue: a route may change.
inline constexpr Duration base_period = 10s;
// Delay that bulk may add to keep-alives, whatever the promise: network cards and routers queue no
// more than that.
inline constexpr Duration most_bulk_delay = 20ms;
// What timers miss is made up for, as far as this: more would be a burst on the line.
inline constexpr Duration bulk_burst = 1ms;
// Hosts are not woken more often than this only to keep the rate smooth.
inline constexpr Duration bulk_resolution = 200us;
// How far ahead of its rate a receiver's urgent blocks may leave in one go.
inline constexpr Duration hurry_ahead = 100ms;
// Delay that a pull may queue up. The sender paces, so most of it is in the sender's own memory.
inline constexpr Duration pull_delay = 100ms;

// ---- Members

// R21: a fresh instance is a candidate to found the swarm for so long without another HELLO, twenty
// of the usual ones.
inline constexpr Duration founder_life = 1s;
// R20: a newcomer is forgotten after so long without another JOIN.
inline constexpr Duration joiner_life = 2s;
// R20, leaving for good: an ORDER may be lost, and is repeated so often.
inline constexpr Duration leave_again = 100ms;
// A master that leaves hands over again after so long: peers wait while it drains.
inline constexpr Duration hand_over_again = 1s;
// A member that leaves stands for election only so long after its last promise: others come first.
inline constexpr Duration last_resort = 1s;

// ---- Standstills and slow disks

// R18: a timer so late, or swarm time so much ahead of the own clock: the process stood still, and
// in the second case its clock too. No scheduler delays a process that long in the usual course.
inline constexpr Duration stood_still_by = 100ms;
// R18: a longer standstill counts as this long, so that standstills can be added up. By then
// nothing that waited is young enough to be carried out.
inline constexpr Duration longest_standstill = 24h;
// R18: after a standstill, until what waited in the sockets meanwhile has been read.
inline constexpr Duration late_for = 250ms;
// R9: a look at the disk that comes so late was delayed itself, and is repeated so much later, as
// the disk's report may only wait to be delivered.
inline constexpr Duration late_look = 100ms;
// R9: a slow sync counts no more when the disk has had nothing to do for so long since.
inline constexpr Duration slow_sync_forgiven = 10s;

// ---- What disks say against each other (R28 to R31)

// Datagrams of a process that has ended may come for so long.
inline constexpr Duration late_datagrams = 2s;
// An answer to a nonce counts for so long: it takes some round trips, of which some are lost.
inline constexpr Duration answer_within = 1s;
// A process that was heard so long ago lives.
inline constexpr Duration alive_for = 1s;
// Between two questions to one member: there are as many as STATUS, at the most.
inline constexpr Duration between_questions = 100ms;
// R31: two processes of one store are doubted for so long after something has pointed to them.
inline constexpr Duration doubt = 10s;

// ---- Another secret (R32)

// A source is told once in this time: enough for an operator, and nothing that amplifies.
inline constexpr Duration other_secret_again = 10s;

}  // namespace swarm::timing
