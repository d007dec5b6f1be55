// What the disks and tables of the members say against each other (R28 to R31): a store that has
// less than it had, a committed log that contradicts another, tables that differ, two processes
// with one store. On a datagram's word alone it is told and counted. A member ends only when its
// own disk agrees and the other has repeated it with a number drawn just now: so nobody is ended by
// a datagram that was recorded.
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

  // A slave: what its master says it has is less than, or other than, what is committed here.
  // True: nothing of this master is taken or acknowledged in this term.
  void new_term();
  bool contradicts(const wire::MasterState& state);
  void contradicted_by_a_block(LogIndex index);  // which is committed here
  bool is_contradicted() const { return contradicted_; }
  // Two processes of its disk were heard, and since then none for ten seconds alone.
  bool has_two_processes(MemberId member) const;

  void applied(LogIndex index, std::uint64_t digest);  // a whole block
  void tell();                                         // with each STATUS

  // What follows, to be asked after each of the calls above. A master whose disk is wrong hands
  // over first. Whoever is unfit says nothing from here on.
  enum class Verdict { none, hand_over, take_no_part };
  Verdict take_verdict() { return std::exchange(verdict_, Verdict::none); }
  // It is told once the disk knows it: then no later start takes part either.
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
    BootId now, before;       // the present process, and the one that was heard before it
    Endpoint address_before;
    int returns = 0;            // of a process that another one had followed, in this doubt
    Time pointed{Time::min()};  // when something pointed to a second one last
    Time doubted{Time::min()};  // when it did so again, after the doubt before was settled
    bool suspected = false;     // of two processes, which was told
    int recalls = 0;            // to be said to the present one in any case
    // R31. Whoever answered to a number that was drawn after the answer before, the last one last.
    std::array<BootId, 2> alive;
    std::uint64_t alive_nonce = 0;  // that waits for an answer; zero: the next one is to be drawn
    bool copied = false;            // two of its processes have lived at one time
    BootId told;                    // of which it was told that it has less, or contradicts
    LogIndex tables;                // what it said last, compared when this one gets there
    std::uint64_t digest{};
    bool asked = false;      // it said so when it was asked
    bool differs = false;    // in what was compared last
    bool confirmed = false;  // and in what it said when it was asked
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
  LogIndex committed_before_;  // this term
  bool shown_ = false;         // this term's master has said that it has that much
  bool contradicted_ = false;
  LogIndex contradicted_at_;
  Term contradicted_term_;     // of that block here: the log may not keep it
  Time contradicted_since_{};  // by what the master says of its log's end
  bool contradicted_by_a_block_ = false;
  BootId other_boot_;  // of the own store
  int others_heard_ = 0;
  Time other_heard_{Time::min()};    // last
  Time other_doubted_{Time::min()};  // when it was heard again, after the doubt before was settled
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
