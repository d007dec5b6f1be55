#include "engine/consensus/master_consensus.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"
#include "engine/wire/entries.hpp"

namespace swarm {
namespace {

// True if two CONFIGs differ at most in their in-sync sets.
bool same_members(const Config& a, const Config& b) {
  const auto same = [](Member x, Member y) {
    x.in_sync = y.in_sync = false;
    return x == y;
  };
  return std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(), same);
}

constexpr unsigned most_caution = 4;  // with this caution, immediate sends are one block at a time

}  // namespace

void MasterConsensus::begin() {
  SWARM_ASSERT(s_.is_master(), "only a winner begins to replicate");
  end();
  if (s_.now > in_vain_until_) in_vain_ = 0;  // a failure long ago says nothing about the lines
  bulk_.begin(in_vain_);
  sent_ = s_.log.last();
  noop_ = sent_ + 1;
  std::vector<std::uint8_t> noop;
  wire::encode(Noop{}, noop);
  propose(noop);
  // Changes by requests that waited for the election travel with the NOOP, so both together cost
  // one round trip. After masterships in vain nothing travels with the NOOP. Otherwise each such
  // mastership would add blocks to the log, and all of these blocks have to arrive before anything
  // is committed.
  s_.service.elected(cft_.unanswered_since(), in_vain_ > 0);
  close_block();
  SWARM_ASSERT(s_.log.last() >= noop_ && s_.log.term_at(noop_) == s_.term(),
               "a mastership begins with a NOOP of its own term (R5)");
}

void MasterConsensus::end() {
  if (noop_ && !committed_own_term()) {
    in_vain_ = std::min(in_vain_ + 1, most_caution);
    in_vain_until_ = s_.now + 2 * s_.settings.promise_max;  // by then the lines are free again
  }
  noop_ = {};
  serving_ = draining_ = retired_ = false;
  open_.clear();
  bulk_.end();
  for (const auto timer : {Timer::block_close, Timer::resend, Timer::hand_over, Timer::answer})
    s_.timers.clear(timer);
}

// ---- Proposing

LogIndex MasterConsensus::propose(Bytes operation) {
  SWARM_ASSERT(s_.is_master(), "only a master proposes");
  SWARM_ASSERT(operation.size() <= Block::most, "an operation fits one block");
  SWARM_ASSERT(!operation.empty(), "an operation has bytes");
  if (open_.size() + operation.size() > Block::most) close_block();
  open_.insert(open_.end(), operation.begin(), operation.end());
  if (!s_.timers.is_set(Timer::block_close))
    s_.timers.set(Timer::block_close, s_.now + s_.settings.block_close);
  return s_.log.last() + 1;
}

bool MasterConsensus::may_change_members() const {
  return committed_own_term() && s_.log.config_index() <= s_.commit;
}

bool MasterConsensus::propose_config(Config config) {
  if (!s_.is_master() || retired_) return false;
  // A change of the in-sync set alone need not wait (R20).
  if (!may_change_members() && !same_members(config, s_.config())) return false;
  SWARM_ASSERT(config.next_id >= s_.config().next_id, "an id is never given again (R20)");
  SWARM_ASSERT(config.members.size() + 1 >= s_.config().members.size() &&
                   config.members.size() <= s_.config().members.size() + 1,
               "a CONFIG changes one member (R20)");
  close_block();  // earlier operations get their own block, because a CONFIG stands alone
  SWARM_ASSERT(open_.empty(), "a CONFIG shares its block with nothing");
  std::vector<std::uint8_t> entry;
  wire::encode(config, entry);
  propose(entry);
  close_block();
  return true;
}

void MasterConsensus::end_of_step() {
  if (idle()) close_block();  // nothing is in flight, so waiting for more operations gains nothing
}

void MasterConsensus::close_block() {
  s_.timers.clear(Timer::block_close);
  if (open_.empty()) return;
  SWARM_ASSERT(s_.is_master(), "only a master closes a block");
  SWARM_ASSERT(open_.size() <= Block::most, "a block fits one datagram");
  auto block = std::make_shared<Block>();
  block->index = s_.log.last() + 1;
  block->term = s_.term();
  block->stamp = s_.swarm_time();
  block->operations = open_;
  open_.clear();
  applier_.append(std::move(block));
  send_window();
}

// While closed blocks wait because the line is full, the open block stays open. So more operations
// share it.
void MasterConsensus::close_timer() {
  if (sent_ == s_.log.last() || !line_is_full()) return close_block();
  s_.timers.set(Timer::block_close,
                s_.now + std::max<Duration>(s_.settings.block_close, timing::least_block_close));
}

// ---- Sending

// True after masterships that ended before their NOOP was committed (R19). Perhaps the blocks that
// they sent at once filled the lines, and their keep-alives came too late behind those blocks.
bool MasterConsensus::is_careful() const {
  return in_vain_ > 0 && !committed_own_term();
}

bool MasterConsensus::line_is_full() const {
  constexpr std::uint64_t always = 2;  // blocks that may be under way in any case
  // If the last message that a quorum has acknowledged is old, messages queue. More blocks would
  // delay keep-alives further.
  return sent_ >= std::max(s_.commit, noop_ - 1) + always &&
         s_.settings.election == ElectionOrder::ranked &&
         cft_.quorum_age() > s_.settings.promise / 2;
}

void MasterConsensus::send_window() {
  SWARM_ASSERT(sent_ <= s_.log.last(), "a master has sent only what its log has");
  // The window counts from the NOOP on, because the blocks before the NOOP are not committed
  // without it (R13). Otherwise a long uncommitted tail of former terms would keep the NOOP out of
  // the window.
  const auto first = std::max(s_.commit, noop_ - 1);
  const std::uint64_t window = is_careful() ? 2 : s_.settings.window;
  while (sent_ < s_.log.last() && sent_ < first + window && !line_is_full())
    send_block(*s_.log.at(++sent_));
  if (!idle() && !s_.timers.is_set(Timer::resend)) {
    resend_backoff_ = resend_delay();
    s_.timers.set(Timer::resend, s_.now + resend_backoff_);
  }
}

Duration MasterConsensus::resend_delay() const {
  return std::max<Duration>(2 * cft_.round_trip(), timing::least_resend);
}

void MasterConsensus::send_block(const Block& block) {
  s_.broadcast(wire::Prepare{cft_.master_state(), block.index, block.term,
                             s_.log.term_at(block.index - 1), block.stamp.us, block.operations});
}

void MasterConsensus::resend_timer() {
  if (idle()) return;
  for (const auto& member : s_.config().members)
    if (member.id != s_.self() && member.standing == Standing::voter) send_missing(member.id);
  resend_backoff_ = std::min<Duration>(2 * resend_backoff_, timing::most_resend);
  s_.timers.set(Timer::resend, s_.now + resend_backoff_);
}

void MasterConsensus::send_missing(MemberId to) {
  // On a full line only the first three missing blocks are sent again. Nothing is committed without
  // them, and perhaps the line looks full only because their first copies were lost.
  const std::uint64_t at_once =
      line_is_full() ? timing::resent_on_full_line : timing::resent_at_once;
  SWARM_ASSERT(to != s_.self(), "a master sends itself no block");
  const auto& slave = s_.members.of(to);
  SWARM_ASSERT(slave.received <= s_.log.last(), "a slave has received only what the log has");
  LogIndex index = std::max(slave.received, s_.commit) + 1;
  for (const auto last = std::min(sent_, index + at_once - 1); index <= last; ++index) {
    // Bit i of `ahead` stands for block `received` + 2 + i. Blocks that the slave has are left out.
    const auto bit = index - slave.received;
    if (bit >= 2 && bit < 66 && ((slave.ahead >> (bit - 2)) & 1) != 0) continue;
    const auto& block = *s_.log.at(index);
    if (is_careful()) {  // a block is sent again only within the receiver's budget (R19)
      if (!bulk_.may_hurry(to)) break;
      bulk_.hurried(to, wire::max_datagram);
    }
    s_.send(to, wire::Prepare{cft_.master_state(), block.index, block.term,
                              s_.log.term_at(index - 1), block.stamp.us, block.operations});
  }
}

void MasterConsensus::on_fetch(MemberId from, const wire::Fetch& m) {
  for (std::uint64_t i = 0; i < 64; ++i) {
    if (((m.wanted >> i) & 1) == 0) continue;
    const LogIndex index = m.first + i;
    // The log has dropped the block, so the slave can only catch up by a snapshot (R19).
    if (index < s_.log.begin()) return snapshots_.offer(from);
    if (index > s_.log.last()) break;
    bulk_.ask_block(from, index, !line_is_full());
  }
  bulk_.send();
}

// ---- Committing

bool MasterConsensus::idle() const {
  return s_.commit == s_.log.last();
}
bool MasterConsensus::committed_own_term() const {
  return noop_ && s_.commit >= noop_;
}

LogIndex MasterConsensus::quorum_match() const {
  std::array<LogIndex, Config::most> matches;
  std::size_t n = 0;
  auto in_sync = s_.log.last();
  for (const auto& m : s_.config().members) {
    const auto match = m.id == s_.self() ? s_.log.durable() : s_.members.of(m.id).match;
    if (m.in_sync) in_sync = std::min(in_sync, match);
    if (m.standing == Standing::voter) matches[n++] = match;
  }
  SWARM_ASSERT(n > 0 && s_.config().quorum() <= n, "a quorum of the voters can be counted (R13)");
  const auto nth = matches.begin() + static_cast<std::ptrdiff_t>(s_.config().quorum() - 1);
  std::nth_element(matches.begin(), nth, matches.begin() + static_cast<std::ptrdiff_t>(n),
                   std::greater<>());
  return s_.config().ready == ReadyPolicy::in_sync ? std::min(*nth, in_sync) : *nth;
}

void MasterConsensus::update_commit() {
  const auto match = quorum_match();
  // A block of a former term is not committed by copies on a majority. A later master may lack the
  // block, and would overwrite it. A block of this term that is on a majority is committed,
  // together with all blocks before it (R13).
  if (match <= s_.commit || s_.log.term_at(match) != s_.term()) return;
  SWARM_ASSERT(s_.is_master() && !applier_.installing(), "a master commits in a log that stays");
  applier_.advance_commit(match);
  after_commit();
}

void MasterConsensus::on_ready(MemberId, bool news) {
  if (news) update_commit();
  if (sent_ < s_.log.last()) send_window();  // the line may be free now
  try_hand_over();
}

void MasterConsensus::own_disk() {
  update_commit();
}

void MasterConsensus::after_commit() {
  if (committed_own_term()) {
    in_vain_ = 0;
    bulk_.proven();
  }
  resend_backoff_ = resend_delay();
  if (idle())
    s_.timers.clear(Timer::resend);
  else
    s_.timers.set(Timer::resend, s_.now + resend_backoff_);
  serve();
  send_window();
  // A keep-alive now tells the slaves the commit index. If more blocks follow, the state in their
  // PREPARE messages tells it.
  if (idle() && open_.empty()) send_keep_alive();
  try_hand_over();
}

void MasterConsensus::after_apply() {
  serve();
  try_hand_over();
}

bool MasterConsensus::may_answer() const {
  return s_.is_master() && serving_ && !retired_ && s_.now < cft_.lease_until();
}

void MasterConsensus::serve() {
  if (!s_.is_master()) return;
  const bool leased = s_.now < cft_.lease_until();
  // With `election: drawn` there is no lease. Such a master serves, but may_answer() stays false.
  const bool unleased_mode = s_.settings.election == ElectionOrder::drawn;
  if (!serving_ && s_.applied >= noop_ && (leased || unleased_mode)) {
    now_serving();
  } else if (may_answer()) {
    answer_waiting();
  }
}

void MasterConsensus::send_keep_alive() {
  cft_.send_keep_alive();
  if (s_.config().quorum() == 1) serve();  // a single voter has just extended its lease
}

void MasterConsensus::now_serving() {
  SWARM_ASSERT(noop_ && s_.applied >= noop_, "a master serves once its NOOP is applied (R5)");
  SWARM_ASSERT(!serving_, "a mastership begins to serve once");
  serving_ = true;
  s_.service.serving(cft_.unanswered_since());
  s_.event(event::Serving{s_.term(), s_.applied});
  if (may_answer()) answer_waiting();
}

// ---- Requests that have to wait (R18)

// If the next slice is due already, this call answers nothing. The step for that slice follows at
// once. The present step stays short, because it may have other work.
void MasterConsensus::answer_waiting() {
  SWARM_ASSERT(s_.is_master() && serving_ && !retired_, "only a serving master answers (R5, R9)");
  if (!s_.timers.is_set(Timer::answer) && s_.service.answer()) s_.timers.set(Timer::answer, s_.now);
}

void MasterConsensus::answer_timer() {
  if (!may_answer()) return;  // serve() continues once the lease is back
  if (s_.service.answer()) return s_.timers.set(Timer::answer, s_.now);
  try_hand_over();
}

// ---- Hand-over (R9)

bool MasterConsensus::hand_over(Duration slowest_disk) {
  return begin_hand_over(slowest_disk, false);
}

bool MasterConsensus::hand_over_to_who_hears() {
  return begin_hand_over(Duration::max(), true);
}

// If a hand-over is under way already, the order that asks less of the successor counts. An
// operator who accepts any successor must not have to wait for a successor that hears the group.
bool MasterConsensus::begin_hand_over(Duration slowest_disk, bool to_who_hears) {
  if (!s_.is_master() || s_.config().voters() == 1) return false;
  slowest_disk_ = draining_ ? std::max(slowest_disk_, slowest_disk) : slowest_disk;
  to_who_hears_ = to_who_hears && (to_who_hears_ || !draining_);
  if (draining_) return true;
  const auto all = cft_.successors();
  // A hand-over that an operator orders begins even if no slave can succeed now. A slave may become
  // able to succeed before the hand-over ends.
  const bool asked = slowest_disk == Duration::max() && !to_who_hears;
  if (!asked && std::none_of(all.begin(), all.end(), [this](auto id) { return could_succeed(id); }))
    return false;
  draining_ = true;
  s_.service.draining();
  s_.timers.set(Timer::hand_over, s_.now + 4 * s_.settings.promise);
  try_hand_over();
  return true;
}

bool MasterConsensus::could_succeed(MemberId id) const {
  const auto& slave = s_.members.of(id);
  return !slave.dead && slave.acknowledged + s_.settings.promise >= s_.now &&
         slave.sync_age <= slowest_disk_ && (!to_who_hears_ || hearing_.hears(id));
}

void MasterConsensus::try_hand_over() {
  // The successor must have everything, so nothing may be uncommitted or unanswered (R9).
  if (!draining_ || retired_ || !idle() || !open_.empty() || s_.service.waits()) return;
  for (const auto id : cft_.successors()) {
    if (s_.members.of(id).match < s_.log.last() || !could_succeed(id)) continue;
    SWARM_ASSERT(id != s_.self(), "a master hands over to another (R9)");
    SWARM_ASSERT(s_.commit == s_.log.last(), "all is committed before a hand-over (R9)");
    successor_ = id;
    retired_ = true;
    s_.event(event::HandOver{id, s_.term()});
    retired_until_ = s_.now + s_.settings.promise;
    hand_over_timer();
    return;
  }
}

bool MasterConsensus::hand_over_timer() {
  SWARM_ASSERT(draining_, "a hand-over is under way (R9)");
  // Not all was committed and answered in time, or no slave could succeed. This master continues,
  // or exits if it is stopping.
  if (!retired_) {
    draining_ = false;
    s_.event(event::HandOverGivenUp{s_.term()});
    if (s_.stopping)
      s_.out->exit("stopped: nobody could take over");
    else
      serve();
    return false;
  }
  if (s_.now >= retired_until_) {
    if (s_.stopping) s_.out->exit("stopped: the successor did not answer");
    return !s_.stopping;
  }
  s_.send(successor_,
          wire::HandOver{s_.log.last(), s_.commit,
                         static_cast<std::uint32_t>(s_.service.oldest_unanswered() / 1us)});
  s_.timers.set(Timer::hand_over, std::min(s_.now + resend_delay(), retired_until_));
  return false;
}

}  // namespace swarm
