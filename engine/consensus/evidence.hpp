// Contradictions between the disks and tables of the members (R28 to R31): a store that has less
// than it had, a committed log that contradicts another, tables that differ, two processes with one
// store. A single datagram only leads to an event and a question. A member ends only when its disk
// agrees, and the other member has repeated its claim with a nonce that was just drawn. So no
// recorded datagram can end a member.
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
  // `had`: the last block of the log at the start of this process.
  Evidence(ReplicaState& state, LogIndex had) : s_(state), had_(had) {}

  void heard(const wire::Header& header, const Endpoint& from);
  void own_store_heard(BootId boot);  // from another process
  void on_status(const wire::Header& header, const wire::Status& status);
  void acknowledged(MemberId from, BootId boot, LogIndex durable);
  void on_witness(const wire::Header& header, const wire::Witness& m, const Endpoint& from);

  // At a slave: the master claims a log that is shorter than, or differs from, what is committed
  // here. True: this slave takes and acknowledges nothing of this master in this term (R29).
  void new_term();
  bool contradicts(const wire::MasterState& state);
  void contradicted_by_a_block(LogIndex index);  // `index` is committed here
  bool is_contradicted() const { return contradicted_; }
  // Two processes of its disk were heard, and since then none for ten seconds alone.
  bool has_two_processes(MemberId member) const;

  void applied(LogIndex index, std::uint64_t digest);  // a whole block
  void tell();                                         // with each STATUS

  // The consequence, to be taken after each of the calls above. A master whose disk is wrong hands
  // over first. A member that takes no part sends nothing from here on.
  enum class Verdict { none, hand_over, take_no_part };
  Verdict take_verdict() { return std::exchange(verdict_, Verdict::none); }
  // Tells the operator once the disk has it: then no later start takes part either.
  void ballot_persisted();

 private:
  struct Life {  // of a process of a store: what it had on its disk for good
    BootId boot;
    LogIndex kept;
    Time since;  // first heard
  };
  struct Known {
    MemberId id;
    StoreId store;
    Endpoint address;
    std::vector<Life> lives;  // in the order in which they were first heard
    BootId now, before;       // the process heard last, and the one heard before it
    Endpoint address_before;
    int returns = 0;            // in this doubt a process was heard again after another one
    Time pointed{Time::min()};  // when there last was a sign of a second process
    Time doubted{Time::min()};  // the first such sign after a doubt that was settled
    bool suspected = false;     // two processes are suspected, and the operator was told
    int recalls = 0;            // messages that the present process gets in any case
    // R31. The processes that answered the last two nonces, each drawn after the answer before it;
    // the last one is last.
    std::array<BootId, 2> alive;
    std::uint64_t alive_nonce = 0;  // waits for an answer; zero: the next one is to be drawn
    bool copied = false;            // two of its processes have lived at one time
    BootId told;                    // the process about which the operator was told
    LogIndex tables;  // where its digest is from; compared when this member gets there
    std::uint64_t digest{};
    bool asked = false;      // the digest answered a question of this member
    bool differs = false;    // the digests that were compared last differ
    bool confirmed = false;  // so does one that answered a question
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
  LogIndex committed_before_;  // committed here when this term began
  bool shown_ = false;         // this term's master has claimed to have that much
  bool contradicted_ = false;
  LogIndex contradicted_at_;
  Term contradicted_term_;  // of that block here; the log may drop the block
  Time contradicted_since_{};
  bool contradicted_by_a_block_ = false;
  BootId other_boot_;  // another process that has this member's store
  int others_heard_ = 0;
  Time other_heard_{Time::min()};    // when it was heard last
  Time other_doubted_{Time::min()};  // when it was first heard after a doubt that was settled
  bool own_suspected_ = false;
  bool told_unfit_ = false;
  struct Mark {
    LogIndex index;
    std::uint64_t digest{};
  };
  std::array<Mark, 1024> marks_{};  // of the last blocks, by index
  LogIndex last_mark_;
  std::uint64_t tables_nonce_ = 0;
  Time tables_asked_{Time::min()};
};

}  // namespace swarm
