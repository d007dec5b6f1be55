#include "transport/sim/world/network.hpp"

#include <algorithm>

namespace swarm::sim {

namespace {

constexpr std::size_t frame_overhead = 66;  // UDP 8, IP 20, Ethernet 14 + 4, preamble and gap 20
constexpr Duration loopback = 10us;
constexpr std::uint32_t group_bit = 1u << 31;   // in a link's key: the receiver is a group
constexpr std::uint64_t copy_bit = 1ull << 63;  // in a datagram's number: a copy of a multicast
constexpr std::uint64_t model_thing = ~std::uint64_t{0};

bool is_multicast(std::uint32_t ip) {
  return ip >> 28 == 0xe;
}

// Returns the time per byte, in units of 2^-20 ns. 0: no limit.
std::uint64_t ns_per_byte(std::uint64_t bits_per_second) {
  constexpr std::uint64_t slowest = 1000;  // bit/s; a slower rate would overflow in serialized()
  constexpr std::uint64_t byte_second = std::uint64_t{8'000'000'000} << 20;
  return bits_per_second == 0 ? 0 : byte_second / std::max(bits_per_second, slowest);
}

Duration serialized(std::size_t size, std::uint64_t rate) {
  return Duration(static_cast<std::int64_t>((size + frame_overhead) * rate >> 20));
}

}  // namespace

Network::Network(std::uint64_t seed, const NetworkModel& model, EventQueue& queue)
    : seed_(seed), queue_(queue) {
  set_model(model);
}

void Network::set_model(const NetworkModel& model) {
  std::uint64_t field = 0;
  const auto drawn = [&](const Range<Ppm>& range) {
    const Draws draws(seed_, model_thing, field++);
    const Ppm width = range.high > range.low ? range.high - range.low : 0;
    return range.low + static_cast<Ppm>(draws.below(Purpose::model, std::uint64_t{width} + 1));
  };
  model_ = model;
  chances_.loss = drawn(model.loss);
  chances_.duplicate = drawn(model.duplicate);
  chances_.corrupt = drawn(model.corrupt);
  chances_.reorder = drawn(model.reorder);
  chances_.burst = model.burst;
  latency_ = DelayDraw(model.latency);
  burst_length_ = DelayDraw(model.burst_length);
  reorder_ = DelayDraw(Delay{Duration(0), model.reorder_by, std::nullopt});
  rates_[0].up = rates_[0].down = ns_per_byte(model.bandwidth);
}

void Network::set_rates(HostId host, std::uint64_t up, std::uint64_t down) {
  Rates own = rates_[0];
  if (up != 0) own.up = ns_per_byte(up);
  if (down != 0) own.down = ns_per_byte(down);
  auto known = std::find(rates_.begin() + 1, rates_.end(), own);
  if (known == rates_.end()) known = rates_.insert(rates_.end(), own);
  SWARM_ASSERT(rates_.size() < 0xffff, "at most 65,534 different rates");
  nic(host).rates = static_cast<std::uint16_t>(known - rates_.begin());
}

// --- Cuts

void Network::cut(HostId from, HostId to) {
  const std::uint64_t key = link_key(from, to.value);
  const auto place = std::lower_bound(cuts_.begin(), cuts_.end(), key);
  if (place == cuts_.end() || *place != key) cuts_.insert(place, key);
  nic(from).cut = true;
}

void Network::cut(std::span<const HostId> from, std::span<const HostId> to) {
  for (const HostId a : from)
    for (const HostId b : to)
      if (a != b) cut(a, b);
}

void Network::heal(HostId from, HostId to) {
  const std::uint64_t key = link_key(from, to.value);
  const auto place = std::lower_bound(cuts_.begin(), cuts_.end(), key);
  if (place != cuts_.end() && *place == key) cuts_.erase(place);
  const auto next = std::lower_bound(cuts_.begin(), cuts_.end(), link_key(from, 0));
  nic(from).cut = next != cuts_.end() && *next >> 32 == from.value;
}

void Network::heal(std::span<const HostId> from, std::span<const HostId> to) {
  for (const HostId a : from)
    for (const HostId b : to) heal(a, b);
}

void Network::partition(const std::vector<std::vector<HostId>>& groups) {
  heal_partition();
  std::uint16_t number = 0;
  for (const auto& group : groups) {
    ++number;
    for (const HostId host : group) nic(host).group = number;
  }
}

void Network::heal_partition() {
  for (auto& interface : interfaces_) interface.group = 0;
}

void Network::cut(HostId host, OfPeers what) {
  auto& cuts = nic(host).of_peers;
  cuts = static_cast<std::uint8_t>(cuts | static_cast<std::uint8_t>(what));
}

void Network::heal(HostId host, OfPeers what) {
  auto& cuts = nic(host).of_peers;
  cuts = static_cast<std::uint8_t>(cuts & ~static_cast<std::uint8_t>(what));
}

bool Network::peers_are_cut(HostId to, HostId from, bool multicast) const {
  const Interface& sender = nic(from);
  const Interface& receiver = nic(to);
  const auto has = [](const Interface& nic, OfPeers what) {
    return (nic.of_peers & static_cast<std::uint8_t>(what)) != 0;
  };
  if (sender.cluster_port == 0 &&
      (has(receiver, OfPeers::all_to) || (multicast && has(receiver, OfPeers::group_to))))
    return true;
  return receiver.cluster_port == 0 && has(sender, OfPeers::from);
}

void Network::isolate(HostId host) {
  nic(host).isolated = true;
}

void Network::rejoin(HostId host) {
  nic(host).isolated = false;
}

void Network::heal() {
  cuts_.clear();
  for (auto& interface : interfaces_) {
    interface.group = 0;
    interface.isolated = false;
    interface.cut = false;
    interface.of_peers = 0;
  }
}

bool Network::hears(HostId to, HostId from) const {
  if (to == from) return true;
  const Interface& a = nic(from);
  const Interface& b = nic(to);
  if (a.isolated || b.isolated) return false;
  if (a.group != b.group && a.group != 0 && b.group != 0) return false;
  return !a.cut || !std::binary_search(cuts_.begin(), cuts_.end(), link_key(from, to.value));
}

void Network::tap(HostId at, Tap* tap) {
  tap_host_ = at;
  tap_ = tap;
}

bool Network::is_tapped(HostId from, bool multicast) const {
  return from != tap_host_ && hears(tap_host_, from) && !peers_are_cut(tap_host_, from, multicast);
}

// --- Addresses

void Network::add_host(std::uint32_t ip, std::uint16_t cluster_port, std::uint16_t peers_port) {
  SWARM_ASSERT(ip != 0 && !is_multicast(ip) && ip != ~std::uint32_t{0}, "a host's address");
  SWARM_ASSERT(addresses_.find(ip) == nullptr, "an address belongs to one host");
  SWARM_ASSERT(cluster_port != peers_port || cluster_port == 0, "a port tells the channel");
  SWARM_ASSERT(interfaces_.size() < group_bit, "hosts and groups have different keys");
  const auto id = static_cast<std::uint32_t>(interfaces_.size());
  addresses_[ip].host = id;
  last_run_ = {ip - id, ip - id == last_run_.base ? last_run_.hosts + 1 : 1};
  if (last_run_.hosts >= longest_run_.hosts) longest_run_ = last_run_;
  interfaces_.push_back({ip, cluster_port, peers_port, {}, {}, {}, {}, 0, false, false, 0, 0});
}

void Network::join(HostId host, const Endpoint& group) {
  SWARM_ASSERT(is_multicast(group.ip.v4()), "a group has an address of 224.0.0.0/4");
  for (auto& known : groups_)
    if (known.address == group) {
      if (std::find(known.members.begin(), known.members.end(), host) == known.members.end())
        known.members.push_back(host);
      return;
    }
  groups_.push_back({group, {host}});
}

std::optional<HostId> Network::find(std::uint32_t ip) const {
  const std::uint32_t guess = ip - longest_run_.base;
  if (guess < interfaces_.size() && interfaces_[guess].ip == ip) return HostId{guess};
  const Address* address = addresses_.find(ip);
  return address == nullptr ? std::nullopt : std::optional(HostId{address->host});
}

void Network::reserve(std::size_t hosts) {
  interfaces_.reserve(hosts);
}

Endpoint Network::address(HostId host, Channel channel) const {
  const Interface& own = nic(host);
  return {own.ip, channel == Channel::cluster ? own.cluster_port : own.peers_port};
}

const Network::Group* Network::find_group(const Endpoint& address) const {
  for (const auto& group : groups_)
    if (group.address == address) return &group;
  return nullptr;
}

// --- A datagram's way

void Network::send_as(HostId from, const Endpoint& source, const Endpoint& to, Bytes bytes,
                      TrueTime now) {
  const Group* group = is_multicast(to.ip.v4()) ? find_group(to) : nullptr;
  const bool own = to.ip == Ip(nic(from).ip);
  const auto departure = own ? now : leave_nic(nic(from), bytes.size(), now);
  if (!departure) {
    ++counters_.sent;
    ++counters_.sender_overflow;
    return;
  }
  if (tap_ != nullptr && !own && is_tapped(from, group != nullptr))
    tap_->heard(from, source, to, bytes, *departure);
  const auto reference = pool_.add(bytes);
  auto& header = pool_.header(reference);
  header.from = source;
  header.channel = Channel::peers;
  header.multicast = group != nullptr;
  if (group != nullptr)
    send_to_group(from, *group, *departure, reference);
  else
    send_to_host(from, to, *departure, reference);
  pool_.drop(reference);  // this function's own copy
}

void Network::send_to_host(HostId from, const Endpoint& to, TrueTime departure,
                           DatagramPool::Reference reference) {
  ++counters_.sent;
  const auto found = find(to.ip.v4());
  if (!found) {
    ++counters_.no_route;
    return;
  }
  const HostId host = *found;
  const Interface& receiver = nic(host);
  if (to.port == 0 || (to.port != receiver.cluster_port && to.port != receiver.peers_port)) {
    ++counters_.no_listener;
    return;
  }
  pool_.header(reference).channel =
      to.port == receiver.cluster_port ? Channel::cluster : Channel::peers;
  if (host == from) {
    pool_.keep(reference);
    queue_.push(departure + loopback, EventKind::arrival, host.value, reference);
    return;
  }
  const Draws draws(seed_, link_key(from, host.value),
                    next_number(from, host.value, &nic(host).first_in));
  decide(from, host, draws, departure, reference);
}

// Returns the number of the next datagram on a link. A multicast is numbered on the "link" from its
// sender to the group, and all its copies share this number. Most hosts send to only one host and
// receive from only one host. So a new link takes the slot `first_out` of its sender if this slot
// is free, or else the slot `first_in` of its receiver. All other links are in the map. A link
// never changes its place.
std::uint64_t Network::next_number(HostId from, std::uint32_t to, Link* heard) {
  Link& out = nic(from).first_out;
  for (Link* link : {&out, heard}) {
    const std::uint32_t other = link == &out ? to : from.value;
    if (link == nullptr || (link->other != other && link->other != Link::unused)) continue;
    link->other = other;
    return ++link->datagrams;
  }
  return ++links_[link_key(from, to)].datagrams;
}

void Network::send_to_group(HostId from, const Group& group, TrueTime departure,
                            DatagramPool::Reference reference) {
  const auto index = static_cast<std::uint32_t>(&group - groups_.data());
  const std::uint64_t number = next_number(from, group_bit | index, nullptr);
  for (const HostId member : group.members) {
    if (member == from) continue;
    ++counters_.sent;
    const Draws draws(seed_, link_key(from, member.value), number | copy_bit);
    decide(from, member, draws, departure, reference);
  }
}

void Network::decide(HostId from, HostId to, const Draws& draws, TrueTime departure,
                     DatagramPool::Reference reference) {
  if (!hears(to, from) || peers_are_cut(to, from, pool_.header(reference).multicast)) {
    ++counters_.cut;
  } else if (in_burst(link_key(from, to.value), draws, departure)) {
    ++counters_.lost_in_burst;
  } else if (draws.chance(Purpose::loss, chances_.loss)) {
    ++counters_.lost;
  } else {
    travel(to, draws, Purpose::latency, departure, reference);
    if (draws.chance(Purpose::duplicate, chances_.duplicate)) {
      ++counters_.duplicated;
      travel(to, draws, Purpose::duplicate_latency, departure, reference);
    }
  }
}

bool Network::in_burst(std::uint64_t link, const Draws& draws, TrueTime departure) {
  if (chances_.burst == 0 && bursts_.size() == 0) return false;
  const std::int64_t now = departure.time_since_epoch().count();
  if (const Burst* burst = bursts_.find(link); burst != nullptr && now < burst->until) return true;
  if (!draws.chance(Purpose::burst, chances_.burst)) return false;
  bursts_[link].until = now + burst_length_(draws.word(Purpose::burst_length)).count();
  return true;
}

// Sends one copy over the wire to the receiver's NIC. If a datagram is duplicated, only its first
// copy may be corrupted or reordered. The second copy arrives as it was sent.
void Network::travel(HostId to, const Draws& draws, Purpose latency, TrueTime departure,
                     DatagramPool::Reference reference) {
  Duration delay = latency_(draws.word(latency));
  if (latency == Purpose::latency && draws.chance(Purpose::reorder, chances_.reorder)) {
    ++counters_.reordered;
    delay += reorder_(draws.word(Purpose::reorder_delay));
  }
  if (latency == Purpose::latency && draws.chance(Purpose::corrupt, chances_.corrupt)) {
    // On Channel::peers the UDP checksum finds the changed byte, so the datagram is lost. On
    // Channel::cluster the datagram arrives, as with a broken checksum offload. The MAC must find
    // the change.
    if (pool_.header(reference).channel == Channel::peers) {
      ++counters_.corrupted;
      return;
    }
    reference = corrupt(draws, reference);
  } else {
    pool_.keep(reference);
  }
  queue_.push(departure + delay, EventKind::arrival, to.value, reference);
}

DatagramPool::Reference Network::corrupt(const Draws& draws, DatagramPool::Reference reference) {
  const Bytes bytes = pool_.bytes(reference);
  if (bytes.empty()) {
    pool_.keep(reference);
    return reference;
  }
  ++counters_.corrupted;
  const auto changed = pool_.add(bytes);
  const auto& original = pool_.header(reference);
  auto& header = pool_.header(changed);
  header.from = original.from;
  header.channel = original.channel;
  header.multicast = original.multicast;
  const std::uint64_t place = draws.below(Purpose::corrupt_place, bytes.size() * 255);
  auto& byte = pool_.data(changed)[place / 255];
  byte = static_cast<std::uint8_t>(byte ^ (place % 255 + 1));
  header.hash = hash_bytes(pool_.bytes(changed));
  return changed;
}

// --- NICs

std::optional<TrueTime> Network::leave_nic(Interface& nic, std::size_t size, TrueTime now) {
  const TrueTime begin = std::max(now, nic.send_free);
  if (begin - now > model_.queue) return std::nullopt;
  return nic.send_free = begin + serialized(size, rates_[nic.rates].up);
}

// The last byte of the datagram arrives now. An idle NIC has already taken in all bytes before it.
bool Network::arrive(HostId to, DatagramPool::Reference reference, TrueTime now) {
  Interface& receiver = nic(to);
  const std::uint64_t rate = rates_[receiver.rates].down;
  if (rate == 0) return true;
  const TrueTime done = receiver.receive_free + serialized(pool_.header(reference).size, rate);
  if (done <= now) {
    receiver.receive_free = now;
    return true;
  }
  if (done - now > model_.queue) {
    ++counters_.receiver_overflow;
    pool_.drop(reference);
    return false;
  }
  receiver.receive_free = done;
  queue_.push(done, EventKind::delivery, to.value, reference);
  return false;
}

std::size_t Network::memory() const {
  return pool_.memory() + interfaces_.capacity() * sizeof(Interface) + addresses_.memory() +
         links_.memory() + bursts_.memory() + cuts_.capacity() * sizeof(std::uint64_t);
}

}  // namespace swarm::sim
