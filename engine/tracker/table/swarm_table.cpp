#include "engine/tracker/table/swarm_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "engine/tracker/table/table_rows.hpp"

namespace swarm {

using rows::Content;
using rows::Level;
using rows::Peer;
using rows::Registration;
using rows::TableRows;

struct SwarmTable::Impl : TableRows {
  using TableRows::TableRows;

  // Scratch memory of choose(): a bit per member of a small content, a hash set for a large one.
  static constexpr std::uint32_t bit_words = 256;
  std::vector<std::uint64_t> bits;
  std::vector<Row> picked;

  // Operations.

  bool apply(const Register& o, Time now, std::vector<db::RowChange>& rows, std::size_t) {
    Row peer = find_peer(o.peer);
    if (peer == no_row) {
      peer = add_peer(next_peer, o.peer, now);
      ++next_peer;
      rows.push_back(db::PutPeer{{peers[peer].id, o.peer}});
    }
    Row content = find_content(o.info_hash, o.peer);
    if (content == no_row) content = add_content(o.info_hash, !o.peer.ip.is_v4());
    const Row registration = find_registration(content, peer);
    if (registration == no_row)
      add_registration(content, peer, o.state);
    else if (!renew(registration, o.state))
      return true;
    rows.push_back(db::PutContent{{o.info_hash, peers[peer].id, o.state}});
    if (o.completed) count_completed(content, contents[content].completed + 1, rows);
    return true;
  }
  bool renew(Row registration, PeerState wanted) {  // true: the state has changed
    Registration& r = registrations[registration];
    r.missed = 0;
    if (state(r) == wanted) return false;
    digest -= digest_of_registration(r);
    set_state(registration, wanted);
    digest += digest_of_registration(r);
    return true;
  }
  void count_completed(Row content, std::uint32_t count, std::vector<db::RowChange>& rows) {
    set_completed(content, count);
    rows.push_back(db::PutCompleted{completed(contents[content])});
  }
  bool apply(const Remove& o, Time, std::vector<db::RowChange>& rows, std::size_t) {
    const Row peer = find_peer(o.peer);
    const Row registration = find_registration(find_content(o.info_hash, o.peer), peer);
    if (registration == no_row) return true;
    remove(registration, rows);
    drop_if_without_contents(peer, rows);
    return true;
  }
  bool apply(const Expire& o, Time, std::vector<db::RowChange>& rows, std::size_t most) {
    for (const auto& endpoint : o.peers) {
      const Row peer = find_peer(endpoint);
      if (peer == no_row) continue;
      for (; peers[peer].first != no_row; --most) {
        if (most == 0) return false;
        remove(peers[peer].first, rows);
      }
      drop_if_without_contents(peer, rows);
    }
    return true;
  }
  void remove(Row registration, std::vector<db::RowChange>& rows) {
    const Row content = registrations[registration].content;
    const Row peer = registrations[registration].peer;
    rows.push_back(db::DropContent{contents[content].hash, peers[peer].id});
    drop_registration(registration);
    if (contents[content].members.size() > 0) return;
    if (contents[content].completed > 0) count_completed(content, 0, rows);
    drop_content(content);
  }
  bool apply(const Noop&, Time, std::vector<db::RowChange>&, std::size_t) { return true; }
  bool apply(const Config&, Time, std::vector<db::RowChange>&, std::size_t) { return true; }
  void drop_if_without_contents(Row peer, std::vector<db::RowChange>& rows) {
    if (peers[peer].first != no_row) return;
    rows.push_back(db::DropPeer{peers[peer].id});
    drop_peer(peer);
  }

  // Sampling.

  // The members of one level of a content. One place may be left out.
  struct Range {
    std::uint32_t begin, end;
    std::uint32_t without;  // the place that is left out, or no_row
    std::uint32_t size() const { return end - begin - (without != no_row); }
    std::uint32_t place(std::uint32_t i) const { return begin + i + (begin + i >= without); }
  };
  Range range_of(const Content& content, Level level, Row requester) const {
    Range range{content.begin(level), content.end(level), no_row};
    if (requester != no_row) {
      const auto place = registrations[requester].place;
      if (place >= range.begin && place < range.end) range.without = place;
    }
    return range;
  }
  // No network gets a second place for peers of one state before each network has one. Of the alike
  // peers of a network, the first one named is the one that asked last: the likeliest to be there.
  void choose(Row row, Row requester, PeerState requester_state, std::size_t n, Random& random,
              std::vector<Endpoint>& out) {
    constexpr std::array to_leechers = {Level::seeders, Level::leechers, Level::more_seeders,
                                        Level::more_leechers};
    constexpr std::array to_seeders = {Level::leechers, Level::more_leechers};
    const Row next = requester == no_row ? no_row : alike.next(requester);
    if (next != requester && is_first(registrations[requester])) make_first(next);
    const std::size_t full = out.size() + n;
    const auto from = [&](Level level) {
      const Content& content = contents[row];
      choose(content, range_of(content, level, requester), full - out.size(), random, out);
    };
    if (requester_state == PeerState::leecher)
      std::for_each(to_leechers.begin(), to_leechers.end(), from);
    else
      std::for_each(to_seeders.begin(), to_seeders.end(), from);
    if (next != requester) make_first(requester);
  }
  void choose(const Content& content, const Range& from, std::size_t n, Random& random,
              std::vector<Endpoint>& out) {
    const auto take = [&](std::uint32_t i) {
      const auto& member = content.members[from.place(i)];
      if (content.v6)
        out.push_back(peers[registrations[member.registration].peer].address());
      else
        out.push_back({member.ip, member.port});
    };
    if (n == 0) return;
    if (n >= from.size()) {
      for (std::uint32_t i = 0; i < from.size(); ++i) take(i);
      return;
    }
    // Floyd's algorithm: n draws, and every subset is equally likely.
    const bool few = from.size() <= 64 * bit_words;
    if (few)
      bits.assign(from.size() / 64 + 1, 0);
    else
      picked.assign(std::bit_ceil(2 * n), no_row);
    const auto pick = [&](std::uint32_t i) {  // false: it was picked before
      return few ? pick_bit(i) : pick_row(i);
    };
    const auto wanted = static_cast<std::uint32_t>(n);
    for (std::uint32_t last = from.size() - wanted; last < from.size(); ++last) {
      const auto drawn = random.quick_below(last + 1);
      if (pick(drawn))
        take(drawn);
      else
        take((pick(last), last));
    }
  }
  bool pick_bit(std::uint32_t i) {
    std::uint64_t& word = bits[i / 64];
    const std::uint64_t bit = 1ULL << (i % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  bool pick_row(Row i) {
    const std::size_t mask = picked.size() - 1;
    std::size_t at = mix(i) & mask;
    for (; picked[at] != no_row; at = (at + 1) & mask)
      if (picked[at] == i) return false;
    picked[at] = i;
    return true;
  }
};

SwarmTable::SwarmTable(std::uint64_t hash_key) : impl_(std::make_unique<Impl>(hash_key)) {}
SwarmTable::~SwarmTable() = default;
SwarmTable::SwarmTable(SwarmTable&&) noexcept = default;
SwarmTable& SwarmTable::operator=(SwarmTable&&) noexcept = default;

void SwarmTable::load(const db::Snapshot& snapshot) {
  *this = empty();
  for (const auto& row : snapshot.peers) SWARM_ASSERT(add(row), "each address has one peer");
  for (const auto& row : snapshot.contents)
    SWARM_ASSERT(add(row), "each CONTENTS row is of a peer in PEER-INFO");
  for (const auto& row : snapshot.completed)
    SWARM_ASSERT(add(row), "only a swarm that has peers counts who completed");
  set_next_peer(snapshot.applied.next_peer);
}

SwarmTable SwarmTable::empty() const {
  return SwarmTable(impl_->hash_key);
}

bool SwarmTable::add(const db::PeerRow& row) {
  if (impl_->find_peer(row.address) != no_row) return false;
  impl_->add_peer(row.id, row.address, Time{});
  return true;
}

bool SwarmTable::add(const db::ContentRow& row) {
  Impl& t = *impl_;
  const Row peer = t.find_added(row.peer);
  if (peer == no_row) return false;
  const bool v6 = !t.peers[peer].ip.is_v4();
  Row content = t.find_content(row.info_hash, v6);
  if (t.find_registration(content, peer) != no_row) return false;
  if (content == no_row) content = t.add_content(row.info_hash, v6);
  t.add_registration(content, peer, row.state);
  return true;
}

bool SwarmTable::add(const db::CompletedRow& row) {
  const Row content = impl_->find_content(row.info_hash, row.v6);
  if (content == no_row) return false;
  impl_->set_completed(content, row.count);
  return true;
}

void SwarmTable::set_next_peer(PeerRowId id) {
  impl_->next_peer = id;
}

bool SwarmTable::shed(std::size_t rows) {
  Impl& t = *impl_;
  t.contents.shed(rows);  // frees the members of each content, too
  t.registrations.shed(rows);
  t.peers.shed(rows);
  t.alike.shed(rows);
  return t.contents.end() + t.registrations.end() + t.peers.end() + t.alike.end() > 0;
}

void SwarmTable::save(db::Snapshot& snapshot) const {
  snapshot.peers.clear();
  snapshot.contents.clear();
  snapshot.completed.clear();
  snapshot.peers.reserve(peers());
  snapshot.contents.reserve(registrations());
  const Impl& t = *impl_;
  for (Row row = t.oldest; row != no_row; row = t.peers[row].newer) {
    const Peer& peer = t.peers[row];
    snapshot.peers.push_back({peer.id, peer.address()});
    for (Row at = peer.first; at != no_row; at = t.registrations[at].next) {
      const Registration& r = t.registrations[at];
      const Content& content = t.contents[r.content];
      snapshot.contents.push_back({content.hash, peer.id, t.state(r)});
      // The count is saved once for each swarm: with the member at place 0.
      if (r.place == 0 && content.completed > 0)
        snapshot.completed.push_back(Impl::completed(content));
    }
  }
  std::sort(snapshot.peers.begin(), snapshot.peers.end());
  std::sort(snapshot.contents.begin(), snapshot.contents.end());
  std::sort(snapshot.completed.begin(), snapshot.completed.end());
  snapshot.applied.next_peer = t.next_peer;
}

void SwarmTable::apply(const Operation& operation, Time now, std::vector<db::RowChange>& rows) {
  apply(operation, now, rows, std::numeric_limits<std::size_t>::max());
}

bool SwarmTable::apply(const Operation& operation, Time now, std::vector<db::RowChange>& rows,
                       std::size_t most) {
  SWARM_ASSERT(most > 0, "a part of an operation is not nothing");
  return std::visit([&](const auto& o) { return impl_->apply(o, now, rows, most); }, operation);
}

namespace {

// Calls f(row) for at most `most` rows from `from` on. Returns where the next part begins, or zero
// after the last row.
template <class T, class F>
std::uint32_t scan(const Slab<T>& slab, std::uint32_t from, std::size_t most, const F& f) {
  const Row end = slab.end();
  const Row until = most < end - from ? from + static_cast<Row>(most) : end;
  for (Row row = from; row < until; ++row) f(slab[row]);
  return until < end ? until : 0;
}

}  // namespace

std::uint32_t SwarmTable::scan_peers(std::uint32_t from, std::size_t most,
                                     std::vector<db::PeerRow>& rows) const {
  return scan(impl_->peers, from, most, [&](const Peer& peer) {
    if (peer.port != 0) rows.push_back({peer.id, peer.address()});  // else it is a free row
  });
}

std::uint32_t SwarmTable::scan_contents(std::uint32_t from, std::size_t most,
                                        std::vector<db::ContentRow>& rows) const {
  const Impl& t = *impl_;
  return scan(t.registrations, from, most, [&](const Registration& r) {
    if (r.peer == no_row) return;  // a free row
    rows.push_back({t.contents[r.content].hash, t.peers[r.peer].id, t.state(r)});
  });
}

std::uint32_t SwarmTable::scan_completed(std::uint32_t from, std::size_t most,
                                         std::vector<db::CompletedRow>& rows) const {
  return scan(impl_->contents, from, most, [&](const Content& content) {
    if (content.members.size() > 0 && content.completed > 0)
      rows.push_back(Impl::completed(content));
  });
}

PeerRowId SwarmTable::next_peer() const {
  return impl_->next_peer;
}

std::optional<PeerState> SwarmTable::find(const InfoHash& content, const Endpoint& peer) const {
  const Row row = impl_->find_registration(content, peer);
  if (row == no_row) return std::nullopt;
  return impl_->state(impl_->registrations[row]);
}

std::uint16_t SwarmTable::contents_of(const Endpoint& peer) const {
  const Row row = impl_->find_peer(peer);
  return row == no_row ? 0 : impl_->peers[row].contents;
}

std::uint32_t SwarmTable::registrations_of_network(const Ip& ip) const {
  return impl_->networks.of(ip);
}

SwarmTable::Counts SwarmTable::counts(const InfoHash& content, bool v6) const {
  const Row row = impl_->find_content(content, v6);
  if (row == no_row) return {};
  const Content& swarm = impl_->contents[row];
  return {swarm.seeders(), swarm.leechers(), swarm.completed};
}

void SwarmTable::sample(const InfoHash& content, const Endpoint& requester,
                        PeerState requester_state, std::size_t n, Random& random,
                        std::vector<Endpoint>& out) const {
  Impl& t = *impl_;
  const Row row = t.find_content(content, requester);
  if (row == no_row || n == 0) return;
  const Row self = t.find_registration(row, t.find_peer(requester));
  t.choose(row, self, requester_state, n, random, out);
}

void SwarmTable::heard(const Endpoint& peer, Time now) {
  const Row row = impl_->find_peer(peer);
  if (row == no_row) return;
  impl_->peers[row].heard = now;
  if (row == impl_->newest) return;
  impl_->unlink(row);
  impl_->link_newest(row);
}

void SwarmTable::unheard_since(Time limit, std::size_t most, std::vector<Endpoint>& out) const {
  const Impl& t = *impl_;
  for (Row row = t.oldest; row != no_row && most > 0; row = t.peers[row].newer, --most) {
    if (t.heard(t.peers[row]) >= limit) return;
    out.push_back(t.peers[row].address());
  }
}

Time SwarmTable::oldest_heard() const {
  return impl_->oldest == no_row ? never : impl_->heard(impl_->peers[impl_->oldest]);
}

void SwarmTable::all_heard(Time at) {
  impl_->grace = std::max(impl_->grace, at);
}

void SwarmTable::registrations_of(const Endpoint& peer, std::size_t most,
                                  std::vector<RegistrationKey>& out) const {
  const Impl& t = *impl_;
  const Row row = t.find_peer(peer);
  if (row == no_row) return;
  for (Row at = t.peers[row].first; at != no_row && most > 0; at = t.registrations[at].next, --most)
    out.push_back({t.contents[t.registrations[at].content].hash, peer});
}

std::optional<PeerState> SwarmTable::announced(const InfoHash& content, const Endpoint& peer) {
  Impl& t = *impl_;
  const Row row = t.find_registration(content, peer);
  if (row == no_row) return std::nullopt;
  Registration& r = t.registrations[row];
  if (r.missed > 0) r.missed = 0;  // rarely true, so most refreshes write nothing here
  return t.state(r);
}

std::uint32_t SwarmTable::sweep(const SweepStep& step, std::vector<RegistrationKey>& absent) {
  Impl& t = *impl_;
  SWARM_ASSERT(step.limit <= SweepStep::most_limit, "three bits count the sweeps");
  const Row end = t.registrations.end();
  const std::size_t most = absent.size() + step.absent;
  Row row = step.from;
  for (std::size_t n = 0; row < end && n < step.rows && absent.size() < most; ++row, ++n) {
    Registration& r = t.registrations[row];
    if (r.peer == no_row) continue;  // a free row
    r.missed = step.limit == 0 ? 0 : (r.missed + 1) & SweepStep::most_limit;
    if (step.limit == 0 || r.missed < step.limit) continue;
    r.missed = 0;
    absent.push_back({t.contents[r.content].hash, t.peers[r.peer].address()});
  }
  return row < end ? row : 0;
}

std::size_t SwarmTable::peers() const {
  return impl_->peers.size();
}
std::size_t SwarmTable::contents() const {
  return impl_->contents.size();
}
std::size_t SwarmTable::registrations() const {
  return impl_->registrations.size();
}

std::size_t SwarmTable::memory() const {
  const Impl& t = *impl_;
  return sizeof t + t.peers.memory() + t.registrations.memory() + t.contents.memory() +
         t.networks.memory() + t.member_memory + t.peer_index.memory() +
         t.registration_index.memory() + t.content_index.memory() + t.first_index.memory() +
         t.alike.memory() + t.picked.capacity() * sizeof(Row) +
         t.bits.capacity() * sizeof(t.bits[0]);
}

std::size_t SwarmTable::spare(bool new_peer, bool new_content) const {
  const Impl& t = *impl_;
  std::size_t n = t.registrations.spare();
  if (new_peer) n = std::min(n, t.peers.spare());
  if (new_content) n = std::min(n, t.contents.spare());
  return n;
}

std::uint64_t SwarmTable::digest() const {
  return impl_->digest;
}

void SwarmTable::for_each(
    const std::function<void(const InfoHash&, const Endpoint&, PeerState)>& f) const {
  const Impl& t = *impl_;
  for (Row row = t.oldest; row != no_row; row = t.peers[row].newer)
    for (Row at = t.peers[row].first; at != no_row; at = t.registrations[at].next) {
      const Registration& r = t.registrations[at];
      f(t.contents[r.content].hash, t.peers[row].address(), t.state(r));
    }
}

}  // namespace swarm
