// What the consensus needs from its user: a state that the replicas keep equal, and a service that
// the master offers on this state. engine/tracker/shard implements both. The tests of the consensus
// use a counter instead. The consensus makes all calls within a step. An implementation may call
// the consensus back through its Mastership.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/node/block.hpp"
#include "engine/node/outbox.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/pulled_bytes.hpp"

namespace swarm {

// Makes a snapshot of the state, in steps of bounded work, while the state goes on changing (R19).
// First it scans the state, then it is frozen, and at last it writes the bytes.
class SnapshotMaker {
 public:
  virtual ~SnapshotMaker() = default;
  // Notes row changes that were just made to the state, in their order.
  virtual void changed(std::span<const db::RowChange> changes) = 0;
  // Each call of scan() or write() touches at most `most` rows, and returns how many it touched.
  virtual std::size_t scan(std::size_t most) = 0;
  virtual bool scanned() const = 0;
  // Called once, when the whole state is scanned. The snapshot is of the state at this moment.
  // `head` is the snapshot without its rows.
  virtual void freeze(const db::Snapshot& head) = 0;
  virtual bool frozen() const = 0;
  virtual std::size_t write(std::size_t most) = 0;

  virtual std::size_t rows() const = 0;  // the rows that are not written yet
  virtual bool done() const = 0;
  // Valid when done(); the caller may move them out.
  virtual std::vector<std::uint8_t>& bytes() = 0;
  virtual std::uint64_t hash() const = 0;  // wire::hash_bytes() of the bytes, even if moved out
};

// Makes a second state from the bytes of a snapshot, and the rows of this state for the disk. The
// state in force stays as it is. SnapshotLoad checks all bytes, so that no mistake of a sender ends
// this process.
class SnapshotLoad {
 public:
  virtual ~SnapshotLoad() = default;
  // check() verifies the hash of the bytes, and then load() reads them and appends their rows. Each
  // touches at most `most` rows in a call, and returns how many it touched.
  virtual std::size_t check(std::size_t most) = 0;
  virtual bool checked() const = 0;
  virtual std::size_t load(std::size_t most, std::vector<db::RowChange>& rows) = 0;
  virtual bool failed() const = 0;  // the bytes are not those that were offered, or are no snapshot
  virtual bool done() const = 0;
  virtual const db::SnapshotHead& head() const = 0;  // valid when checked()
  virtual std::uint64_t digest() const = 0;          // the digest of the state; valid when done()
  virtual PulledBytes& bytes() = 0;
  // Frees at most `most_rows` rows of the state that this object holds. After
  // StateMachine::install() that is the former state. False: nothing is left.
  virtual bool shed(std::size_t most_rows) = 0;
};

// The replicated state. Deterministic: equal blocks in equal order give equal states and digests.
//
// A block is a sequence of operations (engine/wire/entries.hpp). NOOP and CONFIG belong to the
// consensus. For a state machine each of them is one operation that changes nothing.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // Called after the start of a process, once for each block of the log that the process found on
  // its disk, roughly in order. So a state machine can know more than the rows on the disk tell.
  // Returns the work that this took, in the units of Outbox::worked().
  virtual std::size_t found(const Block& block) = 0;
  // True: all operations of a block can be read, and none of them is a CONFIG. Called before the
  // block is appended (R11). `operations` may be any bytes.
  virtual bool well_formed(Bytes operations) const = 0;
  // The block was appended to this replica's log; it may still be truncated (R18: "changed since").
  virtual void appended(const Block& block) = 0;

  // This block is committed. Calls of apply() for its operations follow. Blocks come in the order
  // of the log. Returns the number of operations in the block.
  virtual std::size_t begin(const Block& block) = 0;
  // Carries out one operation, counted from 1, or a part of it that changes about `most` rows.
  // Appends the changes to `rows`. False: apply() must be called again for the rest.
  virtual bool apply(std::size_t operation, std::size_t most, std::vector<db::RowChange>& rows) = 0;
  virtual PeerRowId next_peer() const = 0;  // the id that the next new peer's row gets
  virtual std::uint64_t digest() const = 0;
  struct Size {
    std::size_t peers{}, contents{}, registrations{};
    bool empty() const { return peers + contents + registrations == 0; }
  };
  virtual Size size() const = 0;  // O(1)

  virtual std::unique_ptr<SnapshotMaker> make_snapshot() const = 0;
  // `bytes`: the whole snapshot.
  virtual std::unique_ptr<SnapshotLoad> load_snapshot(PulledBytes bytes,
                                                      const db::PulledSnapshot& what) const = 0;
  // The installation is durable, so the loaded state is in force from now on. `loaded` gets the
  // former state, which its shed() frees.
  virtual void install(SnapshotLoad& loaded) = 0;
};

// The service that the master offers on the replicated state. The consensus tells it when the
// master may begin to answer, when it may continue, and when it must stop.
class Service {
 public:
  virtual ~Service() = default;

  // This replica has won an election. Operations that the service proposes in this call travel with
  // the NOOP of the term (R18). Requests that came at `unanswered_since` or later may have got no
  // answer. `careful`: the service must propose nothing. Former masterships of this replica ended
  // before their NOOP was committed, perhaps because of the blocks that they sent at once (R19).
  virtual void elected(Time unanswered_since, bool careful) = 0;
  // The NOOP is applied. The service may answer whenever Mastership::may_answer() is true (R5).
  virtual void serving(Time unanswered_since) = 0;
  // A hand-over begins. From now on new requests wait for the next master, or for this one if the
  // hand-over fails (R9).
  virtual void draining() = 0;
  virtual void stepped_down() = 0;
  virtual void followed() = 0;  // another replica is the master now
  // Called after a commit, an applied block or a renewed lease. A master answers waiting requests
  // that can be answered now, as many as one step has room for (R16). A replica that is not the
  // master gives back the requests that waited for a commit. True: more requests are left, so the
  // next step must call answer() again.
  virtual bool answer() = 0;
  // Called once a status interval, in every role of a member. The service forgets what is old, and
  // as master proposes a rotation of the secrets if one is due (R26).
  virtual void tick() = 0;
  // A different CONFIG is in force. A CONFIG has the secrets that all members share (R26).
  virtual void config_changed() = 0;
  // A snapshot has replaced the state.
  virtual void loaded() = 0;
  virtual void clock_went_back() = 0;
  // The clock of this process has stood still for about `by`, so kept requests are that much older
  // than they seem (R18).
  virtual void clock_stood_still(Duration by) = 0;

  // The service's own messages. The consensus admits them by its rules, and does not read them. A
  // request goes from a member to the master. A reply is accepted only from the master that this
  // replica follows. The bytes may be anything. The service drops a message that it cannot read,
  // with event::Rejected.
  virtual void on_request(MemberId from, Bytes request) = 0;
  virtual void on_reply(Bytes reply) = 0;

  virtual bool waits() const = 0;  // true: a request waits for a commit (R9)
  // R23: the number of requests for the master that only this tracker received.
  virtual std::size_t pending() const = 0;
  // The age of the oldest request that this master has not answered. Each KEEP-ALIVE states it
  // (R18).
  virtual Duration oldest_unanswered() const = 0;
  // The time until which a slave may pass on its master's answers (R25).
  virtual Time passes_until() const = 0;
};

}  // namespace swarm
