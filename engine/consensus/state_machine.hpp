// The narrow port of the consensus: the state that replicas keep equal, and the service that the
// master offers on it. Implemented by engine/tracker/shard, and by a counter in the tests of the
// consensus. All calls come within a step. An implementation may call the consensus back by the
// Mastership that it was given.
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

// A snapshot that is being made of the state, in steps of bounded work, while the state goes on
// changing (R19).
class SnapshotMaker {
 public:
  virtual ~SnapshotMaker() = default;
  // Changes of rows that were just made to the state, in their order.
  virtual void changed(std::span<const db::RowChange> changes) = 0;
  // Each of these touches at most `most` rows and returns how many it did touch.
  virtual std::size_t scan(std::size_t most) = 0;
  virtual bool scanned() const = 0;
  // Once, when all is scanned: the state as it is now. `head`: all of it but the rows.
  virtual void freeze(const db::Snapshot& head) = 0;
  virtual bool frozen() const = 0;
  virtual std::size_t write(std::size_t most) = 0;

  virtual std::size_t rows() const = 0;  // not written yet
  virtual bool done() const = 0;
  virtual std::vector<std::uint8_t>& bytes() = 0;  // the caller may take them, once it is done
  virtual std::uint64_t hash() const = 0;  // wire::hash_bytes() of them, also once they are taken
};

// A state that is being made of the bytes of a snapshot, beside the one in force, and its rows for
// the disk. All of it is checked: nothing that a sender might have got wrong ends this process.
class SnapshotLoad {
 public:
  virtual ~SnapshotLoad() = default;
  // Each of these touches at most `most` rows and returns how many it did touch. First the hash of
  // the bytes is looked at, then they are read.
  virtual std::size_t check(std::size_t most) = 0;
  virtual bool checked() const = 0;
  virtual std::size_t load(std::size_t most, std::vector<db::RowChange>& rows) = 0;  // appends them
  virtual bool failed() const = 0;  // it is not what was offered, or makes no sense
  virtual bool done() const = 0;
  virtual const db::SnapshotHead& head() const = 0;  // when it is checked
  virtual std::uint64_t digest() const = 0;          // of the state, when it is done
  virtual PulledBytes& bytes() = 0;
  // Frees some of the state that it has: after StateMachine::install() of the one that was in force
  // before. False: nothing is left.
  virtual bool shed(std::size_t most_rows) = 0;
};

// The replicated state. Deterministic: equal blocks in equal order give equal states and digests.
//
// A block is a sequence of operations (engine/wire/entries.hpp). NOOP and CONFIG are those of the
// consensus: a state machine passes over them, each is one operation that changes nothing.
class StateMachine {
 public:
  virtual ~StateMachine() = default;

  // At the start of a process, once for each block that its log has, roughly in order: the state
  // may remember more than its rows. Returns the work that it took, in the units of
  // Outbox::worked().
  virtual std::size_t found(const Block& block) = 0;
  // True: all operations of a block can be read, and none of them is a CONFIG. It is called before
  // the block is appended (R11); the bytes may be anything.
  virtual bool well_formed(Bytes operations) const = 0;
  // The block has entered the log here; it may still be truncated (R18: "changed since").
  virtual void appended(const Block& block) = 0;

  // The block is committed and is carried out from here on, each of them in the order of the log.
  // Returns the number of its operations.
  virtual std::size_t begin(const Block& block) = 0;
  // Carries out one of them, counted from 1, or a part of it that changes about `most` rows.
  // Appends what it changed. True: all of it is carried out; else it is called again.
  virtual bool apply(std::size_t operation, std::size_t most, std::vector<db::RowChange>& rows) = 0;
  virtual PeerRowId next_peer() const = 0;  // the next row's id, for the disk
  virtual std::uint64_t digest() const = 0;
  struct Size {
    std::size_t peers{}, contents{}, registrations{};
    bool empty() const { return peers + contents + registrations == 0; }
  };
  virtual Size size() const = 0;  // O(1)

  virtual std::unique_ptr<SnapshotMaker> make_snapshot() const = 0;
  // `bytes`: all of the snapshot.
  virtual std::unique_ptr<SnapshotLoad> load_snapshot(PulledBytes bytes,
                                                      const db::PulledSnapshot& what) const = 0;
  // The loaded snapshot is durable, and its state is in force from here on. It gets the former
  // state, to free it.
  virtual void install(SnapshotLoad& loaded) = 0;
};

// The service that the master of the group offers on that state. It is called when the master may
// begin to answer, may continue, and must stop.
class Service {
 public:
  virtual ~Service() = default;

  // This replica has won. Operations that it proposes now travel with the NOOP of the term (R18).
  // Requests from `unanswered_since` on may have found no answer. `careful`: propose nothing,
  // because former masterships of this replica ended before any of their blocks was committed,
  // perhaps because of what they sent at once.
  virtual void elected(Time unanswered_since, bool careful) = 0;
  // The NOOP is applied. It may answer while Mastership::may_answer() (R5).
  virtual void serving(Time unanswered_since) = 0;
  // A hand-over begins: requests from here on wait, for this master or the next (R9).
  virtual void draining() = 0;
  virtual void stepped_down() = 0;
  virtual void followed() = 0;  // another replica is the master now
  // Called after a commit, an applied block or a renewed lease. Answers waiting requests that can
  // be answered now, as many as one step has room for (R16). A replica that is no master gives back
  // the requests that waited for a commit. True: there are more, so the next step calls it again.
  virtual bool answer() = 0;
  // Called once a status interval, in every role of a member: forgets what is old, and proposes a
  // rotation of secrets that is due.
  virtual void tick() = 0;
  // Another CONFIG is in force. It has the secrets that all members share (R26).
  virtual void config_changed() = 0;
  // A snapshot has replaced the state.
  virtual void loaded() = 0;
  virtual void clock_went_back() = 0;
  // The clock of this process has stood still for about this long, so kept requests are older by
  // that.
  virtual void clock_stood_still(Duration by) = 0;

  // Messages of its own, which the consensus admits by its rules and does not read: a request of a
  // member to the master, and the reply, which only the master that is followed may give. The bytes
  // may be anything: what cannot be read is dropped as event::Rejected.
  virtual void on_request(MemberId from, Bytes request) = 0;
  virtual void on_reply(Bytes reply) = 0;

  virtual bool waits() const = 0;           // something waits for a commit (R9)
  virtual std::size_t pending() const = 0;  // asked here alone, for the master to answer (R23)
  virtual Duration oldest_unanswered() const = 0;  // told with each KEEP-ALIVE (R18)
  // As a slave: until then it passes on its master's answers (R25).
  virtual Time passes_until() const = 0;
};

}  // namespace swarm
