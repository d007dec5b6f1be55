#include "engine/tracker/settings_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/did_you_mean.hpp"
#include "engine/base/missing_unit.hpp"
#include "engine/tracker/table/swarm_table.hpp"

namespace swarm {
namespace {

template <class Enum>
using Names = std::vector<std::pair<std::string_view, Enum>>;

const Names<ElectionOrder>& names_of(ElectionOrder) {
  static const Names<ElectionOrder> names{{"ranked", ElectionOrder::ranked},
                                          {"drawn", ElectionOrder::drawn}};
  return names;
}
const Names<FirstStartChoice>& names_of(FirstStartChoice) {
  static const Names<FirstStartChoice> names{{"bootstrap", FirstStartChoice::bootstrap},
                                             {"init", FirstStartChoice::init},
                                             {"join", FirstStartChoice::join},
                                             {"manual", FirstStartChoice::manual}};
  return names;
}
const Names<ReadyPolicy>& names_of(ReadyPolicy) {
  static const Names<ReadyPolicy> names{{"majority", ReadyPolicy::majority},
                                        {"in-sync", ReadyPolicy::in_sync}};
  return names;
}

template <class Enum>
Parsed<Enum> parse_choice(std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto& [name, value] : names_of(Enum{})) {
    if (name == text) return value;
    known.push_back(name);
  }
  return tl::unexpected(
      fmt::format("`{}` is none of the choices{}", text.substr(0, 40), did_you_mean(text, known)));
}

template <class Enum>
std::string choice_text(Enum value) {
  for (const auto& [name, named] : names_of(Enum{}))
    if (named == value) return std::string(name);
  return "?";
}

using Settings = TrackerSettings;

TrackerSettingsKey duration_key(std::string_view name, Duration Settings::*member, Duration low,
                                Duration high, std::string_view meaning) {
  return {name, "duration", meaning, member, low.count(), high.count()};
}
TrackerSettingsKey count_key(std::string_view name, std::uint32_t Settings::*member,
                             std::int64_t low, std::int64_t high, std::string_view meaning) {
  return {name, "count", meaning, member, low, high};
}
TrackerSettingsKey size_key(std::string_view name, std::uint64_t Settings::*member,
                            std::int64_t low, std::int64_t high, std::string_view meaning) {
  return {name, "size", meaning, member, low, high};
}
TrackerSettingsKey flag_key(std::string_view name, bool Settings::*member,
                            std::string_view meaning) {
  return {name, "true or false", meaning, member, 0, 1};
}

constexpr std::array<std::string_view, 29> reloadable_keys{"status_interval",
                                                           "in_sync_limit",
                                                           "removal_silence",
                                                           "stabilisation",
                                                           "deaf_after",
                                                           "deaf_hand_over",
                                                           "rank_delay",
                                                           "vote_retry_min",
                                                           "vote_retry_max",
                                                           "block_close",
                                                           "window",
                                                           "log_keep",
                                                           "snapshot_window",
                                                           "apply_interval",
                                                           "sync_hand_over",
                                                           "sync_exit",
                                                           "announce_interval",
                                                           "longest_interval",
                                                           "client_interval",
                                                           "kept_requests_age",
                                                           "relay_requests",
                                                           "relay_age",
                                                           "secret_rotation",
                                                           "max_peers_per_reply",
                                                           "max_contents",
                                                           "max_peers",
                                                           "max_memory",
                                                           "max_contents_per_peer",
                                                           "max_contents_per_network"};

std::vector<TrackerSettingsKey> all_keys() {
  using S = Settings;
  return {
      duration_key("keep_alive", &S::keep_alive, 100us, 60s,
                   "How often the master says that it is there; each wait is 75-100 % of this."),
      duration_key("promise", &S::promise, 500us, 600s,
                   "How long a slave votes for no other member after it has heard its master."),
      duration_key("promise_max", &S::promise_max, 500us, 600s,
                   "How far the promise doubles after three elections by silence within 10 s."),
      duration_key("status_interval", &S::status_interval, 1ms, 600s,
                   "How often each tracker tells all others its state."),
      duration_key("in_sync_limit", &S::in_sync_limit, 1ms, 600s,
                   "With `ready` in-sync: a member that is silent for this long is taken out of "
                   "the in-sync set."),
      duration_key("removal_silence", &S::removal_silence, 10ms, 24h,
                   "How long a wiped member's old disk must be silent before it is replaced."),
      duration_key("stabilisation", &S::stabilisation, 0ns, 24h,
                   "How long a new member must be up to date before it gets a vote."),
      duration_key("deaf_after", &S::deaf_after, 10ms, 24h,
                   "A tracker that hears nothing of the group for this long, while others do, is "
                   "deaf; a deaf master hands over."),
      duration_key("deaf_hand_over", &S::deaf_hand_over, 10ms, 24h,
                   "A master hands over for being deaf at most once in this time."),
      {"election", "ranked or drawn",
       "How slaves take turns: in the order that the master named, or after a drawn wait.",
       &S::election, 0, 1},
      duration_key("rank_delay", &S::rank_delay, 0ns, 60s,
                   "The wait of a slave, times its rank, before it stands for election."),
      {"drawn", "range of durations",
       "With `election: drawn`, the wait without a keep-alive after which a slave stands; each "
       "keep-alive draws another one.",
       DrawnRange{}, Duration(100us).count(), Duration(600s).count()},
      flag_key("pre_vote", &S::pre_vote, "Ask whether an election could be won before it begins."),
      flag_key(
          "previous_protocol", &S::previous_protocol,
          "Speak the protocol of version 0.1.0, which is not encrypted, with members that know no "
          "other. Only while a swarm is being upgraded."),
      flag_key("certificates", &S::certificates,
               "Believe a supervisor that says that its process has died."),
      duration_key("vote_retry_min", &S::vote_retry_min, 100us, 60s,
                   "Shortest wait before a vote that was not won is tried again."),
      duration_key("vote_retry_max", &S::vote_retry_max, 100us, 60s,
                   "Longest wait before a vote that was not won is tried again."),
      {"ready", "majority or in-sync",
       "Whose disks must hold a registration before it is answered: a majority's, or those of all "
       "in-sync members.",
       &S::ready, 0, 1},
      duration_key("block_close", &S::block_close, 0ns, 1s,
                   "A block of operations that is not full is closed after this."),
      count_key("window", &S::window, 1, 4096, "Blocks that may be on their way at once."),
      count_key(
          "log_keep", &S::log_keep, 1, 1'000'000,
          "Applied blocks kept for slaves that were away; those away for longer need a snapshot."),
      count_key("snapshot_window", &S::snapshot_window, 1, 4096,
                "Chunks of a snapshot asked for at once."),
      duration_key("apply_interval", &S::apply_interval, 100us, 10s,
                   "How far the rows of the database may be behind the log."),
      duration_key("sync_hand_over", &S::sync_hand_over, 1ms, 600s,
                   "A master whose disk has not answered for this long hands over to a member "
                   "whose disk is better."),
      duration_key("sync_exit", &S::sync_exit, 1ms, 600s,
                   "A tracker for which no sync of the disk has ended for this long exits."),
      {"first_start", "bootstrap, init, join or manual",
       "How a tracker with an empty disk finds its swarm; `manual` waits for an order.",
       &S::first_start, 0, 3},
      count_key("bootstrap_expect", &S::bootstrap_expect, 1, 16,
                "With `first_start: bootstrap`, how many trackers found the swarm together."),
      duration_key("hello_interval", &S::hello_interval, 1ms, 60s,
                   "How often a tracker with an empty disk asks for the others."),
      duration_key("announce_interval", &S::announce_interval, 100ms, 24h,
                   "How long peers wait between announces, while they are few."),
      duration_key(
          "longest_interval", &S::longest_interval, 100ms, 24h,
          "How long peers wait between announces at the most, when they are many: the interval "
          "grows with the registrations, up to this or the announce_interval."),
      duration_key(
          "client_interval", &S::client_interval, 0ns, 24h,
          "The longest interval that unmodified clients keep, though they are told a "
          "shorter one (qBittorrent 5 min, rtorrent 10). A peer that was not heard for 2.2 "
          "times this, or the announce_interval if that is longer, and 30 s expires."),
      duration_key("kept_requests_age", &S::kept_requests_age, 0ns, 60s,
                   "How old a request may be that a new master answers for its predecessor."),
      count_key("kept_requests", &S::kept_requests, 0, 1 << 20,
                "How many requests each slave keeps for that."),
      count_key("relay_requests", &S::relay_requests, 0, 1 << 20,
                "How many requests that a client sent to this tracker alone wait for the master."),
      duration_key("relay_age", &S::relay_age, 0ns, 60s,
                   "How long such a request waits at the most."),
      count_key("max_peers_per_reply", &S::max_peers_per_reply, 1, 82,
                "Most peers in an answer, whatever the peer asks for."),
      count_key("max_contents", &S::max_contents, 1, 100'000'000,
                "Contents that a swarm takes; peers of later ones are answered and not stored."),
      count_key("max_peers", &S::max_peers, 1, 100'000'000,
                "Peers that a swarm takes; later ones are answered and not stored."),
      count_key("max_contents_per_peer", &S::max_contents_per_peer, 0, SwarmTable::most_told,
                "Contents that one peer may have; later ones are answered and not stored. 0: no "
                "limit."),
      count_key("max_contents_per_network", &S::max_contents_per_network, 0, 1'000'000'000,
                "Contents, about, that all peers of one IPv4 address or IPv6 /64 may have "
                "together; later ones are answered and not stored. 0: no limit."),
      size_key(
          "max_memory", &S::max_memory, 0, std::int64_t{1} << 50,
          "Memory of the index of peers and contents, about; when it is used up, new peers are "
          "answered and not stored. 0B: no limit."),
      duration_key("secret_rotation", &S::secret_rotation, 10s, 8760h,
                   "How often the secret of the connection ids is replaced; an id made under the "
                   "one before is good, so give clients more than twelve minutes."),
  };
}

std::vector<TrackerSettingsKey> make_keys() {
  auto keys = all_keys();
  for (auto& key : keys)
    key.reloadable = std::find(reloadable_keys.begin(), reloadable_keys.end(), key.name) !=
                     reloadable_keys.end();
  return keys;
}

std::string bound_text(const TrackerSettingsKey& key, std::int64_t bound) {
  const bool count = std::holds_alternative<std::uint32_t TrackerSettings::*>(key.member);
  return count ? fmt::format("{}", bound) : to_text(Duration(bound));
}

Parsed<bool> check_bounds(const TrackerSettingsKey& key, Duration value) {
  if (value.count() >= key.low && value.count() <= key.high) return true;
  return tl::unexpected(fmt::format("{} is out of range, it must be within {}..{}", to_text(value),
                                    bound_text(key, key.low), bound_text(key, key.high)));
}

// Parses the text of a value as the kind of its key demands, and stores the value in the settings.
struct Setter {
  TrackerSettings& settings;
  const TrackerSettingsKey& key;
  std::string_view text;

  template <class T>
  Parsed<bool> put(T TrackerSettings::*member, const Parsed<T>& value) const {
    if (!value) return tl::unexpected(value.error());
    settings.*member = *value;
    return true;
  }
  std::string without_unit(Duration standard, const std::string& otherwise) const {
    return missing_unit(text, Duration(key.low), Duration(key.high), standard).value_or(otherwise);
  }
  Parsed<bool> operator()(Duration TrackerSettings::*member) const {
    // A negative value is parsed, so that check_bounds() can tell the user what is wrong.
    const auto value = parse_duration(text, Sign::negative);
    if (!value) return tl::unexpected(without_unit(TrackerSettings{}.*member, value.error()));
    return check_bounds(key, *value).map([&](bool) {
      settings.*member = *value;
      return true;
    });
  }
  Parsed<bool> operator()(std::uint32_t TrackerSettings::*member) const {
    const auto value = parse_count(text, static_cast<std::uint64_t>(key.low),
                                   static_cast<std::uint64_t>(key.high));
    return put(member, value.map([](std::uint64_t v) { return static_cast<std::uint32_t>(v); }));
  }
  Parsed<bool> operator()(std::uint64_t TrackerSettings::*member) const {
    return put(member, parse_size(text));
  }
  Parsed<bool> operator()(bool TrackerSettings::*member) const {
    return put(member, parse_flag(text));
  }
  template <class Enum>
  Parsed<bool> operator()(Enum TrackerSettings::*member) const {
    return put(member, parse_choice<Enum>(text));
  }
  Parsed<bool> operator()(DrawnRange) const {
    const auto range = parse_duration_range(text, Sign::negative);
    if (!range) return tl::unexpected(without_unit(TrackerSettings{}.drawn_max, range.error()));
    return check_bounds(key, range->low).and_then([&](bool) {
      return check_bounds(key, range->high).map([&](bool) {
        settings.drawn_min = range->low;
        settings.drawn_max = range->high;
        return true;
      });
    });
  }
};

struct Printer {
  const TrackerSettings& settings;

  std::string operator()(Duration TrackerSettings::*member) const {
    return to_text(settings.*member);
  }
  std::string operator()(std::uint32_t TrackerSettings::*member) const {
    return fmt::format("{}", settings.*member);
  }
  std::string operator()(std::uint64_t TrackerSettings::*member) const {
    return size_text(settings.*member);
  }
  std::string operator()(bool TrackerSettings::*member) const {
    return settings.*member ? "true" : "false";
  }
  template <class Enum>
  std::string operator()(Enum TrackerSettings::*member) const {
    return choice_text(settings.*member);
  }
  std::string operator()(DrawnRange) const {
    return to_text(Range<Duration>{settings.drawn_min, settings.drawn_max});
  }
};

struct Copy {
  TrackerSettings& to;
  const TrackerSettings& from;
  template <class T>
  void operator()(T TrackerSettings::*member) const {
    to.*member = from.*member;
  }
  void operator()(DrawnRange) const {
    to.drawn_min = from.drawn_min;
    to.drawn_max = from.drawn_max;
  }
};

}  // namespace

const std::vector<TrackerSettingsKey>& tracker_settings_keys() {
  static const std::vector<TrackerSettingsKey> keys = make_keys();
  return keys;
}

const TrackerSettingsKey* find_tracker_settings_key(std::string_view name) {
  const auto& keys = tracker_settings_keys();
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const TrackerSettingsKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

Parsed<bool> set_tracker_setting(TrackerSettings& settings, const TrackerSettingsKey& key,
                                 std::string_view value) {
  return std::visit(Setter{settings, key, value}, key.member);
}

std::string tracker_setting_text(const TrackerSettings& settings, const TrackerSettingsKey& key) {
  return std::visit(Printer{settings}, key.member);
}

void reload_tracker_settings(TrackerSettings& settings, const TrackerSettings& from) {
  for (const auto& key : tracker_settings_keys())
    if (key.reloadable) std::visit(Copy{settings, from}, key.member);
  settings.contents_taken = from.contents_taken;
  settings.contacts = from.contacts;
}

TrackerSettingsConflict find_conflict(const TrackerSettings& s) {
  const bool promises = s.election == ElectionOrder::ranked;  // `drawn` (as in Raft): no promises
  if (promises && s.promise <= s.keep_alive)
    return {"promise", fmt::format("a promise of {} must be longer than the keep-alive of {}",
                                   to_text(s.promise), to_text(s.keep_alive))};
  // With a shorter limit, living members would leave the in-sync set and come back again and again.
  if (s.ready == ReadyPolicy::in_sync && s.in_sync_limit < 2 * s.keep_alive)
    return {"in_sync_limit",
            fmt::format("in_sync_limit {} is less than twice the keep_alive of {}: members that "
                        "live would leave the in-sync set and come back for ever",
                        to_text(s.in_sync_limit), to_text(s.keep_alive))};
  if (s.promise_max < s.promise)
    return {"promise_max", fmt::format("promise_max {} is less than the promise of {}",
                                       to_text(s.promise_max), to_text(s.promise))};
  if (s.vote_retry_max < s.vote_retry_min)
    return {"vote_retry_max", fmt::format("vote_retry_max {} is less than vote_retry_min {}",
                                          to_text(s.vote_retry_max), to_text(s.vote_retry_min))};
  if (s.sync_exit < s.sync_hand_over)
    return {"sync_exit", fmt::format("sync_exit {} is less than sync_hand_over {}",
                                     to_text(s.sync_exit), to_text(s.sync_hand_over))};
  return {};
}

}  // namespace swarm
