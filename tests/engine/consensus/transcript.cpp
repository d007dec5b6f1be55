#include "tests/engine/consensus/transcript.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>
#include <stdexcept>

#include "engine/wire/entries.hpp"

namespace swarm::test {
namespace {

// The order is that of wire::Body.
constexpr std::array<const char*, std::variant_size_v<wire::Body>> names{
    "KEEP-ALIVE",    "KEEP-ALIVE-ACK", "STATUS",     "PREVOTE",       "PREVOTE-REPLY",
    "VOTE",          "VOTE-REPLY",     "PREPARE",    "READY",         "BLOCK",
    "FETCH",         "HANDOVER",       "DEAD",       "HELLO",         "GENESIS",
    "GENESIS-ACK",   "JOIN",           "JOIN-REPLY", "SNAPSHOT-META", "SNAPSHOT-GET",
    "SNAPSHOT-DATA", "ORDER",          "RELAY",      "RELAY-REPLY",   "HEARING",
    "WITNESS",       "UNVERIFIED",     "OPEN",       "CHALLENGE",     "PROVE"};
static_assert(names.back() != nullptr, "each message has a name");

template <class... Parts>
std::string say(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

std::string tenths(Duration d) {  // of a millisecond
  const auto n = (d / 1us + 50) / 100;
  return say(n / 10, '.', n % 10);
}
std::string ms(Duration d) {
  return tenths(d) + " ms";
}
std::string from_us(std::uint64_t us) {
  return ms(std::chrono::microseconds(us));
}

std::string log_up_to(LogIndex last, Term term) {
  return say("log up to ", last.value, " of term ", term.value);
}

std::string members(const Config& config) {
  std::string voting, learning;
  for (const auto& m : config.members)
    (m.standing == Standing::voter ? voting : learning) += say(' ', m.id.value);
  return "voters" + voting + (learning.empty() ? "" : ", learners" + learning);
}

std::string operations(Bytes bytes) {
  if (wire::begins_with_config(bytes)) return "CONFIG, " + members(*wire::decode_config(bytes));
  const auto additions = read_additions(bytes).value();
  std::string all;
  for (std::size_t i = 0; i < additions.size(); ++i)
    all += say(i == 0 ? "" : ", ", additions[i] == 0 ? "NOOP" : say("add ", additions[i]));
  return all;
}

const char* text(Role role) {
  static constexpr const char* texts[] = {"stranger",  "learner", "slave",
                                          "candidate", "master",  "removed"};
  return texts[static_cast<std::size_t>(role)];
}
const char* text(Cause cause) {
  static constexpr const char* texts[] = {
      "silence", "certificate of death", "hand-over", "higher term", "no quorum", "it stops"};
  return texts[static_cast<std::size_t>(cause)];
}
const char* text(event::Refused::Why why) {
  static constexpr const char* texts[] = {
      "too many candidates",      "a group exists already",           "it was removed",
      "its disk fell back",       "it contradicts what is committed", "its state is another",
      "two processes of its disk"};
  return texts[static_cast<std::size_t>(why)];
}
const char* text(Reject reason) {
  switch (reason) {
    case Reject::old_term:
      return "of an old term";
    case Reject::not_a_member:
      return "its sender is no member";
    case Reject::other_cluster:
      return "of another group";
    case Reject::not_for_me:
      return "for another, or its own";
    case Reject::unexpected:
      return "not expected now";
    case Reject::bad_value:
      return "its value makes no sense";
    default:
      return "cannot be read";
  }
}

// What is worth a line; nothing: that is told otherwise.
struct EventText {
  std::string operator()(const event::RoleChanged& e) {
    return say(e.role == Role::removed ? "is " : "becomes a ", text(e.role));
  }
  std::string operator()(const event::TermAdopted& e) { return say("adopts term ", e.term.value); }
  std::string operator()(const event::MasterSuspected& e) {
    return say("takes master ", e.master.value, " for ended: ", text(e.cause));
  }
  std::string operator()(const event::ElectionStarted& e) {
    return say("stands in term ", e.term.value, ": ", text(e.cause));
  }
  std::string operator()(const event::ElectionWon& e) { return say("wins term ", e.term.value); }
  std::string operator()(const event::Serving& e) {
    return say("serves, with block ", e.index.value, " applied");
  }
  std::string operator()(const event::SteppedDown& e) {
    return say("steps down from term ", e.term.value, ": ", text(e.cause));
  }
  std::string operator()(const event::Committed& e) {
    return say("commits up to block ", e.index.value);
  }
  std::string operator()(const event::BlockApplied&) { return {}; }
  std::string operator()(const event::LogTruncated& e) {
    return say("truncates its log from block ", e.from.value, " on");
  }
  std::string operator()(const event::ConfigChanged& e) {
    return say("the CONFIG of block ", e.index.value, " is in force: ", e.voters, " of ", e.members,
               " members vote");
  }
  std::string operator()(const event::SnapshotInstalled& e) {
    return say("the snapshot of block ", e.index.value, " is in force");
  }
  std::string operator()(const event::HandOver& e) { return say("hands over to ", e.to.value); }
  std::string operator()(const event::HandOverGivenUp&) { return "gives up to hand over"; }
  std::string operator()(const event::Founded& e) {
    return say("is member ", e.member.value, " of the group");
  }
  std::string operator()(const event::Refused& e) { return say("takes no part: ", text(e.why)); }
  std::string operator()(const event::DisksDiffer& e) {
    return say("finds that the disk of ", e.member.value, " does not fit");
  }
  std::string operator()(const event::Rejected& e) {
    return say("drops a datagram: ", text(e.reason));
  }
  std::string operator()(const auto&) { return {}; }
};

// What a datagram says, behind its name.
struct MessageText {
  const wire::Header& h;

  std::string operator()(const wire::KeepAlive& m) { return state(m.state); }
  std::string operator()(const wire::KeepAliveAck& m) { return has(m.ack); }
  std::string operator()(const wire::Ready& m) { return has(m.ack); }
  std::string operator()(const wire::Status&) { return say("of term ", h.term.value); }
  std::string operator()(const wire::PreVote& m) {
    return say("for term ", m.next.value, ", ", log_up_to(m.last, m.last_term));
  }
  std::string operator()(const wire::PreVoteReply& m) {
    if (m.granted != 0) return say("for term ", m.next.value, ": granted");
    return say("for term ", m.next.value, ": refused, ",
               m.rest_us > 0 ? "for another " + from_us(m.rest_us) : "its log has more");
  }
  std::string operator()(const wire::Vote& m) {
    const auto flag = static_cast<wire::VoteFlag>(m.flag);
    const auto why =
        flag == wire::VoteFlag::handed_over   ? say(", after a hand-over by ", m.former.value)
        : flag == wire::VoteFlag::certificate ? say(", after the death of ", m.former.value)
                                              : "";
    return say("in term ", h.term.value, ", ", log_up_to(m.last, m.last_term), why);
  }
  std::string operator()(const wire::VoteReply& m) {
    if (m.granted == 0) return say("in term ", h.term.value, ": refused");
    return say("in term ", h.term.value, ": granted, with a promise of ", from_us(m.promise_us));
  }
  std::string operator()(const wire::Prepare& m) {
    return say(block(m), "; commit ", m.state.commit.value);
  }
  std::string operator()(const wire::BlockMessage& m) { return block(m); }
  std::string operator()(const wire::Fetch& m) {
    std::string wanted;
    for (std::uint64_t i = 0; i < 64; ++i)
      if (((m.wanted >> i) & 1) != 0) wanted += say(' ', m.first.value + i);
    return "block" + wanted;
  }
  std::string operator()(const wire::HandOver& m) { return say("log up to ", m.last.value); }
  std::string operator()(const wire::Dead& m) { return say("member ", m.member.value); }
  std::string operator()(const wire::Hello& m) { return say("expects ", m.expect); }
  std::string operator()(const wire::GenesisOffer& m) {
    return say("of ", m.genesis.members.size(), " voters");
  }
  std::string operator()(const wire::GenesisAck&) { return "bound to it"; }
  std::string operator()(const wire::Join&) { return "as a newcomer"; }
  std::string operator()(const wire::JoinReply& m) {
    switch (static_cast<wire::JoinStatus>(m.status)) {
      case wire::JoinStatus::welcome:
        return say("welcome, as member ", m.member.value);
      case wire::JoinStatus::swarm_exists:
        return "a group exists";
      case wire::JoinStatus::removed:
        return say("member ", m.member.value, " was removed");
    }
    return {};
  }
  std::string operator()(const wire::SnapshotMeta& m) {
    return say("of block ", m.index.value, ", ", m.size, " bytes");
  }
  std::string operator()(const wire::SnapshotGet& m) { return say("from chunk ", m.first, " on"); }
  std::string operator()(const wire::SnapshotData& m) { return say("chunk ", m.chunk); }
  std::string operator()(const wire::Order& m) {
    const bool removes = static_cast<wire::Order::What>(m.what) == wire::Order::What::remove;
    return removes ? say("to remove ", m.member.value) : "to hand over";
  }
  std::string operator()(const auto&) { return {}; }

  std::string state(const wire::MasterState& m) {
    const bool renews = m.quorum_age_us <= 40'000;  // R7, of a promise of 50 ms
    return say("of term ", h.term.value, ": commit ", m.commit.value, ", ",
               log_up_to(m.last, m.last_term), renews ? "" : "; renews no promise");
  }
  std::string has(const wire::Acknowledgement& m) {
    return say("in term ", h.term.value, ": has up to ", m.durable.value,
               m.promise_us > 0 ? "" : ", promises nothing");
  }
  std::string block(const auto& m) {
    return say(m.index.value, " of term ", m.term.value, " after one of term ",
               m.previous_term.value, ": ", operations(m.operations));
  }
};

bool only_repeats(const wire::Message& message) {
  const auto is_one_of = [&]<class... T>() {
    return (std::holds_alternative<T>(message.body) || ...);
  };
  return is_one_of.operator()<wire::Hearing, wire::Witness>() ||
         (std::holds_alternative<wire::Status>(message.body) && !message.header.to);
}

bool may_repeat(const wire::Message& message) {
  return std::holds_alternative<wire::KeepAlive>(message.body) ||
         std::holds_alternative<wire::KeepAliveAck>(message.body) ||
         std::holds_alternative<wire::Hello>(message.body) ||
         std::holds_alternative<wire::GenesisAck>(message.body) ||
         std::holds_alternative<wire::Join>(message.body);
}

std::string blocks(const std::vector<BlockPtr>& all) {
  const auto first = all.front()->index.value, last = all.back()->index.value;
  return first == last ? say("block ", first) : say("blocks ", first, " to ", last);
}

}  // namespace

std::string name_of(const wire::Body& body) {
  return names[body.index()];
}

std::size_t message_of(const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::runtime_error("no message is called " + name);
  return static_cast<std::size_t>(found - names.begin());
}

void Transcript::line(const std::string& who, const std::string& what) {
  if (!group_) return;
  std::ostringstream out;
  out << std::setw(8) << tenths(group_->now() - zero_) << "  " << std::left << std::setw(12) << who
      << what << '\n';
  lines_ += out.str();
}

void Transcript::show(const std::string& text) {
  count();
  lines_ += text;
}

void Transcript::count() {
  if (!repeated_.empty()) {
    std::string all;
    for (const auto& [kind, count] : repeated_)
      all += say(all.empty() ? "" : ", ", count, ' ', kind);
    lines_ += "          and " + all + '\n';
  }
  repeated_.clear();
}

std::string Transcript::take() {
  count();
  return std::exchange(lines_, {});
}

void Transcript::happened(Place n, const Event& event) {
  if (!group_) return;
  if (const auto* drop = std::get_if<event::Rejected>(&event)) {
    const auto why = text(drop->reason);
    if (std::exchange(said_[say(n, " drops")], why) == why) {
      ++repeated_["dropped"];
      return;
    }
  }
  if (const auto what = std::visit(EventText{}, event); !what.empty()) line(say(n), what);
}

void Transcript::told(Place n, const std::string& what) {
  line(say(n), what);
}

void Transcript::writes(Place n, const db::Ballot& before, const db::Ballot& ballot) {
  std::string what;
  const auto part = [&what](bool changed, const std::string& one) {
    if (changed) what += (what.empty() ? "" : ", ") + one;
  };
  part(before.store != ballot.store, "its identity");
  part(before.genesis != ballot.genesis, "the founding that it is bound to");
  part(before.member != ballot.member, say("member ", ballot.member.value));
  part(before.term != ballot.term, say("term ", ballot.term.value));
  part(ballot.vote && (before.term != ballot.term || before.vote != ballot.vote),
       say("vote for ", ballot.vote.value));
  part(before.promise != ballot.promise, say("promise of ", ms(ballot.promise)));
  part(before.unfit != ballot.unfit, "that it takes no part any more");
  line(say(n), "writes its ballot: " + what);
}

void Transcript::writes(Place n, const db::TrackerWrite& w) {
  std::string what;
  const auto part = [&what](const std::string& one) { what += (what.empty() ? "" : ", ") + one; };
  for (const auto& chunk : w.staging.chunks) part(say("chunk ", chunk.number));
  if (w.install) part(say("the snapshot of block ", w.install->applied.index.value));
  if (w.truncate_from) part(say("no blocks from ", w.truncate_from->value, " on"));
  if (!w.append.empty()) part(blocks(w.append));
  if (w.applied)
    part(say("the count ", w.applied->next_peer.value - 1, " of block ", w.applied->index.value));
  if (w.drop_before) part(say("no blocks before ", w.drop_before->index.value));
  if (!what.empty()) line(say(n), "writes " + what);
}

void Transcript::sends(Place n, const std::vector<Receiver>& to, const wire::Message& message) {
  if (!group_) return;
  std::string receivers, lost;
  for (const auto& receiver : to) {
    receivers += say(' ', receiver.place);
    if (receiver.lost) lost += say(' ', receiver.place);
  }
  const auto name = name_of(message.body);
  auto what = std::visit(MessageText{message.header}, message.body);
  if (!what.empty()) what = ' ' + what;
  if (lost == receivers)
    what += " (lost)";
  else if (!lost.empty())
    what += " (lost to" + lost + ')';
  const auto who = say(n, " >", receivers);
  const bool repeats = may_repeat(message) && std::exchange(said_[who + name], what) == what;
  if (repeats || only_repeats(message))
    repeated_[name] += to.size();
  else
    line(who, name + what);
}

}  // namespace swarm::test
