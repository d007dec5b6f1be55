#include "engine/consensus/founding.hpp"

#include <algorithm>

#include "engine/consensus/parts.hpp"
#include "engine/wire/operations.hpp"

namespace swarm {
namespace {
constexpr Duration candidate_life = 1s;  // without another HELLO
}

void Founding::start() {
  if (p_.ballot.durable().genesis)
    bound_.insert(p_.store());
  else if (p_.settings.first_start == FirstStart::manual)
    return;
  p_.timers.set(Timer::hello, p_.now + p_.random.between(0ns, p_.settings.hello_interval));
}

bool Founding::begin(FirstStart how) {
  if (how != FirstStart::init && how != FirstStart::join) return false;
  if (p_.role != Role::stranger || p_.ballot.current().genesis) return false;
  p_.settings.first_start = how;
  refused_ = false;
  start();
  return true;
}

void Founding::hello_timer() {
  if (refused_ || p_.role != Role::stranger) return;
  const auto interval = p_.settings.hello_interval;
  p_.timers.set(Timer::hello, p_.now + p_.random.between(interval * 3 / 4, interval));
  if (p_.ballot.durable().store != p_.store()) return;  // says nothing before it is somebody
  const auto& genesis = p_.ballot.durable().genesis;
  if (genesis) {
    tell_bound();
    if (bound_.size() == genesis->members.size()) found();
    return;
  }
  switch (p_.settings.first_start) {
    case FirstStart::join:
      for (const auto& contact : p_.settings.contacts)
        p_.send_to(contact, MemberId{}, wire::Join{p_.settings.cluster_address});
      break;
    case FirstStart::init:
      propose_genesis();
      break;
    case FirstStart::bootstrap:
      for (const auto& contact : p_.settings.contacts)
        p_.send_to(contact, MemberId{},
                   wire::Hello{p_.settings.bootstrap_expect, p_.settings.cluster_address});
      propose_genesis();
      break;
    case FirstStart::manual:
      break;
  }
}

void Founding::on_hello(const wire::Header& header, const wire::Hello& m) {
  if (refused_ || p_.settings.first_start != FirstStart::bootstrap) return;
  if (m.expect != p_.settings.bootstrap_expect) return;
  candidates_[header.store] = {m.cluster, p_.now};
}

std::vector<Endpoint> Founding::candidates() const {
  std::vector<Endpoint> addresses;
  for (const auto& [store, candidate] : candidates_) addresses.push_back(candidate.cluster);
  return addresses;
}

void Founding::propose_genesis() {
  std::erase_if(candidates_,
                [this](const auto& c) { return c.second.heard + candidate_life < p_.now; });
  const bool alone = p_.settings.first_start == FirstStart::init;
  const std::size_t others = alone ? 0 : p_.settings.bootstrap_expect - 1;
  if (candidates_.size() > others) return refuse(event::Refused::Why::too_many_candidates);
  if (candidates_.size() < others || p_.ballot.current().genesis) return;
  if (!candidates_.empty() && candidates_.begin()->first < p_.store()) return;  // it proposes
  db::Genesis genesis;
  genesis.cluster = ClusterId{p_.random.next() | 1};
  genesis.ready = p_.settings.ready;
  for (std::size_t i = 0; i < genesis.secret.size(); ++i)
    genesis.secret[i] = static_cast<std::uint8_t>(p_.random.next());
  const auto add = [&genesis](StoreId store, const Endpoint& cluster) {
    Member m;
    m.store = store;
    m.cluster = cluster;
    m.standing = Standing::voter;
    m.in_sync = true;
    genesis.members.push_back(m);
  };
  add(p_.store(), p_.settings.cluster_address);
  for (const auto& [store, candidate] : candidates_) add(store, candidate.cluster);
  std::sort(genesis.members.begin(), genesis.members.end(),
            [](const Member& a, const Member& b) { return a.cluster < b.cluster; });
  for (std::uint32_t id = 1; auto& m : genesis.members) m.id = MemberId{id++};
  bind(genesis);
}

void Founding::bind(const db::Genesis& genesis) {
  p_.ballot.change().genesis = genesis;
}

bool Founding::proposer() const {
  const auto& genesis = *p_.ballot.durable().genesis;
  return std::all_of(genesis.members.begin(), genesis.members.end(),
                     [this](const Member& m) { return p_.store() <= m.store; });
}

void Founding::tell_bound() {
  const auto& genesis = *p_.ballot.durable().genesis;
  for (const auto& m : genesis.members) {
    if (m.store == p_.store()) continue;
    if (proposer() && !bound_.contains(m.store))
      p_.send_to(m.cluster, MemberId{}, wire::GenesisOffer{genesis});
    p_.send_to(m.cluster, MemberId{}, wire::GenesisAck{genesis.cluster});
  }
}

void Founding::on_genesis(const wire::Header&, const wire::GenesisOffer& m, const Endpoint& from) {
  const auto& own = p_.ballot.current().genesis;
  if (own) {  // bound for ever: say to which
    if (p_.ballot.durable().genesis) p_.send_to(from, MemberId{}, wire::GenesisAck{own->cluster});
    return;
  }
  const auto& members = m.genesis.members;
  const bool named = std::any_of(members.begin(), members.end(),
                                 [this](const Member& x) { return x.store == p_.store(); });
  if (refused_ || !named || p_.settings.first_start != FirstStart::bootstrap ||
      members.size() != p_.settings.bootstrap_expect || p_.ballot.durable().store != p_.store())
    return;
  bind(m.genesis);
}

void Founding::on_genesis_ack(const wire::Header& header, const wire::GenesisAck& m,
                              const Endpoint& from) {
  if (p_.is_member()) {  // formed meanwhile: a STATUS of the swarm tells it
    if (m.bound == p_.ballot.current().cluster) p_.fault_tolerance.tell_status({}, from);
    return;
  }
  const auto& genesis = p_.ballot.durable().genesis;
  if (!genesis || genesis->cluster != m.bound) return;
  const auto is_sender = [&](const Member& x) { return x.store == header.store; };
  if (std::any_of(genesis->members.begin(), genesis->members.end(), is_sender))
    bound_.insert(header.store);
  if (bound_.size() == genesis->members.size()) found();
}

void Founding::on_join_reply(const wire::Header& header, const wire::JoinReply& m) {
  if (m.store != p_.store()) return;
  switch (static_cast<wire::JoinStatus>(m.status)) {
    case wire::JoinStatus::welcome:
      if (p_.role == Role::stranger && p_.settings.first_start == FirstStart::join &&
          !p_.ballot.current().genesis && m.member)
        p_.become_member(m.cluster, m.member);
      break;
    case wire::JoinStatus::swarm_exists:
      if (p_.role == Role::stranger && p_.settings.first_start != FirstStart::join &&
          !p_.ballot.current().genesis)
        refuse(event::Refused::Why::swarm_exists);
      break;
    case wire::JoinStatus::removed:
      // A swarm that this store belongs to says, in a term not older than its own, that it does
      // not any more.
      if (!p_.is_member() || p_.is_master() || m.cluster != p_.ballot.current().cluster ||
          header.term < p_.term())
        return;
      p_.become(Role::removed);
      p_.master = {};
      p_.election.stop();
      p_.timers.clear(Timer::suspect);
      p_.timers.clear(Timer::status);
      if (p_.departure.under_way()) return p_.out->exit("left");
      refuse(event::Refused::Why::removed);
      break;
  }
}

void Founding::ballot_persisted() {
  const auto& genesis = p_.ballot.durable().genesis;
  if (p_.role != Role::stranger || !genesis || !bound_.insert(p_.store()).second) return;
  tell_bound();
  if (bound_.size() == genesis->members.size()) found();
}

bool Founding::formed(ClusterId cluster) {
  const auto& genesis = p_.ballot.durable().genesis;
  if (p_.role != Role::stranger || !genesis || genesis->cluster != cluster) return false;
  found();
  return true;
}

// The same at all N, made from what they are bound to.
BlockPtr Founding::entry_one(const db::Genesis& genesis) {
  Config config;
  config.members = genesis.members;
  config.ready = genesis.ready;
  config.next_id = MemberId{static_cast<std::uint32_t>(genesis.members.size()) + 1};
  config.current_secret = config.previous_secret = genesis.secret;
  auto block = std::make_shared<Block>();
  block->index = LogIndex{1};
  block->term = Term{1};
  wire::encode(Operation(config), block->operations);
  return block;
}

void Founding::found() {
  const auto genesis = *p_.ballot.durable().genesis;
  MemberId self;
  for (const auto& m : genesis.members)
    if (m.store == p_.store()) self = m.id;
  p_.become_member(genesis.cluster, self);
  p_.ballot.change().term = std::max(p_.term(), Term{1});
  p_.append(entry_one(genesis));  // with it comes the voter's role
}

void Founding::resume() {
  const auto& genesis = p_.ballot.durable().genesis;
  if (genesis && p_.log.last() == LogIndex{}) p_.append(entry_one(*genesis));
}

void Founding::refuse(event::Refused::Why why) {
  if (refused_) return;  // every member of a formed swarm answers a HELLO to the group
  refused_ = true;
  p_.event(event::Refused{why});
}

}  // namespace swarm
