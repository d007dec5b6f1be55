#include "transport/sim/actors/recorder.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "engine/wire/bep15.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/seed_protocol.hpp"
#include "transport/sim/scenario/scenario_names.hpp"

namespace swarm::sim {
namespace {

constexpr std::uint32_t recorder_ip = 0x0afe0001;  // 10.254.0.1
constexpr std::uint16_t recorder_port = 6969;
constexpr std::size_t no_message = ~std::size_t{0};
constexpr std::size_t keep_alive = 0;  // index in message_names()
constexpr std::size_t type_at = 5;     // after magic and version

bool is_group(const Endpoint& to) {
  return to.ip.v4() >> 28 == 0xe;
}

bool is_of_cluster(Bytes bytes) {
  constexpr std::array<std::uint8_t, 4> magic{'T', 'S', 'W', 'M'};
  return bytes.size() > type_at && std::equal(magic.begin(), magic.end(), bytes.begin());
}

// The index of the message's name in message_names().
std::size_t message_of(Bytes bytes) {
  if (!is_of_cluster(bytes) || bytes[type_at] == 0) return no_message;
  const std::size_t message = bytes[type_at] - std::size_t{1};
  return message < message_names().size() ? message : no_message;
}

// See the head of recorder.hpp.
bool undoes_what_is_newer(Bytes request) {
  if (wire::bep15::is_bep15(request)) {
    const auto decoded = wire::bep15::decode_request(request);
    const auto* announce = decoded ? std::get_if<wire::bep15::AnnounceRequest>(&*decoded) : nullptr;
    return announce != nullptr &&
           (announce->event == wire::AnnounceEvent::stopped || announce->left != 0);
  }
  const auto decoded = wire::decode_request(request);
  const auto* announce = decoded ? std::get_if<wire::AnnounceRequest>(&*decoded) : nullptr;
  return announce != nullptr && announce->event == wire::AnnounceEvent::stopped;
}

std::uint64_t key_of_link(const Endpoint& from, const Endpoint& to) {
  const std::uint64_t key = mix(std::uint64_t{from.ip.v4()} << 16 | from.port) ^
                            (std::uint64_t{to.ip.v4()} << 16 | to.port);
  return mix(key) >> 1;  // so it is never FlatMap::empty_key
}

Purpose purpose(Draw draw) {
  return static_cast<Purpose>(draw);
}

}  // namespace

Recorder::Recorder(const Scenario& scenario, std::uint64_t seed, World& world,
                   const Cluster& cluster)
    : model_(*scenario.recorder),
      seed_(seed),
      world_(world),
      cluster_(cluster),
      host_(world.add_host({.ip = recorder_ip, .peers_port = recorder_port})),
      record_(model_.keeps, model_.memory),
      wanted_(message_names().size()) {
  for (const Action& action : scenario.timeline) {
    if (action.kind != Action::Kind::replay) continue;
    for (const std::size_t message : action.replay->what) wanted_[message] = true;
    wanted_[keep_alive] = true;  // shows who is the master
  }
  world.network().tap(host_, this);
}

// --- what it hears -----------------------------------------------------------------------------

bool Recorder::is_of_trackers(HostId from, const Endpoint& to) const {
  if (cluster_.is_tracker(from) || is_group(to)) return true;
  const auto host = world_.find(to.ip.v4());
  return host && cluster_.is_tracker(*host);
}

void Recorder::heard(HostId from, const Endpoint& source, const Endpoint& to, Bytes bytes,
                     TrueTime at) {
  if (hushed_ || !is_of_trackers(from, to)) return;
  const std::uint64_t link = key_of_link(source, to);
  const std::uint64_t number = ++links_[link].datagrams;
  const Draws draws(seed_, link, number);
  if (!is_group(to) && !draws.chance(purpose(Draw::recorder_hears), model_.hears)) return;
  const std::size_t message = message_of(bytes);
  const bool wanted = message != no_message && wanted_[message] && cluster_.is_tracker(from);
  const bool plays = draws.chance(purpose(Draw::recorder_plays), model_.plays);
  if (!wanted && !plays) return;
  if (!cluster_.is_tracker(from) && undoes_what_is_newer(bytes)) return;
  ++recorded_;
  Recording recording{source, to, {bytes.begin(), bytes.end()}, mix(link ^ mix(number))};
  if (wanted) remember(message, cluster_.tracker_of(from), recording);
  if (plays) keep(std::move(recording), draws, at);
}

void Recorder::remember(std::size_t message, std::uint32_t tracker, const Recording& recording) {
  Heard& heard = messages_[{message, tracker}];
  heard.last = std::make_shared<const Recording>(recording);
  heard.number = ++remembered_;
  if (!heard.first) heard.first = heard.last, heard.first_number = heard.number;
}

// Keeps the recording until it has been played for the last time.
void Recorder::keep(Recording recording, const Draws& draws, TrueTime at) {
  const std::uint64_t key = recording.key;
  const auto place = record_.add(std::move(recording), draws.word(purpose(Draw::recorder_place)));
  if (!place) return;
  Duration longest{-1};
  std::vector<Duration> delays;
  for (std::size_t turn = 0; turn < model_.after.size(); ++turn) {
    const auto& range = model_.after[turn];
    delays.push_back(draw_between(seed_, Draw::recorder_after, range.low, range.high, key, turn));
    longest = std::max(longest, delays.back());
  }
  for (std::size_t turn = 0; turn < delays.size(); ++turn)
    world_.at(at + delays[turn], [this, place = *place, turn] { play(place, turn); });
  world_.at(at + longest, [this, place = *place] { record_.drop(place); });
}

// --- what it plays -----------------------------------------------------------------------------

bool Recorder::may_play() {
  if (hushed_) return false;
  if (world_.now() >= second_ends_) {
    second_ends_ = world_.now() + 1s;
    in_second_ = 0;
  }
  return in_second_++ < model_.at_most;
}

void Recorder::play(Record::Place place, std::uint64_t turn) {
  const Recording* recording = record_.find(place);
  if (recording == nullptr || !may_play()) return;
  const Draws draws(seed_, recording->key, turn);
  const auto as = model_.as[draws.below(purpose(Draw::recorder_as), model_.as.size())];
  const bool damages = is_of_cluster(recording->bytes) &&
                       draws.chance(purpose(Draw::recorder_damage), model_.damage);
  const Endpoint to = target(*recording, draws);
  if (damages)
    play_as(*recording, as, to, damaged(*recording, draws), draws);
  else
    play_as(*recording, as, to, recording->bytes, draws);
}

void Recorder::play_as(const Recording& recording, Source as, const Endpoint& to, Bytes bytes,
                       const Draws& draws) {
  Endpoint from = recording.from;
  if (as == Source::own) from = world_.address(host_, Channel::peers);
  if (as == Source::other) from = other(recording, recording.from, draws, Draw::recorder_other);
  ++played_;
  world_.forge(host_, from, to, bytes);
}

Endpoint Recorder::target(const Recording& recording, const Draws& draws) const {
  switch (model_.to[draws.below(purpose(Draw::recorder_to), model_.to.size())]) {
    case Target::original:
      return recording.to;
    case Target::other:
      return other(recording, recording.to, draws, Draw::recorder_to_other);
    case Target::sender:
      return recording.from;
  }
  return recording.to;
}

Endpoint Recorder::other(const Recording& recording, const Endpoint& but, const Draws& draws,
                         Draw why) const {
  std::vector<Endpoint> all;
  for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
    if (const Endpoint one = tracker_address(recording, t); one.ip != but.ip) all.push_back(one);
  return all.empty() ? but : all[draws.below(purpose(why), all.size())];
}

Endpoint Recorder::tracker_address(const Recording& recording, std::uint32_t tracker) const {
  return world_.address(cluster_.host(tracker),
                        is_of_cluster(recording.bytes) ? Channel::cluster : Channel::peers);
}

// Cuts the message off, joins its begin and the end of another recording, or changes a byte. The
// result always differs from the recording.
std::vector<std::uint8_t> Recorder::damaged(const Recording& recording, const Draws& draws) const {
  auto bytes = recording.bytes;
  const std::uint64_t drawn = mix(draws.word(purpose(Draw::recorder_damage)));
  const auto at =
      static_cast<std::ptrdiff_t>(draws.below(purpose(Draw::recorder_cut), recording.bytes.size()));
  if (drawn % 3 == 0) {
    bytes.erase(bytes.begin() + at, bytes.end());
    return bytes;
  }
  if (drawn % 3 == 1) {
    const auto& other = record_.any(mix(drawn))->bytes;  // there is one: the recording itself
    bytes.erase(bytes.begin() + at, bytes.end());
    if (std::ssize(other) > at) bytes.insert(bytes.end(), other.begin() + at, other.end());
    if (bytes != recording.bytes) return bytes;
  }
  auto& changed = bytes[static_cast<std::size_t>(at)];
  changed = static_cast<std::uint8_t>(changed ^ (1 + mix(drawn + 1) % 255));
  return bytes;
}

// --- the action `replay` -----------------------------------------------------------------------

std::uint32_t Recorder::last_master() const {
  std::uint32_t tracker = 0;
  std::uint64_t newest = 0;
  for (const auto& [of, heard] : messages_)
    if (of.first == keep_alive && heard.number > newest) newest = heard.number, tracker = of.second;
  return tracker;
}

std::shared_ptr<const Recording> Recorder::find(const Action& action) const {
  const Replay& replay = *action.replay;
  const bool of_master = !replay.of_anybody && action.from.kind == Who::Kind::master;
  const std::uint32_t tracker = of_master ? last_master() : action.from.tracker;
  const Heard* found = nullptr;
  for (const auto& [of, heard] : messages_) {
    const bool is_one =
        std::find(replay.what.begin(), replay.what.end(), of.first) != replay.what.end();
    if (!is_one || (!replay.of_anybody && of.second != tracker)) continue;
    const bool better = found == nullptr || (replay.first ? heard.first_number < found->first_number
                                                          : heard.number > found->number);
    if (better) found = &heard;
  }
  return found == nullptr ? nullptr : replay.first ? found->first : found->last;
}

void Recorder::replay(const Action& action, std::vector<std::uint32_t> to, Duration lasting) {
  const auto series =
      std::make_shared<Series>(Series{find(action), std::move(to), action.replay->as,
                                      action.replay->every, world_.now() + lasting, 0});
  if (!series->recording) return;
  if (action.replay->to_all)
    for (std::uint32_t t = 1; t <= cluster_.size(); ++t)
      if (tracker_address(*series->recording, t).ip != series->recording->from.ip)
        series->to.push_back(t);
  go_on(series);
}

void Recorder::go_on(const std::shared_ptr<Series>& series) {
  if (hushed_) return;
  const Recording& recording = *series->recording;
  for (const std::uint32_t tracker : series->to)
    play_as(recording, series->as, tracker_address(recording, tracker), recording.bytes,
            Draws(seed_, recording.key ^ tracker, ++series->turn));
  const TrueTime next = world_.now() + series->every;
  if (next < series->until) world_.at(next, [this, series] { go_on(series); });
}

}  // namespace swarm::sim
