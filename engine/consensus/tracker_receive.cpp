// The function that decides by message type: who may say it, in which term, and whom it is for.
#include "engine/consensus/tracker_impl.hpp"

namespace swarm {
namespace {

template <class... T>
bool is_one_of(const wire::Body& body) {
  return (std::holds_alternative<T>(body) || ...);
}

// Only an elected master sends these: they are believed from a member that joined after our last
// CONFIG entry, too.
bool is_from_master(const wire::Body& body) {
  return is_one_of<wire::KeepAlive, wire::Prepare, wire::BlockMessage, wire::SnapshotMeta,
                   wire::SnapshotData, wire::RelayReply>(body);
}
// Spoken before there is a swarm, or by who is not in it yet.
bool is_first_contact(const wire::Body& body) {
  return is_one_of<wire::Hello, wire::GenesisOffer, wire::GenesisAck, wire::Join, wire::JoinReply>(
      body);
}

}  // namespace

void Tracker::Impl::receive_cluster(const Endpoint& from, Bytes datagram) {
  const auto message = wire::decode(datagram, parts.settings.swarm_secret);
  if (!message) {
    if (message.error() == Reject::bad_mac) other_secret.heard(from, datagram);
    return reject(message.error());
  }
  if (std::holds_alternative<wire::Unverified>(message->body)) return;  // garbled on its way (R32)
  if (admit(*message, from)) dispatch(*message, from);
}

bool Tracker::Impl::admit(const wire::Message& message, const Endpoint& from) {
  auto& p = parts;
  const auto& h = message.header;
  if (h.store == p.store() && !std::holds_alternative<wire::Dead>(message.body)) {
    p.evidence.own_store_heard(h.boot);
    reject(Reject::not_for_me);  // our own, from the group
    return false;
  }
  if (is_first_contact(message.body)) return p.role != Role::removed;
  if (p.role == Role::stranger && !p.founding.formed(h.cluster)) {
    reject(Reject::unexpected);
    return false;
  }
  if (!p.is_member() || h.cluster != p.ballot.current().cluster) {
    reject(Reject::other_cluster);
    return false;
  }
  if (h.to && h.to != p.self()) {
    reject(Reject::not_for_me);
    return false;
  }
  const auto& config = p.config();
  const auto* member = config.find(h.from);
  const bool stranger = !member && !config.members.empty() && !is_from_master(message.body) &&
                        !p.election.may_be_of_newer_voter(h, message.body);
  if (stranger || (member && member->store != h.store)) {
    p.membership.tell_removed(h, from);
    reject(Reject::not_a_member);
    return false;
  }
  if (std::holds_alternative<wire::Dead>(message.body)) return true;  // of no term
  p.fault_tolerance.heard(h, from);
  p.evidence.heard(h, from);
  return admit_term(message, from);
}

bool Tracker::Impl::admit_term(const wire::Message& message, const Endpoint& from) {
  auto& p = parts;
  const auto& h = message.header;
  if (h.term > p.term()) {
    // R1: a VOTE that the promise forbids changes nothing, its term neither.
    if (!std::holds_alternative<wire::Vote>(message.body)) p.adopt(h.term);
  } else if (h.term < p.term()) {
    if (const auto* status = std::get_if<wire::Status>(&message.body)) {
      p.fault_tolerance.on_status(h, *status);
    } else {
      reject(Reject::old_term);
      if (is_one_of<wire::KeepAlive, wire::Prepare, wire::PreVote, wire::Vote, wire::HandOver>(
              message.body))
        p.fault_tolerance.tell_status(h.from, from);  // R0: answered with the own term
    }
    return false;
  }
  // One master per term, and only it says what is in the log.
  const bool claims = is_one_of<wire::KeepAlive, wire::Prepare>(message.body);
  if ((claims && p.master && p.master != h.from) ||
      (!claims && is_from_master(message.body) && p.master != h.from)) {
    reject(Reject::unexpected);
    return false;
  }
  return true;
}

void Tracker::Impl::dispatch(const wire::Message& message, const Endpoint& from) {
  auto& p = parts;
  const auto& h = message.header;
  struct Dispatch {
    Impl& impl;
    Parts& p;
    const wire::Header& h;
    const Endpoint& from;

    // Keep-alive
    void operator()(const wire::KeepAlive& m) {
      p.fault_tolerance.heard_master(m.state, h);
      p.slave_consensus.on_state(m.state);
      p.fault_tolerance.acknowledge(false);
    }
    void operator()(const wire::KeepAliveAck& m) {
      acknowledged(m.ack);
      if (p.is_master()) p.bulk.acknowledged(h.from, m.ack.echo);
    }
    void operator()(const wire::Ready& m) { acknowledged(m.ack); }  // waited for a disk, too
    void acknowledged(const wire::Acknowledgement& ack) {
      if (p.is_master()) p.fault_tolerance.acknowledged(h.from, ack);
    }
    void operator()(const wire::Status& m) { p.fault_tolerance.on_status(h, m); }
    void operator()(const wire::Hearing& m) { p.group_hearing.on_hearing(h, m); }
    void operator()(const wire::Dead& m) {
      if (h.from == m.member && h.boot == m.boot && h.store == m.store)
        p.fault_tolerance.on_dead(m);
    }
    // Master election
    void operator()(const wire::PreVote& m) { p.election.on_pre_vote(h, m); }
    void operator()(const wire::PreVoteReply& m) { p.election.on_pre_vote_reply(h, m); }
    void operator()(const wire::Vote& m) { p.election.on_vote(h, m); }
    void operator()(const wire::VoteReply& m) { p.election.on_vote_reply(h, m); }
    void operator()(const wire::HandOver& m) { p.election.on_hand_over(h, m); }
    // Database synchronisation
    void operator()(const wire::Prepare& m) {
      p.fault_tolerance.heard_master(m.state, h);
      p.slave_consensus.on_state(m.state);
      block({m.index, m.term, m.previous_term, m.stamp_us, m.operations});
    }
    void operator()(const wire::BlockMessage& m) { block(m); }
    void block(const wire::BlockMessage& m) {
      if (!p.slave_consensus.on_block(m.index, m.term, m.previous_term, {m.stamp_us}, m.operations))
        impl.reject(Reject::bad_value);
    }
    void operator()(const wire::Fetch& m) {
      if (p.is_master()) p.master_consensus.on_fetch(h.from, m);
    }
    void operator()(const wire::SnapshotMeta& m) { p.snapshot_receiver.on_meta(m); }
    void operator()(const wire::SnapshotGet& m) {
      if (p.is_master()) p.snapshots.on_get(h.from, m);
    }
    void operator()(const wire::SnapshotData& m) { p.snapshot_receiver.on_data(m); }
    // First start and membership
    void operator()(const wire::Hello& m) {
      if (p.role == Role::stranger)
        p.founding.on_hello(h, m);
      else
        p.membership.on_hello(h, from);
    }
    void operator()(const wire::GenesisOffer& m) {
      if (p.role == Role::stranger) p.founding.on_genesis(h, m, from);
    }
    void operator()(const wire::GenesisAck& m) { p.founding.on_genesis_ack(h, m, from); }
    void operator()(const wire::Join& m) {
      if (p.is_member()) p.membership.on_join(h, m, from);
    }
    void operator()(const wire::JoinReply& m) { p.founding.on_join_reply(h, m); }
    void operator()(const wire::Order& m) { p.membership.on_order(m); }
    void operator()(const wire::Witness& m) { p.evidence.on_witness(h, m, from); }
    void operator()(const wire::Unverified&) {}
    // Requests of clients
    void operator()(const wire::Relay& m) { p.relay.on_relay(h.from, m); }
    void operator()(const wire::RelayReply& m) { p.relay.on_reply(m); }
  };
  std::visit(Dispatch{*this, p, h, from}, message.body);
}

}  // namespace swarm
