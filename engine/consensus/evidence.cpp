#include "engine/consensus/evidence.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"

namespace swarm {
namespace {

using What = wire::Witness::What;
using Differ = event::DisksDiffer::What;

constexpr std::size_t most_lives = 8;  // processes of one store that are remembered
constexpr int recalls_of_a_start = 3;  // more than one, because datagrams may be lost
constexpr int returns_of_a_copy = 3;   // R31: after so many returns two processes are suspected

wire::Witness say(What what, LogIndex index, std::uint64_t value = 0, std::uint64_t nonce = 0) {
  return {static_cast<std::uint8_t>(what), index, value, nonce};
}

event::Refused::Why why_refused(db::Unfit unfit) {
  using Why = event::Refused::Why;
  switch (unfit) {
    case db::Unfit::contradicted:
      return Why::contradicted;
    case db::Unfit::wrong_tables:
      return Why::wrong_tables;
    case db::Unfit::two_processes:
      return Why::two_processes;
    default:
      return Why::fell_back;
  }
}

}  // namespace

Evidence::Known& Evidence::of(MemberId id, StoreId store) {
  auto found =
      std::find_if(known_.begin(), known_.end(), [id](const Known& k) { return k.id == id; });
  if (found == known_.end()) found = known_.insert(found, Known{});
  if (found->store != store) {
    *found = Known{};
    found->id = id;
    found->store = store;
  }
  return *found;
}

// When there are too many processes the oldest entry is dropped, with its `kept`. The dropped entry
// may be that of the living process, because recorded datagrams can add former processes after it.
// Its `kept` must not pass to the entries after it. Otherwise the living process, once it is added
// again behind them, would be accused of lacking blocks that it has got only since its start.
Evidence::Life& Evidence::life(Known& known, BootId boot) {
  auto& lives = known.lives;
  const auto found =
      std::find_if(lives.begin(), lives.end(), [boot](const Life& l) { return l.boot == boot; });
  if (found != lives.end()) return *found;
  if (lives.size() == most_lives) lives.erase(lives.begin());
  SWARM_ASSERT(lives.size() < most_lives,
               "the processes that are remembered of a store are bounded");
  return lives.emplace_back(Life{boot, {}, s_.now});
}

// The last block that the processes before `boot` have reported as durable and committed.
LogIndex Evidence::before(const Known& known, BootId boot) const {
  LogIndex kept;
  for (const auto& life : known.lives) {
    if (life.boot == boot) return kept;
    kept = std::max(kept, life.kept);
  }
  return {};
}

void Evidence::keep(Known& known, BootId boot, LogIndex index) {
  auto& one = life(known, boot);
  one.kept = std::max(one.kept, index);
}

void Evidence::heard(const wire::Header& header, const Endpoint& from) {
  auto& k = of(header.from, header.store);
  const auto former = std::exchange(k.address, from);
  if (k.now == header.boot) return;
  k.before = k.now;
  k.address_before = former;
  const bool seen = std::any_of(k.lives.begin(), k.lives.end(),
                                [&](const Life& l) { return l.boot == header.boot; });
  if (seen) {
    // A process is heard again after another one. Soon after a restart this is no sign of two
    // processes, because datagrams of the former process may still be on their way.
    const bool counts = life(k, k.now).since + timing::late_datagrams <= s_.now;
    k.now = header.boot;
    if (counts) returned(k);
    return;
  }
  k.now = header.boot;
  life(k, header.boot);
  k.recalls = recalls_of_a_start;
  recall(k);
}

// One process was heard again after another (R31). A late datagram of a process that has ended must
// not bring back a doubt that was settled. So after a settled doubt, returns count only when no
// late datagram can come any more. But if two processes were suspected before, the question who is
// there is asked at once.
void Evidence::returned(Known& known) {
  const bool settled = known.pointed != Time::min() && known.pointed + timing::doubt <= s_.now;
  if (settled) {
    known.returns = 0;
    known.doubted = s_.now;
  }
  known.pointed = s_.now;
  if (known.doubted != Time::min() && known.doubted + timing::late_datagrams > s_.now) return;
  if (++known.returns < returns_of_a_copy || std::exchange(known.suspected, true)) return;
  s_.event(event::DisksDiffer{Differ::two_processes, known.id, {}, {}});
}

void Evidence::own_store_heard(BootId boot) {
  // This tracker's own datagram is no sign of a second process. Soon after the start, a datagram of
  // its former process is no sign either.
  if (boot == s_.boot || s_.started + timing::late_datagrams > s_.now) return;
  const bool settled = other_heard_ != Time::min() && other_heard_ + timing::doubt <= s_.now;
  if (other_boot_ != boot || settled) others_heard_ = 0;
  if (settled) other_doubted_ = s_.now;
  other_boot_ = boot;
  other_heard_ = s_.now;
  if (other_doubted_ != Time::min() && other_doubted_ + timing::late_datagrams > s_.now) return;
  if (++others_heard_ < returns_of_a_copy || std::exchange(own_suspected_, true)) return;
  s_.event(event::DisksDiffer{Differ::two_processes, s_.self(), {}, {}});
}

// If both processes have ended, the result stays true until a process of the member is heard again.
// Any process that starts meanwhile has a disk that was copied.
bool Evidence::has_two_processes(MemberId member) const {
  if (member == s_.self())
    return others_heard_ >= returns_of_a_copy && other_heard_ + timing::doubt > s_.now;
  const auto known =
      std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return k.id == member; });
  return known != known_.end() && known->returns >= returns_of_a_copy &&
         known->pointed + timing::doubt > s_.members.of(member).heard;
}

bool Evidence::lives(const Known& known) const {
  return s_.members.of(known.id).heard + timing::alive_for > s_.now;
}

// Tells a process how much former processes of its store had, until it has shown that it has as
// much (R28). Telling it once is not enough. Datagrams may be lost. And a copy of a disk falls
// behind only later, while the process whose disk was copied goes on.
void Evidence::recall(Known& known) {
  const auto kept = before(known, known.now);
  if (kept == LogIndex{} || !lives(known)) return;
  if (known.recalls > 0)
    --known.recalls;
  else if (life(known, known.now).kept >= kept)
    return;
  s_.send_to(known.address, known.id, say(What::recall, kept));
}

void Evidence::tell_once(Known& known, Differ what, LogIndex here, LogIndex there) {
  if (known.told == known.now) return;
  known.told = known.now;
  s_.event(event::DisksDiffer{what, known.id, here, there});
}

// A committed block that is durable on a store stays there. So later processes of the store must
// have all blocks up to `kept` (R28).
void Evidence::on_status(const wire::Header& header, const wire::Status& status) {
  auto& k = of(header.from, header.store);
  const auto kept = std::min(status.durable, status.commit);
  keep(k, header.boot, kept);
  // A member cannot have committed more than a rightful master's log has (R29).
  if (s_.is_master() && header.term <= s_.term() && status.commit > s_.log.last())
    tell_once(k, Differ::logs, s_.log.last(), status.commit);
}

void Evidence::acknowledged(MemberId from, BootId boot, LogIndex durable) {
  for (auto& k : known_)
    if (k.id == from && k.now == boot) keep(k, boot, std::min(durable, s_.commit));
}

// ---- Questions

void Evidence::ask(const wire::Witness& question, MemberId to, const Endpoint& address) {
  if (question_.at != Time::min() && question_.at + timing::between_questions > s_.now) return;
  auto asked = question;
  asked.nonce = s_.secrets.number(SecretPurpose::question) | 1;
  question_ = {asked.is(), to, asked.index, asked.nonce, s_.now};
  s_.send_to(address, to, asked);
}

bool Evidence::answers(const wire::Header& header, const wire::Witness& m, What asked) {
  const auto& q = question_;
  const bool fits = q.nonce != 0 && q.what == asked && q.to == header.from && q.nonce == m.nonce &&
                    q.at + timing::answer_within > s_.now;
  if (fits) question_ = {};
  return fits;
}

void Evidence::on_witness(const wire::Header& header, const wire::Witness& m,
                          const Endpoint& from) {
  auto& k = of(header.from, header.store);
  switch (m.is()) {
    case What::tables:
      k.tables = m.index;
      k.digest = m.value;
      k.asked = m.nonce != 0 && m.nonce == tables_nonce_ &&
                tables_asked_ + timing::answer_within > s_.now;
      compare(k);
      break;
    case What::ask_tables:
      if (last_mark_) s_.send_to(from, header.from, tables(m.nonce));
      break;
    case What::recall:  // the first claim may be an old datagram, so ask again with a nonce
      if (m.index > had_) ask(say(What::ask_recall, m.index), header.from, from);
      break;
    case What::ask_recall: {
      const auto kept = before(k, header.boot);
      if (m.index > kept) break;  // this member has not made the claim in question
      tell_once(k, Differ::fell_back, kept, {});
      s_.send_to(from, header.from, say(What::recalled, kept, 0, m.nonce));
      break;
    }
    case What::recalled:
      if (answers(header, m, What::ask_recall) && m.index > had_) refuse(db::Unfit::fell_back);
      break;
    case What::ask_term: {
      const bool lacks = m.index > s_.log.last();
      // Only a master answers, and not for a block that its log has dropped.
      if (!s_.is_master() || (!lacks && !s_.log.knows_term(m.index))) break;
      const Term term = lacks ? Term{} : s_.log.term_at(m.index);
      if (term.value != m.value) tell_once(k, Differ::logs, s_.log.last(), m.index);
      s_.send_to(from, header.from, say(What::term, m.index, term.value, m.nonce));
      break;
    }
    case What::term: {
      const auto index = question_.index;
      if (!answers(header, m, What::ask_term) || m.index != index || !contradicted_) break;
      if (s_.log.knows_term(index) && m.value != s_.log.term_at(index).value)
        return refuse(db::Unfit::contradicted);
      contradicted_ = false;  // the master has the same block; an old datagram was misleading
      break;
    }
    case What::ask_alive:
      s_.send_to(from, header.from, say(What::alive, {}, 0, m.nonce));
      break;
    case What::alive:
      answered_alive(k, header, m.nonce);
      break;
    case What::two_alive:
      told_of_another(header, m, from);
      break;
    case What::ask_two_alive:
      if (k.copied)
        s_.send_to(from, header.from,
                   say(What::two_alive, {}, k.alive[k.alive[0] == header.boot].value, m.nonce));
      break;
  }
}

// ---- A committed log that contradicts this one

void Evidence::new_term() {
  contradicted_ = contradicted_by_a_block_ = false;
  shown_ = false;
  committed_before_ = s_.commit;
}

// Every later master's log has all that is committed, and a master's log never becomes shorter
// (R29). So if this master has claimed more before in this term, a claim of less is a late
// datagram.
bool Evidence::contradicts(const wire::MasterState& state) {
  const auto index = committed_before_;
  shown_ = shown_ || state.last >= index;
  if (!shown_ || (state.last == index && index && s_.log.knows_term(index) &&
                  s_.log.term_at(index) != state.last_term))
    contradicted(index);
  else if (contradicted_ && !never_answers())
    contradicted(contradicted_at_);  // asks again, because the question or its answer may be lost
  else
    contradicted_ = false;
  return contradicted_;
}

// A master of version 0.1.0 does not know the question. If only a keep-alive has contradicted, the
// slave follows such a master once that master's log goes far enough. That master's blocks then
// show what its log has at that index.
bool Evidence::never_answers() const {
  return !contradicted_by_a_block_ && contradicted_since_ + timing::answer_within <= s_.now;
}

void Evidence::contradicted_by_a_block(LogIndex index) {
  contradicted(index);
  contradicted_by_a_block_ = contradicted_;
}

void Evidence::contradicted(LogIndex index) {
  // The log here has dropped the block, so its term is unknown and cannot be compared.
  if (!contradicted_ && !s_.log.knows_term(index)) return;
  for (auto& k : known_) {
    if (k.id != s_.master) continue;
    if (!contradicted_) contradicted_since_ = s_.now;
    if (!contradicted_ || contradicted_at_ != index) {
      contradicted_ = true;
      contradicted_at_ = index;
      contradicted_term_ = s_.log.knows_term(index) ? s_.log.term_at(index) : Term{};
    }
    tell_once(k, Differ::logs, s_.commit, {});
    ask(say(What::ask_term, index, contradicted_term_.value), k.id, k.address);
  }
}

// ---- Tables

void Evidence::applied(LogIndex index, std::uint64_t digest) {
  SWARM_ASSERT(index >= last_mark_, "blocks are applied in the order of the log (R30)");
  marks_[index.value % marks_.size()] = {index, digest};
  last_mark_ = index;
  for (auto& k : known_)
    if (k.tables == index) compare(k);
}

void Evidence::compare(Known& known) {
  const auto& mark = marks_[known.tables.value % marks_.size()];
  // This member has not applied that block yet, or its digest is no longer kept.
  if (!known.tables || mark.index != known.tables) return;
  const bool differs = mark.digest != known.digest;
  if (differs && !known.differs)
    s_.event(event::DisksDiffer{Differ::tables, known.id, mark.index, mark.index});
  known.differs = differs;
  known.confirmed = differs && (known.asked || known.confirmed);
  known.tables = {};
  if (differs) judge_tables();
}

// If the tables of two members differ, it is unknown which tables are wrong. This member's tables
// are wrong if they differ from those of a majority, and differ again in the answers to a nonce
// (R30). A master hands over first.
void Evidence::judge_tables() {
  std::size_t differ = 0, confirmed = 0;
  for (const auto& k : known_) {
    const auto* member = s_.config().find(k.id);
    if (!member || member->store != k.store || member->standing != Standing::voter) continue;
    differ += k.differs;
    confirmed += k.confirmed;
  }
  const auto quorum = s_.config().quorum();
  if (confirmed >= quorum) {
    if (s_.is_master())
      verdict_ = Verdict::hand_over;
    else
      refuse(db::Unfit::wrong_tables);
  } else if (differ >= quorum &&
             (tables_nonce_ == 0 || tables_asked_ + timing::answer_within <= s_.now)) {
    tables_nonce_ = s_.secrets.number(SecretPurpose::question) | 1;
    tables_asked_ = s_.now;
    s_.broadcast(say(What::ask_tables, last_mark_, 0, tables_nonce_));
  }
}

wire::Witness Evidence::tables(std::uint64_t nonce) const {
  const auto& mark = marks_[last_mark_.value % marks_.size()];
  SWARM_ASSERT(mark.index == last_mark_, "the digest of the last block is kept (R30)");
  return say(What::tables, mark.index, mark.digest, nonce);
}

void Evidence::tell() {
  if (last_mark_) s_.broadcast(tables(0));
  for (auto& k : known_) {
    recall(k);
    ask_who_lives(k);
  }
}

// ---- Two processes of one store

// Each nonce is drawn after the answer to the nonce before it. A process that answers, and answers
// again after another process has answered, has lived all the while. So both lived at one time,
// which a restart can never show (R31).
void Evidence::ask_who_lives(Known& known) {
  if (!known.suspected || !lives(known)) return;
  if (known.copied) {  // each of the two processes heeds the message that names the other
    for (const auto boot : known.alive)
      to_each_process(known, say(What::two_alive, {}, boot.value));
    return;
  }
  // The doubt is settled, until there is another sign of a second process.
  if (known.pointed + timing::doubt <= s_.now) return;
  if (known.alive_nonce == 0) known.alive_nonce = s_.secrets.number(SecretPurpose::question) | 1;
  to_each_process(known, say(What::ask_alive, {}, 0, known.alive_nonce));
}

void Evidence::answered_alive(Known& known, const wire::Header& header, std::uint64_t nonce) {
  if (known.copied || nonce == 0 || nonce != known.alive_nonce) return;
  if (header.boot == known.alive[1]) return;
  known.alive_nonce = 0;
  // Another process answered the last nonce, and this process the nonce before that one. So both
  // live.
  known.copied = header.boot == known.alive[0];
  if (known.copied) known.returns = std::max(known.returns, returns_of_a_copy);
  known.alive = {known.alive[1], header.boot};
}

// The two processes may share one address, or each may have its own. `address_before` is the
// address of the process that was heard before the present one.
void Evidence::to_each_process(const Known& known, const wire::Witness& m) {
  s_.send_to(known.address, known.id, m);
  if (known.address_before != known.address && known.address_before != Endpoint{})
    s_.send_to(known.address_before, known.id, m);
}

// This disk may lack what the other process has acknowledged, and the other disk may lack what this
// process has acknowledged. So both processes end (R31). A master hands over first.
void Evidence::told_of_another(const wire::Header& header, const wire::Witness& m,
                               const Endpoint& from) {
  // The message names this process, so it is meant for the other.
  if (m.value == s_.boot.value) return;
  if (m.nonce == 0) return ask(say(What::ask_two_alive, {}), header.from, from);
  if (!answers(header, m, What::ask_two_alive)) return;
  if (s_.is_master())
    verdict_ = Verdict::hand_over;
  else
    refuse(db::Unfit::two_processes);
}

// Writes into the ballot that this member takes no part any more. When the ballot is durable, the
// host ends the process. Later starts then take no part either.
void Evidence::refuse(db::Unfit why) {
  if (s_.is_master()) return;  // it was elected meanwhile, so its log is now the one that counts
  if (s_.ballot.current().unfit != db::Unfit::no) return;
  SWARM_ASSERT(why != db::Unfit::no, "a member takes no part for a reason");
  s_.ballot.change().unfit = why;
  verdict_ = Verdict::take_no_part;
}

void Evidence::ballot_persisted() {
  const auto unfit = s_.ballot.durable().unfit;
  if (unfit == db::Unfit::no || std::exchange(told_unfit_, true)) return;
  s_.event(event::Refused{why_refused(unfit)});
}

}  // namespace swarm
