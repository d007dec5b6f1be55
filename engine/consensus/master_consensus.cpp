#include "engine/consensus/master_consensus.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/parts.hpp"
#include "engine/wire/operations.hpp"

namespace swarm {
namespace {

// The in-sync set apart.
bool same_members(const Config& a, const Config& b) {
  const auto same = [](Member x, Member y) {
    x.in_sync = y.in_sync = false;
    return x == y;
  };
  return std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(), same);
}

constexpr unsigned most_caution = 4;  // then a block leaves at a time

}  // namespace

void MasterConsensus::begin() {
  end();
  if (p_.now > in_vain_until_) in_vain_ = 0;
  p_.bulk.begin(in_vain_);
  sent_ = p_.log.last();
  noop_ = sent_ + 1;
  propose(Noop{});
  // What the election kept waiting travels with the NOOP: one round trip for both.
  // Not after masterships in vain: each would make the tail longer, which has to arrive before
  // anything is committed.
  if (in_vain_ == 0)
    p_.sender.prepare_takeover(p_.now, p_.fault_tolerance.unanswered_since(), *this);
  close_block();
}

void MasterConsensus::end() {
  if (noop_ && !committed_own_term()) {
    in_vain_ = std::min(in_vain_ + 1, most_caution);
    in_vain_until_ = p_.now + 2 * p_.settings.promise_max;  // what filled the lines is over by then
  }
  noop_ = {};
  serving_ = draining_ = retired_ = false;
  open_.clear();
  unserved_since_ = never;
  p_.bulk.end();
  for (const auto timer : {Timer::block_close, Timer::resend, Timer::hand_over, Timer::answer})
    p_.timers.clear(timer);
}

// ---- Proposing

LogIndex MasterConsensus::propose(const Operation& operation) {
  SWARM_ASSERT(p_.is_master(), "only a master proposes");
  if (open_.size() + wire::encoded_size(operation) > Block::most) close_block();
  wire::encode(operation, open_);
  if (!p_.timers.is_set(Timer::block_close))
    p_.timers.set(Timer::block_close, p_.now + p_.settings.block_close);
  return p_.log.last() + 1;
}

bool MasterConsensus::may_change_members() const {
  return committed_own_term() && p_.log.config_index() <= p_.commit;
}

bool MasterConsensus::propose_config(Config config) {
  if (!p_.is_master() || retired_) return false;
  if (!may_change_members() && !same_members(config, p_.config())) return false;
  close_block();  // a CONFIG stands alone
  propose(Operation(std::move(config)));
  close_block();
  return true;
}

void MasterConsensus::end_of_step() {
  if (idle()) close_block();
}

void MasterConsensus::close_block() {
  p_.timers.clear(Timer::block_close);
  if (open_.empty()) return;
  auto block = std::make_shared<Block>();
  block->index = p_.log.last() + 1;
  block->term = p_.term();
  block->stamp = p_.swarm_time();
  block->operations = open_;
  open_.clear();
  p_.append(std::move(block));
  send_window();
}

// While blocks wait for the line, what is proposed meanwhile shares the next one.
void MasterConsensus::close_timer() {
  if (sent_ == p_.log.last() || !line_is_full()) return close_block();
  p_.timers.set(Timer::block_close, p_.now + std::max<Duration>(p_.settings.block_close, 100us));
}

// ---- Sending

// Masterships before this one ended before they had committed anything: perhaps what they sent at
// once filled the lines, and the keep-alives that a term lives on came too late behind it.
bool MasterConsensus::is_careful() const {
  return in_vain_ > 0 && !committed_own_term();
}

bool MasterConsensus::line_is_full() const {
  constexpr std::uint64_t always = 2;
  return sent_ >= std::max(p_.commit, noop_ - 1) + always &&
         p_.settings.election == ElectionOrder::ranked &&
         p_.fault_tolerance.quorum_age() > p_.settings.promise / 2;
}

void MasterConsensus::send_window() {
  // Counted from the NOOP on: what is before it cannot be committed without it (R13).
  const auto first = std::max(p_.commit, noop_ - 1);
  const std::uint64_t window = is_careful() ? 2 : p_.settings.window;
  while (sent_ < p_.log.last() && sent_ < first + window && !line_is_full())
    send_block(*p_.log.at(++sent_));
  if (!idle() && !p_.timers.is_set(Timer::resend)) {
    resend_backoff_ = resend_delay();
    p_.timers.set(Timer::resend, p_.now + resend_backoff_);
  }
}

Duration MasterConsensus::resend_delay() const {
  return std::max<Duration>(2 * p_.fault_tolerance.round_trip(), 2ms);
}

void MasterConsensus::send_block(const Block& block) {
  p_.broadcast(wire::Prepare{p_.fault_tolerance.master_state(), block.index, block.term,
                             p_.log.term_at(block.index - 1), block.stamp.us, block.operations});
}

void MasterConsensus::resend_timer() {
  if (idle()) return;
  for (const auto& member : p_.config().members)
    if (member.id != p_.self() && member.standing == Standing::voter) send_missing(member.id);
  resend_backoff_ = std::min<Duration>(2 * resend_backoff_, 50ms);
  p_.timers.set(Timer::resend, p_.now + resend_backoff_);
}

void MasterConsensus::send_missing(MemberId to) {
  // On a full line, too, the first ones are sent again: a quorum that looks old may have had its
  // datagrams late, and it commits nothing without them.
  const std::uint64_t at_once = line_is_full() ? 2 : 8;
  const auto& slave = p_.fault_tolerance.of(to);
  LogIndex index = std::max(slave.received, p_.commit) + 1;
  for (const auto last = std::min(sent_, index + at_once); index <= last; ++index) {
    const auto bit = index - slave.received;  // 1: the first missing
    if (bit >= 2 && bit < 66 && ((slave.ahead >> (bit - 2)) & 1) != 0) continue;
    const auto& block = *p_.log.at(index);
    if (is_careful()) {
      if (!p_.bulk.may_hurry(to)) break;
      p_.bulk.hurried(to, wire::max_datagram);
    }
    p_.send(to, wire::Prepare{p_.fault_tolerance.master_state(), block.index, block.term,
                              p_.log.term_at(index - 1), block.stamp.us, block.operations});
  }
}

void MasterConsensus::on_fetch(MemberId from, const wire::Fetch& m) {
  for (std::uint64_t i = 0; i < 64; ++i) {
    if (((m.wanted >> i) & 1) == 0) continue;
    const LogIndex index = m.first + i;
    if (index < p_.log.begin()) return p_.snapshots.offer(from);
    if (index > p_.log.last()) break;
    p_.bulk.ask_block(from, index, !line_is_full());
  }
  p_.bulk.send();
}

std::size_t MasterConsensus::send_old_block(MemberId to, LogIndex index) {
  if (index < p_.log.begin() || index > p_.log.last()) return 0;
  const auto& block = *p_.log.at(index);
  p_.send(to, wire::BlockMessage{index, block.term, p_.log.term_at(index - 1), block.stamp.us,
                                 block.operations});
  constexpr std::size_t before_operations = 4 * sizeof(std::uint64_t);
  return before_operations + block.operations.size();
}

// ---- Committing

bool MasterConsensus::idle() const {
  return p_.commit == p_.log.last();
}
bool MasterConsensus::committed_own_term() const {
  return noop_ && p_.commit >= noop_;
}

LogIndex MasterConsensus::quorum_match() const {
  std::array<LogIndex, Config::most> matches;
  std::size_t n = 0;
  auto in_sync = p_.log.last();
  for (const auto& m : p_.config().members) {
    const auto match = m.id == p_.self() ? p_.log.durable() : p_.fault_tolerance.of(m.id).match;
    if (m.in_sync) in_sync = std::min(in_sync, match);
    if (m.standing == Standing::voter) matches[n++] = match;
  }
  const auto nth = matches.begin() + static_cast<std::ptrdiff_t>(p_.config().quorum() - 1);
  std::nth_element(matches.begin(), nth, matches.begin() + static_cast<std::ptrdiff_t>(n),
                   std::greater<>());
  return p_.config().ready == ReadyPolicy::in_sync ? std::min(*nth, in_sync) : *nth;
}

void MasterConsensus::update_commit() {
  const auto match = quorum_match();
  if (match > p_.commit && p_.log.term_at(match) == p_.term()) p_.advance_commit(match);  // R13
}

void MasterConsensus::on_ready(MemberId, bool news) {
  if (news) update_commit();
  if (sent_ < p_.log.last()) send_window();
  try_hand_over();
}

void MasterConsensus::own_disk() {
  update_commit();
}

void MasterConsensus::after_commit() {
  if (committed_own_term()) {
    in_vain_ = 0;
    p_.bulk.proven();
  }
  resend_backoff_ = resend_delay();
  if (idle())
    p_.timers.clear(Timer::resend);
  else
    p_.timers.set(Timer::resend, p_.now + resend_backoff_);
  p_.serve_peers();
  send_window();
  if (idle() && open_.empty()) p_.fault_tolerance.send_keep_alive();  // the order to commit
  try_hand_over();
}

void MasterConsensus::after_apply() {
  p_.serve_peers();
  try_hand_over();
}

void MasterConsensus::now_serving() {
  serving_ = true;
  p_.sender.begin_serving(p_.now);
  p_.secret_rotation.begin_serving();
  p_.event(event::Serving{p_.term(), p_.applied});
  unserved_since_ = std::min(unserved_since_, p_.fault_tolerance.unanswered_since());
  p_.sender.set_swarm_time(p_.swarm_time(), p_.now);
  if (p_.may_answer()) answer_waiting();
}

// ---- Requests that have to wait (R18)

void MasterConsensus::kept_one() {
  unserved_since_ = std::min(unserved_since_, p_.now);
}

// While a next slice is due nothing is answered in between: its step comes at once, and what else
// comes in this one stays short.
void MasterConsensus::answer_waiting() {
  if (!p_.timers.is_set(Timer::answer) && answer_slice()) p_.timers.set(Timer::answer, p_.now);
}

void MasterConsensus::answer_timer() {
  if (!p_.may_answer()) return;  // serve_peers() goes on when it may
  if (answer_slice()) return p_.timers.set(Timer::answer, p_.now);
  try_hand_over();
}

bool MasterConsensus::answer_slice() {
  if (p_.take_back()) return true;  // of the mastership before this one
  if (p_.sender.committed(p_.now, p_.applied, p_.term(), *p_.out)) return true;
  if (unserved_since_ != never && !draining_) {
    if (p_.sender.serve_kept(p_.now, unserved_since_, p_.term(), *this, *p_.out)) return true;
    unserved_since_ = never;
  }
  return p_.accepts_requests() && p_.relay.serve_waiting();
}

Duration MasterConsensus::oldest_unanswered() const {
  const auto waiting = p_.sender.oldest_unanswered(p_.now);
  return unserved_since_ == never ? waiting : std::max(waiting, p_.now - unserved_since_);
}

// ---- Hand-over (R9)

bool MasterConsensus::hand_over(Duration slowest_disk) {
  return begin_hand_over(slowest_disk, false);
}

bool MasterConsensus::hand_over_to_who_hears() {
  return begin_hand_over(Duration::max(), true);
}

// Who asks for any successor does not wait for one that hears.
bool MasterConsensus::begin_hand_over(Duration slowest_disk, bool to_who_hears) {
  if (!p_.is_master() || p_.config().voters() == 1) return false;
  slowest_disk_ = draining_ ? std::max(slowest_disk_, slowest_disk) : slowest_disk;
  to_who_hears_ = to_who_hears && (to_who_hears_ || !draining_);
  if (draining_) return true;
  const auto all = p_.fault_tolerance.successors();
  const bool asked =
      slowest_disk == Duration::max() && !to_who_hears;  // by an operator: it may come up meanwhile
  if (!asked && std::none_of(all.begin(), all.end(), [this](auto id) { return could_succeed(id); }))
    return false;
  draining_ = true;
  kept_one();
  p_.timers.set(Timer::hand_over, p_.now + 4 * p_.settings.promise);
  try_hand_over();
  return true;
}

bool MasterConsensus::could_succeed(MemberId id) const {
  const auto& slave = p_.fault_tolerance.of(id);
  return !slave.dead && slave.acknowledged + p_.settings.promise >= p_.now &&
         slave.sync_age <= slowest_disk_ && (!to_who_hears_ || p_.group_hearing.hears(id));
}

void MasterConsensus::try_hand_over() {
  if (!draining_ || retired_ || !idle() || !open_.empty() || p_.sender.waiting()) return;
  for (const auto id : p_.fault_tolerance.successors()) {
    if (p_.fault_tolerance.of(id).match < p_.log.last() || !could_succeed(id)) continue;
    successor_ = id;
    retired_ = true;
    p_.event(event::HandOver{id, p_.term()});
    retired_until_ = p_.now + p_.settings.promise;
    return hand_over_timer();
  }
}

void MasterConsensus::hand_over_timer() {
  if (!retired_) {  // it could not be drained in time
    draining_ = false;
    p_.event(event::HandOverGivenUp{p_.term()});
    if (p_.stopping) return p_.out->exit("stopped: nobody could take over");
    return p_.serve_peers();
  }
  if (p_.now >= retired_until_) {
    if (p_.stopping) return p_.out->exit("stopped: the successor did not answer");
    return p_.step_down(Cause::handed_over);
  }
  p_.send(successor_, wire::HandOver{p_.log.last(), p_.commit,
                                     static_cast<std::uint32_t>(oldest_unanswered() / 1us)});
  p_.timers.set(Timer::hand_over, std::min(p_.now + resend_delay(), retired_until_));
}

}  // namespace swarm
