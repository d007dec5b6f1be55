// Receives datagrams: which senders are believed, in which term, and which component gets a
// message.
#include "engine/base/assert.hpp"
#include "engine/consensus/replica_impl.hpp"

namespace swarm {
namespace {

template <class... T>
bool is_one_of(const wire::Body& body) {
  return (std::holds_alternative<T>(body) || ...);
}

// Only an elected master sends these messages. So a member believes them even if its last CONFIG
// does not name the sender. The sender may have joined since.
bool is_from_master(const wire::Body& body) {
  return is_one_of<wire::KeepAlive, wire::Prepare, wire::BlockMessage, wire::SnapshotMeta,
                   wire::SnapshotData, wire::ServiceReply>(body);
}
// Messages before there is a swarm, and to or from instances that are not members yet.
bool is_first_contact(const wire::Body& body) {
  return is_one_of<wire::Hello, wire::GenesisOffer, wire::GenesisAck, wire::Join, wire::JoinReply>(
      body);
}

}  // namespace

void Replica::Impl::receive(const Endpoint& from, const wire::Message& message) {
  if (std::holds_alternative<wire::Unverified>(message.body)) return;  // changes nothing (R32)
  if (admit(message, from)) dispatch(message, from);
}

void Replica::Impl::dropped(const Endpoint& from, Bytes datagram, Reject why) {
  if (why == Reject::bad_mac) other_secret.heard(from, datagram);
  reject(why);
}

bool Replica::Impl::admit(const wire::Message& message, const Endpoint& from) {
  const auto& h = message.header;
  if (h.store == s.store() && !std::holds_alternative<wire::Dead>(message.body)) {
    evidence.own_store_heard(h.boot);
    reject(Reject::not_for_me);  // usually this tracker's own datagram, returned by the group
    return false;
  }
  if (is_first_contact(message.body)) return s.role != Role::removed;
  // A stranger takes only first contacts. But a datagram of the swarm that it is bound to shows
  // that the swarm is formed, and makes the stranger a member (R21).
  if (s.role == Role::stranger && !founding.formed(h.cluster)) {
    reject(Reject::unexpected);
    return false;
  }
  if (!s.is_member() || h.cluster != s.ballot.current().cluster) {
    reject(Reject::other_cluster);
    return false;
  }
  if (h.to && h.to != s.self()) {
    reject(Reject::not_for_me);
    return false;
  }
  const auto& config = s.config();
  const auto* member = config.find(h.from);
  // A member that has no CONFIG yet, because it has just joined, believes every sender.
  const bool stranger = !member && !config.members.empty() && !is_from_master(message.body) &&
                        !election.may_be_of_newer_voter(h, message.body);
  // Another store with a member's id is not that member. A quorum has counted on the log and the
  // votes of the member's own store (R22).
  if (stranger || (member && member->store != h.store)) {
    membership.tell_removed(h, from);
    reject(Reject::not_a_member);
    return false;
  }
  // A DEAD needs no term. Its header is that of the dead process, which must not count as heard.
  if (std::holds_alternative<wire::Dead>(message.body)) return true;
  cft.heard(h, from);
  evidence.heard(h, from);
  return admit_term(message, from);
}

bool Replica::Impl::admit_term(const wire::Message& message, const Endpoint& from) {
  const auto& h = message.header;
  if (h.term > s.term()) {
    // A VOTE that a promise forbids changes nothing, not even the term (R0). Otherwise a member
    // that cannot hear the master could depose it, although a quorum hears the master well. So the
    // term of a VOTE is adopted only when the VOTE is considered.
    if (!std::holds_alternative<wire::Vote>(message.body)) adopt(h.term);
  } else if (h.term < s.term()) {
    if (const auto* status = std::get_if<wire::Status>(&message.body)) {
      cft.on_status(h, *status);
      evidence.on_status(h, *status);
    } else {
      reject(Reject::old_term);
      if (is_one_of<wire::KeepAlive, wire::Prepare, wire::PreVote, wire::Vote, wire::HandOver>(
              message.body))
        cft.tell_status(h.from, from);  // the header of this STATUS has the higher term (R0)
    }
    return false;
  }
  // A term has one master, and only that master says what is in the log.
  const bool claims = is_one_of<wire::KeepAlive, wire::Prepare>(message.body);
  if ((claims && s.master && s.master != h.from) ||
      (!claims && is_from_master(message.body) && s.master != h.from)) {
    reject(Reject::unexpected);
    return false;
  }
  return true;
}

// Handles the state at the beginning of a KEEP-ALIVE or a PREPARE.
void Replica::Impl::heard_master(const wire::MasterState& state, const wire::Header& header) {
  SWARM_ASSERT(header.term == s.term(), "a master is heard in its own term (R0)");
  if (!cft.is_overtaken(state, header)) {
    const bool anew = s.master != header.from;
    // Swarm time comes first, because its leap shows that this process stood still, and for how
    // long.
    if (!cft.is_copy(state, header)) s.follow_swarm_time({state.swarm_time_us});
    follow(header.from);
    cft.heard_master(state, header, anew);
  }
  slave.on_state(state);
}

void Replica::Impl::acknowledged(MemberId from, const wire::Acknowledgement& ack) {
  if (!s.is_master()) return;
  const auto news = cft.acknowledged(from, ack);
  if (!news) return;
  consensus.on_ready(from, *news);
  // This comes after on_ready(), which may have committed the block just now.
  evidence.acknowledged(from, s.members.of(from).boot, ack.durable);
  consensus.serve();
  // After a short stall of this master the slaves' promises run out soon. The next regular
  // keep-alive may come too late to renew them, so one is sent at once (R7).
  if (s.is_master() && cft.owes_renewal()) consensus.send_keep_alive();
}

void Replica::Impl::reject(Reject reason) {
  ++rejects[static_cast<std::size_t>(reason)];
  s.event(event::Rejected{reason});
}

struct Replica::Impl::Dispatch {
  Impl& r;
  const wire::Header& h;
  const Endpoint& from;

  // Keep-alive
  void operator()(const wire::KeepAlive& m) {
    r.heard_master(m.state, h);
    r.cft.acknowledge(false);
  }
  void operator()(const wire::KeepAliveAck& m) {
    r.acknowledged(h.from, m.ack);
    if (r.s.is_master()) r.bulk.acknowledged(h.from, m.ack.echo);
  }
  // The round trip of a READY includes a sync. So it tells `bulk` nothing about the line.
  void operator()(const wire::Ready& m) { r.acknowledged(h.from, m.ack); }
  void operator()(const wire::Status& m) {
    r.cft.on_status(h, m);
    r.evidence.on_status(h, m);
  }
  void operator()(const wire::Hearing& m) { r.hearing.on_hearing(h, m); }
  void operator()(const wire::Dead& m) {
    if (h.from == m.member && h.boot == m.boot && h.store == m.store) r.suspicion.on_dead(m);
  }
  // Master election
  void operator()(const wire::PreVote& m) { r.election.on_pre_vote(h, m); }
  void operator()(const wire::PreVoteReply& m) { r.election.on_pre_vote_reply(h, m); }
  void operator()(const wire::Vote& m) {
    if (!r.election.considers(h, m)) return;
    if (h.term > r.s.term()) r.adopt(h.term);
    r.election.on_vote(h, m);
  }
  void operator()(const wire::VoteReply& m) {
    r.election.on_vote_reply(h, m);
    r.begin_mastership_if_won();
  }
  void operator()(const wire::HandOver& m) {  // a member that leaves takes no HANDOVER (R20)
    if (!r.departure.under_way()) r.election.on_hand_over(h, m);
  }
  // Database synchronisation
  void operator()(const wire::Prepare& m) {
    r.heard_master(m.state, h);
    block({m.index, m.term, m.previous_term, m.stamp_us, m.operations});
  }
  void operator()(const wire::BlockMessage& m) { block(m); }
  void block(const wire::BlockMessage& m) {
    if (!r.slave.on_block(m.index, m.term, m.previous_term, {m.stamp_us}, m.operations))
      r.reject(Reject::bad_value);
  }
  void operator()(const wire::Fetch& m) {
    if (r.s.is_master()) r.consensus.on_fetch(h.from, m);
  }
  void operator()(const wire::SnapshotMeta& m) {
    r.receiver.on_meta(m);
    r.obey_receiver();
  }
  void operator()(const wire::SnapshotGet& m) {
    if (r.s.is_master()) r.snapshots.on_get(h.from, m);
  }
  void operator()(const wire::SnapshotData& m) {
    r.receiver.on_data(m);
    r.obey_receiver();
  }
  // First start and membership
  void operator()(const wire::Hello& m) {
    if (r.s.role == Role::stranger)
      r.founding.on_hello(h, m);
    else
      r.membership.on_hello(h, from);
  }
  void operator()(const wire::GenesisOffer& m) {
    if (r.s.role == Role::stranger) r.founding.on_genesis(h, m, from);
  }
  void operator()(const wire::GenesisAck& m) { r.founding.on_genesis_ack(h, m, from); }
  void operator()(const wire::Join& m) {
    if (r.s.is_member()) r.membership.on_join(h, m, from);
  }
  void operator()(const wire::JoinReply& m) { r.founding.on_join_reply(h, m); }
  void operator()(const wire::Order& m) { r.membership.on_order(m); }
  void operator()(const wire::Witness& m) {
    r.evidence.on_witness(h, m, from);
    r.obey_evidence();
  }
  // Of no concern to a replica: Links uses them, or they change nothing (R32).
  void operator()(const wire::Unverified&) {}
  void operator()(const wire::Open&) {}
  void operator()(const wire::Challenge&) {}
  void operator()(const wire::Prove&) {}
  // The service's own messages
  void operator()(const wire::ServiceRequest& m) { r.s.service.on_request(h.from, m.content); }
  void operator()(const wire::ServiceReply& m) { r.s.service.on_reply(m.content); }
};

void Replica::Impl::dispatch(const wire::Message& message, const Endpoint& from) {
  std::visit(Dispatch{*this, message.header, from}, message.body);
}

}  // namespace swarm
