// The fixed times of the consensus, each with its reason, and the few fixed counts that PROTOCOL
// states beside them. Values that can be set are in settings.hpp. The rates of bulk are in
// BulkRate. A member measures each time on its own clock. The rates of two clocks may differ by a
// fifth.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace swarm::timing {

// ---- Keep-alives, promises, elections

// A member ignores an echo whose send time is longer ago than this. Another process sent the echoed
// message, or the echo is made up.
inline constexpr Duration oldest_echo = 1min;
// The round trip that a master assumes before it has measured one. It is the round trip of a local
// network, with some room.
inline constexpr Duration first_round_trip = 1ms;
// R18: the former master has stated when its oldest unanswered request came. Requests that came up
// to this long before that time count as unanswered too, because a request to the group does not
// reach all trackers at once.
inline constexpr Duration arrival_spread = 1ms;
// Three elections by silence within this time show that the promise is too short for this network.
// Promises are then doubled, up to `promise_max`.
inline constexpr Duration silent_elections_within = 10s;
// How long promises stay doubled. This outlasts most disturbances.
inline constexpr Duration promise_doubled_for = 60s;
// R2: a voter that refuses tells the candidate when its promise ends. The candidate asks again this
// long after that end, because the promises of several voters end within this time of each other.
inline constexpr Duration after_promise = 100us;
// R22: a member that has heard no other member for this long (ten usual STATUS intervals) sends its
// STATUS to its contacts. All members that an old CONFIG names may be gone.
inline constexpr Duration alone_after = 1s;

// ---- The log

// R13: while the line is full, a master looks at it again after `block_close`, but not before this
// time.
inline constexpr Duration least_block_close = 100us;
// R13: a master sends the blocks that a voter lacks again after two round trips, and doubles this
// wait each time. `least_resend` is the lower bound of the wait: the voter's disk has to sync
// meanwhile. `most_resend` is the upper bound: a voter that comes back must catch up soon.
inline constexpr Duration least_resend = 2ms, most_resend = 50ms;
// R13: a master sends at most this many blocks again to one voter in one go. On a full line it
// sends only the first three missing blocks, because nothing is committed without them.
inline constexpr std::uint64_t resent_at_once = 9, resent_on_full_line = 3;
// R12: a missing block counts as lost when this many later blocks have come. A datagram is seldom
// overtaken by more.
inline constexpr std::size_t overtaken_by = 3;
// R12: a slave that learns of a gap waits for `fetch_after` before it FETCHes, because datagrams
// overtake each other. It FETCHes again after `fetch_again`, which is more than the round trip of a
// local network.
inline constexpr Duration fetch_after = 1ms, fetch_again = 4ms;

// ---- Snapshots (R19)

// A master keeps a snapshot for this long after the last request for it. A receiver that crashes
// asks again within this time, even if its supervisor delays the restart.
inline constexpr Duration snapshot_kept = 60s;
// For slaves that pull a snapshot, a master keeps up to this many blocks (64 MiB) that follow the
// snapshot. Once more blocks have followed, the snapshot is of no use, and the next FETCH leads to
// a new one.
inline constexpr std::uint64_t log_behind_snapshot = 1 << 16;
// A receiver stops the pull when no chunk has come for this long. Its master is then gone, or has
// another snapshot.
inline constexpr Duration pull_given_up = 10s;
// A receiver that loads a snapshot tells the sender at this interval that it still wants the
// snapshot. The interval is well within the minute for which the sender keeps the snapshot.
inline constexpr Duration still_wanted = 1s;
// A receiver writes the chunks that have come after this time, even if they are few. So a restart
// loses at most the chunks of this time.
inline constexpr Duration chunks_written_after = 200ms;
// The time between two steps that make or load a snapshot, so that datagrams are read in between.
inline constexpr Duration snapshot_step = 1ms;
// The time between two steps that delete leftovers. Nobody waits for the deletion.
inline constexpr Duration clearing_step = 4ms;

// ---- Bulk (R19)

// The round trip of a path without any queue is taken to be the least one in the last one or two of
// these periods. Older round trips do not count, because the route may have changed.
inline constexpr Duration base_period = 10s;
// The most delay that bulk may add to keep-alives, however long the promise is. Network cards and
// routers queue no more than that.
inline constexpr Duration most_bulk_delay = 20ms;
// After a late timer, bulk may leave faster to make up for at most this time. To make up for more
// would put a burst on the line.
inline constexpr Duration bulk_burst = 1ms;
// The least time between two wake-ups of the host for bulk. More wake-ups would only make the rate
// smoother.
inline constexpr Duration bulk_resolution = 200us;
// One receiver may get as many urgent blocks in one go as their rate allows in this time.
inline constexpr Duration hurry_ahead = 100ms;
// The queueing delay that a receiver's window of chunks may cause. Most of this delay is in the
// sender's own queue, because the sender paces bulk.
inline constexpr Duration pull_delay = 100ms;

// ---- Members

// R21: a fresh instance counts as a candidate for this long after its last HELLO (twenty usual
// intervals of HELLO).
inline constexpr Duration founder_life = 1s;
// R20: the master forgets a newcomer this long after its last JOIN.
inline constexpr Duration joiner_life = 2s;
// R20, leaving for good: the member repeats its ORDER after this time, because the ORDER may be
// lost.
inline constexpr Duration leave_again = 100ms;
// A master that leaves tries to hand over again only after this time, because peers have to wait
// during each attempt.
inline constexpr Duration hand_over_again = 1s;
// A member that leaves stands for election only this long after its last promise has run out, so
// that others stand first.
inline constexpr Duration last_resort = 1s;

// ---- Standstills and slow disks

// R18: a timer that is this late shows that the process stood still. Swarm time that has leapt this
// far ahead of the process's clock shows that the clock stood still too. No scheduler normally
// delays a process for so long.
inline constexpr Duration stood_still_by = 100ms;
// R18: a longer standstill counts as this long, so that a sum of standstills stays in range. After
// this time every request that waited is too old to be carried out.
inline constexpr Duration longest_standstill = 24h;
// R18: this long after a standstill, the process has read all datagrams that waited in its sockets.
inline constexpr Duration late_for = 250ms;
// R9: if a look at the disk comes this late, the process itself was delayed. The disk may have
// reported meanwhile, and the report may not be delivered yet. So the process looks again after the
// same time.
inline constexpr Duration late_look = 100ms;
// R9: a slow sync no longer counts once the disk has had nothing to sync for this long.
inline constexpr Duration slow_sync_forgiven = 10s;

// ---- What disks say against each other (R28 to R31)

// Datagrams of a process that has ended may still come for this long.
inline constexpr Duration late_datagrams = 2s;
// A member accepts an answer to its nonce for this long. Datagrams may be lost, so an answer may
// take a few round trips.
inline constexpr Duration answer_within = 1s;
// A process counts as alive for this long after its last datagram.
inline constexpr Duration alive_for = 1s;
// The least time between two questions of a member. So it asks no more often than it sends STATUS.
inline constexpr Duration between_questions = 100ms;
// R31: the suspicion that two processes have one store lasts this long after the last sign of a
// second process.
inline constexpr Duration doubt = 10s;

// ---- Another secret (R32)

// A member tells one source at most once in this time. That is enough for an operator, and
// amplifies nothing.
inline constexpr Duration other_secret_again = 10s;

}  // namespace swarm::timing
