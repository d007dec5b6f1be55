#include "engine/consensus/founding.hpp"

#include <algorithm>

#include "engine/base/assert.hpp"
#include "engine/consensus/timing.hpp"
#include "engine/wire/entries.hpp"

namespace swarm {
void Founding::start() {
  if (s_.ballot.durable().genesis)
    bound_.insert(s_.store());
  else if (how_ == FirstStart::manual)
    return;
  s_.timers.set(Timer::hello, s_.now + s_.random.between(0ns, s_.settings.hello_interval));
}

bool Founding::begin(FirstStart how) {
  if (how != FirstStart::init && how != FirstStart::join) return false;
  if (s_.role != Role::stranger || s_.ballot.current().genesis) return false;
  how_ = how;
  refused_ = false;
  start();
  return true;
}

void Founding::hello_timer() {
  if (refused_ || s_.role != Role::stranger) return;
  const auto interval = s_.settings.hello_interval;
  s_.timers.set(Timer::hello, s_.now + s_.random.between(interval * 3 / 4, interval));
  // A store says nothing before its identity is durable. Otherwise it could have another identity
  // after a crash, and the others would count two candidates.
  if (s_.ballot.durable().store != s_.store()) return;
  const auto& genesis = s_.ballot.durable().genesis;
  if (genesis) {
    tell_bound();
    if (bound_.size() == genesis->members.size()) found();
    return;
  }
  switch (how_) {
    case FirstStart::join:
      for (const auto& contact : s_.settings.contacts)
        s_.send_to(contact, MemberId{}, wire::Join{s_.settings.cluster_address});
      break;
    case FirstStart::init:
      propose_genesis();
      break;
    case FirstStart::bootstrap:
      for (const auto& contact : s_.settings.contacts)
        s_.send_to(contact, MemberId{},
                   wire::Hello{s_.settings.bootstrap_expect, s_.settings.cluster_address});
      propose_genesis();
      break;
    case FirstStart::manual:
      break;
  }
}

void Founding::on_hello(const wire::Header& header, const wire::Hello& m) {
  if (refused_ || how_ != FirstStart::bootstrap) return;
  if (m.expect != s_.settings.bootstrap_expect) return;
  candidates_[header.store] = {m.cluster, s_.now};
}

std::vector<Endpoint> Founding::candidates() const {
  std::vector<Endpoint> addresses;
  for (const auto& [store, candidate] : candidates_) addresses.push_back(candidate.cluster);
  return addresses;
}

void Founding::propose_genesis() {
  std::erase_if(candidates_,
                [this](const auto& c) { return c.second.heard + timing::founder_life < s_.now; });
  const bool alone = how_ == FirstStart::init;
  const std::size_t others = alone ? 0 : s_.settings.bootstrap_expect - 1;
  // With more candidates than founders, two groups of them could found two swarms.
  if (candidates_.size() > others) return refuse(event::Refused::Why::too_many_candidates);
  if (candidates_.size() < others || s_.ballot.current().genesis) return;
  // Only the candidate with the smallest store id proposes. Two proposals could bind the stores to
  // different swarms.
  if (!candidates_.empty() && candidates_.begin()->first < s_.store()) return;
  db::Genesis genesis;
  genesis.cluster = ClusterId{s_.secrets.number(SecretPurpose::cluster_id) |
                              1};  // never zero, which means no swarm
  genesis.ready = s_.settings.ready;
  genesis.secret = s_.secrets.bytes<sizeof(Secret)>(SecretPurpose::connection_key);
  const auto add = [&genesis](StoreId store, const Endpoint& cluster) {
    Member m;
    m.store = store;
    m.cluster = cluster;
    m.standing = Standing::voter;
    m.in_sync = true;
    genesis.members.push_back(m);
  };
  add(s_.store(), s_.settings.cluster_address);
  for (const auto& [store, candidate] : candidates_) add(store, candidate.cluster);
  // Member ids are given in the order of the addresses.
  std::sort(genesis.members.begin(), genesis.members.end(),
            [](const Member& a, const Member& b) { return a.cluster < b.cluster; });
  for (std::uint32_t id = 1; auto& m : genesis.members) m.id = MemberId{id++};
  bind(genesis);
}

void Founding::bind(const db::Genesis& genesis) {
  SWARM_ASSERT(!s_.ballot.current().genesis, "a store binds itself to one founding (R21)");
  SWARM_ASSERT(s_.role == Role::stranger, "only a stranger founds a swarm (R21)");
  s_.ballot.change().genesis = genesis;
}

bool Founding::proposer() const {
  const auto& genesis = *s_.ballot.durable().genesis;
  return std::all_of(genesis.members.begin(), genesis.members.end(),
                     [this](const Member& m) { return s_.store() <= m.store; });
}

void Founding::tell_bound() {
  SWARM_ASSERT(s_.ballot.durable().genesis,
               "a store says what it is bound to once that is durable");
  const auto& genesis = *s_.ballot.durable().genesis;
  for (const auto& m : genesis.members) {
    if (m.store == s_.store()) continue;
    if (proposer() && !bound_.contains(m.store))
      s_.send_to(m.cluster, MemberId{}, wire::GenesisOffer{genesis});
    s_.send_to(m.cluster, MemberId{}, wire::GenesisAck{genesis.cluster});
  }
}

void Founding::on_genesis(const wire::Header&, const wire::GenesisOffer& m, const Endpoint& from) {
  const auto& own = s_.ballot.current().genesis;
  if (own) {  // this store is bound for good, so it tells the sender to which founding
    if (s_.ballot.durable().genesis) s_.send_to(from, MemberId{}, wire::GenesisAck{own->cluster});
    return;
  }
  const auto& members = m.genesis.members;
  const bool named = std::any_of(members.begin(), members.end(),
                                 [this](const Member& x) { return x.store == s_.store(); });
  if (refused_ || !named || how_ != FirstStart::bootstrap ||
      members.size() != s_.settings.bootstrap_expect || s_.ballot.durable().store != s_.store())
    return;
  bind(m.genesis);
}

void Founding::on_genesis_ack(const wire::Header& header, const wire::GenesisAck& m,
                              const Endpoint& from) {
  if (s_.is_member()) {  // the swarm was formed meanwhile; a STATUS shows that to the sender
    if (m.bound == s_.ballot.current().cluster) cft_.tell_status({}, from);
    return;
  }
  const auto& genesis = s_.ballot.durable().genesis;
  if (!genesis || genesis->cluster != m.bound) return;
  const auto is_sender = [&](const Member& x) { return x.store == header.store; };
  if (std::any_of(genesis->members.begin(), genesis->members.end(), is_sender))
    bound_.insert(header.store);
  if (bound_.size() == genesis->members.size()) found();
}

void Founding::on_join_reply(const wire::Header& header, const wire::JoinReply& m) {
  if (m.store != s_.store()) return;
  switch (static_cast<wire::JoinStatus>(m.status)) {
    case wire::JoinStatus::welcome:
      if (s_.role == Role::stranger && how_ == FirstStart::join && !s_.ballot.current().genesis &&
          m.member)
        s_.become_member(m.cluster, m.member);
      break;
    case wire::JoinStatus::swarm_exists:
      if (s_.role == Role::stranger && how_ != FirstStart::join && !s_.ballot.current().genesis)
        refuse(event::Refused::Why::swarm_exists);
      break;
    case wire::JoinStatus::removed:
      // Only this store's own swarm can have removed it. A reply of an older term may be older than
      // a CONFIG that names this store.
      if (!s_.is_member() || s_.is_master() || m.cluster != s_.ballot.current().cluster ||
          header.term < s_.term())
        return;
      election_.take_no_part();
      if (departure_.under_way()) return s_.out->exit("left");
      refuse(event::Refused::Why::removed);
      break;
  }
}

void Founding::ballot_persisted() {
  const auto& genesis = s_.ballot.durable().genesis;
  if (s_.role != Role::stranger || !genesis || !bound_.insert(s_.store()).second) return;
  tell_bound();
  if (bound_.size() == genesis->members.size()) found();
}

// If there is a member of the swarm, some founder has heard that all N are bound. This store may
// have missed their acknowledgements.
bool Founding::formed(ClusterId cluster) {
  const auto& genesis = s_.ballot.durable().genesis;
  if (s_.role != Role::stranger || !genesis || genesis->cluster != cluster) return false;
  found();
  return true;
}

// Each founder makes block 1 by itself, from the founding that it is bound to. So all N blocks are
// equal, and none has to be sent.
BlockPtr Founding::entry_one(const db::Genesis& genesis) {
  Config config;
  config.members = genesis.members;
  config.ready = genesis.ready;
  config.next_id = MemberId{static_cast<std::uint32_t>(genesis.members.size()) + 1};
  config.current_secret = config.previous_secret = genesis.secret;
  auto block = std::make_shared<Block>();
  block->index = LogIndex{1};
  block->term = Term{1};
  wire::encode(config, block->operations);
  return block;
}

void Founding::found() {
  SWARM_ASSERT(s_.ballot.durable().genesis, "a founding is durable before there is a swarm (R21)");
  const auto genesis = *s_.ballot.durable().genesis;
  MemberId self;
  for (const auto& m : genesis.members)
    if (m.store == s_.store()) self = m.id;
  s_.become_member(genesis.cluster, self);
  s_.ballot.change().term = std::max(s_.term(), Term{1});
  applier_.append(entry_one(genesis));  // its CONFIG makes this member a voter
}

void Founding::resume() {
  const auto& genesis = s_.ballot.durable().genesis;
  if (genesis && s_.log.last() == LogIndex{}) applier_.append(entry_one(*genesis));
}

void Founding::refuse(event::Refused::Why why) {
  // The operator is told only once, although every member of a formed swarm answers a HELLO to the
  // group.
  if (refused_) return;
  refused_ = true;
  s_.event(event::Refused{why});
}

}  // namespace swarm
