// The fixed values of the consensus, each with its reason: times, and the few counts that PROTOCOL
// states beside them. Values that can be set are in settings.hpp. The rates of bulk are in
// BulkRate. Each time is measured on the clock of the member that waits. Clocks may differ in rate
// by a fifth.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm::timing {

// ---- Keep-alives, promises, elections

// An echo of an older send time is ignored. It echoes a message of another process, or is made up.
inline constexpr Duration oldest_echo = 1min;
// The round trip that is assumed until one was measured: that of a local network, with some room.
inline constexpr Duration first_round_trip = 1ms;
// R18: requests that came up to this long before the oldest one that the former master had not
// answered count as unanswered, too. A request to the group does not reach all trackers at once.
inline constexpr Duration arrival_spread = 1ms;
// `promise_max`: three elections by silence within this time mean that the promise is too short for
// this network.
inline constexpr Duration silent_elections_within = 10s;
// The promise is then doubled for this long, which outlasts most disturbances.
inline constexpr Duration promise_doubled_for = 60s;
// R2: a refused candidate asks again this long after the promise that it was told of has run out.
// The promises of several voters run out within this time of each other.
inline constexpr Duration after_promise = 100us;
// R22: a member that has heard no other member for this long (ten of the usual STATUS) sends its
// STATUS to its contacts, because all members that an old CONFIG names may be gone.
inline constexpr Duration alone_after = 1s;

// ---- The log

// R13: the least time between two looks at a full line, even if `block_close` is zero.
inline constexpr Duration least_block_close = 100us;
// R13: blocks that a voter lacks are sent again after two round trips, doubling. The wait has a
// lower bound, because the voter's disk has to sync meanwhile. It has an upper bound, so that a
// voter that comes back catches up soon.
inline constexpr Duration least_resend = 2ms, most_resend = 50ms;
// R13: at most this many blocks are sent again to one voter in one go. On a full line it is only
// the first two, because nothing is committed without them.
inline constexpr std::uint64_t resent_at_once = 8, resent_on_full_line = 2;
// R12: a block is lost when this many later blocks have come. Datagrams seldom overtake by more.
inline constexpr std::size_t overtaken_by = 3;
// R12: a slave that learns of a gap waits for the first time before it FETCHes, because datagrams
// overtake each other. It FETCHes again after the second time, which is more than the round trip of
// a local network.
inline constexpr Duration fetch_after = 1ms, fetch_again = 4ms;

// ---- Snapshots (R19)

// A master keeps a snapshot for this long after the last request for it. A receiver that is
// restarted comes back within this time, even with the back-off of its supervisor.
inline constexpr Duration snapshot_kept = 60s;
// A master keeps up to this many blocks (64 MiB) behind a snapshot, for slaves that pull it. After
// more blocks the snapshot is of no use, and the next FETCH leads to a new one.
inline constexpr std::uint64_t log_behind_snapshot = 1 << 16;
// A receiver to which no chunk has come for this long stops the pull. Its master is gone, or has
// another snapshot.
inline constexpr Duration pull_given_up = 10s;
// A receiver that loads a snapshot tells its sender this often that the snapshot is still wanted.
// That is well within the minute for which the sender keeps it.
inline constexpr Duration still_wanted = 1s;
// Chunks that have come are written after this time, even if they are few. So a restart loses no
// more than the chunks of this time.
inline constexpr Duration chunks_written_after = 200ms;
// Between two steps that make or load a snapshot, so that datagrams are read in between.
inline constexpr Duration snapshot_step = 1ms;
// Between two steps that delete leftovers. Nobody waits for them.
inline constexpr Duration clearing_step = 4ms;

// ---- Bulk (R19)

// The least round trip of the last one or two such periods counts as the round trip without any
// queue. An older one does not count, because the route may have changed.
inline constexpr Duration base_period = 10s;
// Bulk may add at most this delay to keep-alives, however long the promise is. Network cards and
// routers queue no more than that.
inline constexpr Duration most_bulk_delay = 20ms;
// If a timer was late, bulk may leave faster to make up for at most this time. More would be a
// burst on the line.
inline constexpr Duration bulk_burst = 1ms;
// A host is not woken more often than this just to keep the rate smooth.
inline constexpr Duration bulk_resolution = 200us;
// In one go, urgent blocks for one receiver may leave this far ahead of their rate.
inline constexpr Duration hurry_ahead = 100ms;
// The queueing delay that a receiver's window of chunks may cause. The sender paces bulk, so most
// of the delay is in the sender's own queue.
inline constexpr Duration pull_delay = 100ms;

// ---- Members

// R21: a fresh instance counts as a candidate for this long after its last HELLO (twenty of the
// usual ones).
inline constexpr Duration founder_life = 1s;
// R20: the master forgets a newcomer this long after its last JOIN.
inline constexpr Duration joiner_life = 2s;
// R20, leaving for good: the ORDER is repeated after this time, because it may be lost.
inline constexpr Duration leave_again = 100ms;
// A master that leaves tries to hand over again only after this time, because peers wait while it
// drains.
inline constexpr Duration hand_over_again = 1s;
// A member that leaves stands for election only this long after its last promise, so that others
// stand first.
inline constexpr Duration last_resort = 1s;

// ---- Standstills and slow disks

// R18: if a timer is this late, the process stood still. If swarm time is this far ahead of the
// process's clock, the clock stood still, too. No scheduler normally delays a process for so long.
inline constexpr Duration stood_still_by = 100ms;
// R18: a longer standstill counts as this long, so that standstills can be added up. After this
// time every request that waited is too old to be carried out.
inline constexpr Duration longest_standstill = 24h;
// R18: this long after a standstill, all that waited in the sockets has been read.
inline constexpr Duration late_for = 250ms;
// R9: a look at the disk that comes this late was itself delayed. The disk's report may only wait
// to be delivered, so the look is repeated after the same time.
inline constexpr Duration late_look = 100ms;
// R9: a slow sync no longer counts when the disk has had nothing to do for this long since.
inline constexpr Duration slow_sync_forgiven = 10s;

// ---- What disks say against each other (R28 to R31)

// Datagrams of a process that has ended may still come for this long.
inline constexpr Duration late_datagrams = 2s;
// An answer to a nonce counts for this long. It takes a few round trips, as datagrams may be lost.
inline constexpr Duration answer_within = 1s;
// A process that was heard within this time counts as alive.
inline constexpr Duration alive_for = 1s;
// The least time between two questions, so that a member asks no more often than it sends STATUS.
inline constexpr Duration between_questions = 100ms;
// R31: the suspicion of two processes with one store lasts this long after its last sign.
inline constexpr Duration doubt = 10s;

// ---- Another secret (R32)

// A source is told once in this time. That is enough for an operator, and amplifies nothing.
inline constexpr Duration other_secret_again = 10s;

}  // namespace swarm::timing
