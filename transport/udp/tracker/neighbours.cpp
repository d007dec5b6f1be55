#include "transport/udp/tracker/neighbours.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/wire/cluster_protocol.hpp"

namespace swarm::udp {
namespace {

constexpr Duration lately = 10s;
constexpr std::size_t most = 4;

void note(std::map<Endpoint, Time>& seen, const Endpoint& from, Time now) {
  if (const auto known = seen.find(from); known != seen.end()) {
    known->second = now;
    return;
  }
  if (seen.size() == most)
    seen.erase(std::min_element(seen.begin(), seen.end(),
                                [](const auto& a, const auto& b) { return a.second < b.second; }));
  seen.emplace(from, now);
}

std::vector<Endpoint> recent(const std::map<Endpoint, Time>& seen, Time now) {
  std::vector<Endpoint> found;
  for (const auto& [from, when] : seen)
    if (now - when < lately) found.push_back(from);
  return found;
}

const Member* member_at(const Config& config, const Endpoint& address) {
  const auto found = std::find_if(config.members.begin(), config.members.end(),
                                  [&](const Member& m) { return m.cluster == address; });
  return found == config.members.end() ? nullptr : &*found;
}

}  // namespace

void Neighbours::receive(Time now, const Arrival& arrival, Bytes datagram, Outbox& out) {
  if (arrival.channel != Channel::cluster) return tracker_.receive(now, arrival, datagram, out);
  const auto bad_macs = tracker_.rejected(Reject::bad_mac);
  const auto unexpected = tracker_.rejected(Reject::unexpected);
  const bool stranger = tracker_.view().role == Role::stranger;
  tracker_.receive(now, arrival, datagram, out);
  if (tracker_.rejected(Reject::bad_mac) != bad_macs) {
    if (!wire::claims_to_be<wire::Dead>(datagram)) signers_.heard(arrival.from, now);
    return;
  }
  if (stranger && tracker_.rejected(Reject::unexpected) != unexpected)
    note(swarm_, arrival.from, now);
  if (signers_.knows(arrival.from) && wire::decode(datagram, seal_, plain_))
    signers_.forget(arrival.from);
}

void Neighbours::hear_newcomers() {
  for (const auto& newcomer : tracker_.newcomers()) {
    const auto* member = member_at(tracker_.config(), newcomer.address);
    if (member != nullptr && member->store != newcomer.store)
      emptied_.insert_or_assign(member->id,
                                Emptied{newcomer.address, newcomer.store, newcomer.heard});
  }
}

// Forgets an entry if the member's own disk is heard again, if the swarm has taken in the new disk,
// or if the swarm has no member at that address now.
void Neighbours::forget_who_is_back(Time now) {
  const auto reports = tracker_.members(now);
  std::erase_if(emptied_, [&](const auto& entry) {
    const auto report = std::find_if(reports.begin(), reports.end(), [&](const auto& r) {
      return r.member.id == entry.first && r.member.cluster == entry.second.address &&
             r.member.store != entry.second.store;
    });
    return report == reports.end() ||
           (report->last_heard && now - *report->last_heard > entry.second.when);
  });
}

std::vector<Endpoint> Neighbours::members_of_a_swarm(Time now) const {
  return recent(swarm_, now);
}

std::vector<std::string> Neighbours::remarks(Time now) {
  std::vector<std::string> all;
  if (tracker_.view().role == Role::stranger) return all;
  hear_newcomers();
  forget_who_is_back(now);
  for (auto& sentence : of_another_secret(now)) all.push_back(std::move(sentence));
  if (!emptied_.empty()) all.push_back(of_empty_disks().second);
  return all;
}

std::vector<HealthMonitor::Line> Neighbours::look(Time now) {
  std::vector<HealthMonitor::Line> lines;
  // For an instance without a swarm, HealthMonitor logs what it waits for.
  if (tracker_.view().role == Role::stranger) return lines;
  hear_newcomers();
  forget_who_is_back(now);
  auto of_secrets = of_another_secret(now);
  if (secrets_told_.due(!of_secrets.empty()))
    for (auto& sentence : of_secrets) lines.emplace_back(LogLevel::warning, std::move(sentence));
  if (disks_told_.due(!emptied_.empty())) lines.push_back(of_empty_disks());
  return lines;
}

// Senders at members' addresses come first, because other senders may belong to another swarm. No
// sentence says which secret is right, because this instance cannot know.
std::vector<std::string> Neighbours::of_another_secret(Time now) const {
  const auto& config = tracker_.config();
  std::vector<OtherSigner> members, strangers;
  for (auto& signer : with_another_secret(now))
    (member_at(config, signer.from) != nullptr ? members : strangers).push_back(signer);
  std::vector<std::string> all;
  const bool nobody_else = members.size() > 1 && members.size() + 1 >= config.members.size();
  if (!members.empty())
    all.push_back(fmt::format(
        "{}, from the {} of {}: either the secret of this host is wrong, or that of {}, and they "
        "do not hear each other; compare the secret files of all hosts{}",
        signed_otherwise(members, now), members.size() == 1 ? "address" : "addresses",
        members.size() == 1 ? "a member" : "members",
        members.size() == 1 ? "the other" : "the others",
        nobody_else ? "; it is so with every other member" : ""));
  if (!strangers.empty())
    all.push_back(fmt::format(
        "{}: either the secret files of the two sides differ by mistake, or another swarm is "
        "there; two swarms in one network need different groups or ports (multicast-group, "
        "cluster-port, peers-port), or both answer the same peers",
        signed_otherwise(strangers, now)));
  return all;
}

HealthMonitor::Line Neighbours::of_empty_disks() const {
  const auto& config = tracker_.config();
  std::vector<std::string> who;
  std::size_t voters = 0, lost = 0;
  for (const auto& member : config.members) {
    const bool empty = emptied_.contains(member.id);
    voters += member.standing == Standing::voter ? 1 : 0;
    lost += empty && member.standing == Standing::voter ? 1 : 0;
    if (empty) who.push_back(fmt::format("{} ({})", member.id.value, to_string(member.cluster)));
  }
  const auto names =
      fmt::format("{} {}", who.size() == 1 ? "member" : "members", fmt::join(who, ", "));
  if (2 * (voters - lost) > voters)
    return {LogLevel::notice,
            fmt::format("{}: there is an instance with an empty disk now; with `first-start = "
                        "join` it is taken in anew, when the disk that was there has been silent "
                        "for removal-silence",
                        names)};
  return {LogLevel::error,
          fmt::format("{}: there are instances with empty disks now, and without those disks there "
                      "is no majority of the {} voters: nothing is answered, and nobody can be "
                      "taken in; bring the disks back, or found a new swarm with all data "
                      "directories empty",
                      names, voters)};
}

}  // namespace swarm::udp
