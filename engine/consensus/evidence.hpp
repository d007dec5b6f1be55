// Finds contradictions between the disks and tables of the members (R28 to R31). There are four
// kinds: a store has less than it had before, the committed logs of two members differ, the tables
// of two members differ, or two processes have one store. A single datagram only leads to an event
// and a question. A member ends only when its own disk agrees, and the other member has repeated
// its claim with a nonce that was just drawn. So no recorded datagram can end a member.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/types.hpp"
#include "engine/consensus/replica_state.hpp"
#include "engine/node/events.hpp"
#include "engine/node/tracker_db.hpp"
#include "engine/wire/cluster_protocol.hpp"

namespace swarm {

class Evidence {
 public:
  // `had`: the last block that the log had at the start of this process.
  Evidence(ReplicaState& state, LogIndex had) : s_(state), had_(had) {}

  void heard(const wire::Header& header, const Endpoint& from);
  void own_store_heard(BootId boot);  // a datagram with this member's own store id came
  void on_status(const wire::Header& header, const wire::Status& status);
  void acknowledged(MemberId from, BootId boot, LogIndex durable);
  void on_witness(const wire::Header& header, const wire::Witness& m, const Endpoint& from);

  void new_term();
  // For a slave. True: the master's log contradicts what is committed here, because the master's
  // log is shorter or differs. Then this slave takes no blocks from the master and acknowledges
  // nothing, until the contradiction is settled or the term ends (R29).
  bool contradicts(const wire::MasterState& state);
  void contradicted_by_a_block(LogIndex index);  // a block contradicts the committed one at `index`
  bool is_contradicted() const { return contradicted_; }
  // True: two processes of this member's store were heard in turn, and the doubt is not settled. A
  // doubt is settled when a process of the store is still heard ten seconds after the last sign of
  // a second process (R31).
  bool has_two_processes(MemberId member) const;

  void applied(LogIndex index, std::uint64_t digest);  // all of the block is applied
  void tell();                                         // called with each STATUS

  // What the replica must do now. Only on_witness() and applied() set it, and the replica takes it
  // after each of them. A master whose disk is wrong hands over first. A member that takes no part
  // sends nothing from then on.
  enum class Verdict { none, hand_over, take_no_part };
  Verdict take_verdict() { return std::exchange(verdict_, Verdict::none); }
  // Tells the operator that this store is unfit, once the ballot that says so is durable. With that
  // ballot no later start takes part either.
  void ballot_persisted();

 private:
  struct Life {  // one process of a store
    BootId boot;
    LogIndex kept;  // up to here it has reported blocks as both durable and committed
    Time since;     // when it was first heard
  };
  struct Known {
    MemberId id;
    StoreId store;
    Endpoint address;
    std::vector<Life> lives;  // in the order in which they were first heard
    BootId now, before;       // the process heard last, and the one heard before it
    Endpoint address_before;
    int returns = 0;            // how often in this doubt a process was heard again after the other
    Time pointed{Time::min()};  // when the last sign of a second process came
    Time doubted{Time::min()};  // when the first such sign came after a settled doubt
    bool suspected = false;     // two processes are suspected, and the operator was told
    // Recalls still to be sent, even if the present process lacks nothing.
    int recalls = 0;
    // R31. The processes that answered the last two nonces. The later answer comes last. Each nonce
    // was drawn after the answer to the nonce before it.
    std::array<BootId, 2> alive;
    std::uint64_t alive_nonce = 0;  // the nonce that waits for an answer; zero: draw a new one
    bool copied = false;            // two processes of the store have lived at one time
    BootId told;                    // the operator was told about this process
    // The block of the member's last digest. The digest is compared when this member has applied
    // that block.
    LogIndex tables;
    std::uint64_t digest{};
    bool asked = false;      // the digest answers this member's question
    bool differs = false;    // the last compared digest differs from this member's
    bool confirmed = false;  // a digest that answered a question differed
  };
  struct Question {
    wire::Witness::What what = wire::Witness::What::tables;
    MemberId to;
    LogIndex index;
    std::uint64_t nonce{};
    Time at{Time::min()};
  };

  Known& of(MemberId id, StoreId store);
  Life& life(Known& known, BootId boot);
  LogIndex before(const Known& known, BootId boot) const;
  void keep(Known& known, BootId boot, LogIndex index);
  void returned(Known& known);
  void recall(Known& known);
  bool lives(const Known& known) const;
  void ask_who_lives(Known& known);
  void answered_alive(Known& known, const wire::Header& header, std::uint64_t nonce);
  void to_each_process(const Known& known, const wire::Witness& m);
  void told_of_another(const wire::Header& header, const wire::Witness& m, const Endpoint& from);
  void tell_once(Known& known, event::DisksDiffer::What what, LogIndex here, LogIndex there);
  void contradicted(LogIndex index);
  bool never_answers() const;
  void ask(const wire::Witness& question, MemberId to, const Endpoint& address);
  bool answers(const wire::Header& header, const wire::Witness& m, wire::Witness::What asked);
  void compare(Known& known);
  void judge_tables();
  wire::Witness tables(std::uint64_t nonce) const;
  void refuse(db::Unfit why);

  ReplicaState& s_;
  Verdict verdict_ = Verdict::none;
  LogIndex had_;
  std::vector<Known> known_;
  Question question_;
  LogIndex committed_before_;  // the commit index here when this term began
  // This term's master has claimed a log that reaches committed_before_.
  bool shown_ = false;
  bool contradicted_ = false;
  LogIndex contradicted_at_;
  // The term of this member's block at contradicted_at_. It is kept here because the log may drop
  // the block.
  Term contradicted_term_;
  Time contradicted_since_{};
  bool contradicted_by_a_block_ = false;
  BootId other_boot_;                // another process with this member's store
  int others_heard_ = 0;             // how many of its datagrams count in this doubt
  Time other_heard_{Time::min()};    // when the other process was heard last
  Time other_doubted_{Time::min()};  // when that process was first heard after a settled doubt
  bool own_suspected_ = false;
  bool told_unfit_ = false;
  struct Mark {
    LogIndex index;
    std::uint64_t digest{};
  };
  // The digest after each of the last blocks, at the block's index modulo the size.
  std::array<Mark, 1024> marks_{};
  LogIndex last_mark_;
  std::uint64_t tables_nonce_ = 0;
  Time tables_asked_{Time::min()};
};

}  // namespace swarm
