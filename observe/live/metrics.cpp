#include "observe/live/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <type_traits>

#include "observe/live/trace.hpp"

namespace swarm::observe {
namespace {

constexpr std::array<std::string_view, 4> actions = {"connect", "announce", "scrape", "error"};
constexpr std::array<std::string_view, 3> dialects = {"seed", "bep15", "http"};
static_assert(dialects.size() == static_cast<std::size_t>(Dialect::count));

template <class E>
constexpr std::size_t index_of() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return ((std::is_same_v<std::variant_alternative_t<I, Event>, E> ? I : 0) + ...);
  }
  (std::make_index_sequence<std::variant_size_v<Event>>());
}

struct Kind {  // a kind of event, and the metric that counts these events
  std::size_t index;
  std::string_view name, help;
};
constexpr Kind counted_kinds[] = {
    {index_of<event::ElectionWon>(), "swarm_tracker_elections_won_total",
     "Elections that this instance won."},
    {index_of<event::HandOver>(), "swarm_tracker_hand_overs_total",
     "Times that this instance gave its mastership to another member."},
    {index_of<event::HandOverGivenUp>(), "swarm_tracker_hand_overs_given_up_total",
     "Hand-overs that this instance, as master, could not bring about in four promises."},
    {index_of<event::BlockApplied>(), "swarm_tracker_blocks_committed_total",
     "Blocks of the log that this instance learnt to be committed, and applied."},
    {index_of<event::LogTruncated>(), "swarm_tracker_log_truncations_total",
     "Times that blocks which no majority had were taken back from the end of the log."},
    {index_of<event::ConfigChanged>(), "swarm_tracker_member_changes_total",
     "Changes of the list of members that this instance saw."},
    {index_of<event::SnapshotSent>(), "swarm_tracker_snapshots_sent_total",
     "Whole databases sent to members that the log does not reach any more."},
    {index_of<event::SnapshotInstalled>(), "swarm_tracker_snapshots_installed_total",
     "Whole databases received and installed."},
    {index_of<event::PeerExpired>(), "swarm_tracker_peers_expired_total",
     "Peers that this instance, as master, removed because they were silent for a lifetime."},
    {index_of<event::ContentExpired>(), "swarm_tracker_registrations_expired_total",
     "Contents of peers that go on with others, removed by this instance, as master, because they "
     "were not announced for a lifetime."},
    {index_of<event::NotStored>(), "swarm_tracker_registrations_not_stored_total",
     "Registrations answered but not stored, because a limit is reached."},
    {index_of<event::Relayed>(), "swarm_tracker_relayed_answers_total",
     "Answers of the master passed on to clients that asked this instance alone."},
    {index_of<event::DeafHandOver>(), "swarm_tracker_deaf_hand_overs_total",
     "Times that this instance, as master, handed over because it did not hear the group."},
    {index_of<event::ClockWentBack>(), "swarm_tracker_clock_went_back_total",
     "Times that the clock of this host went back."},
    {index_of<event::DiskSlow>(), "swarm_tracker_disk_slow_total",
     "Times that a sync of the disk was pending for too long."},
    {index_of<event::DisksDiffer>(), "swarm_tracker_disks_differ_total",
     "Times that the disk or the tables of another member did not fit what is known here."},
};

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text;
}

std::string text_of(bool value) {
  return value ? "1" : "0";
}
std::string text_of(std::uint64_t value) {
  return std::to_string(value);
}
std::string text_of(Duration value) {
  return fmt::format("{}", static_cast<double>(value.count()) / 1e9);  // in seconds
}
std::string text_of(std::optional<Duration> value) {
  return value ? text_of(*value) : "+Inf";  // makes an alert on "longer than" fire
}

// Writes the metrics one after the other: HELP and TYPE, then the samples.
class Page {
 public:
  Page& gauge(std::string_view name, std::string_view help) { return family(name, help, "gauge"); }
  Page& counter(std::string_view name, std::string_view help) {
    return family(name, help, "counter");
  }

  template <class Value>
  Page& operator()(const Value& value) {
    return labelled("", value);
  }
  template <class Value>
  Page& operator()(std::string_view label, std::string_view label_value, const Value& value) {
    return labelled(fmt::format("{{{}=\"{}\"}}", label, escaped(label_value)), value);
  }
  template <class Value>
  Page& labelled(std::string_view labels, const Value& value) {
    text_ += fmt::format("{}{} {}\n", name_, labels, text_of(value));
    return *this;
  }

  std::string take() { return std::move(text_); }

 private:
  Page& family(std::string_view name, std::string_view help, std::string_view type) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    return *this;
  }

  std::string text_, name_;
};

void write_instance(Page& page, const Status& s) {
  page.gauge("swarm_tracker_info", "The version and the name of this instance; always 1.")
      .labelled(fmt::format(R"({{version="{}",name="{}"}})", escaped(s.version), escaped(s.name)),
                true);
  page.gauge("swarm_tracker_uptime_seconds", "Time since this process started.")(s.uptime);
  page.gauge("swarm_tracker_ready",
             "1 when this instance follows a master or serves peers itself, else 0.")(s.ready);
  page.gauge("swarm_tracker_serving",
             "1 when this instance is the one that answers peers, else 0.")(s.serving);
  page.gauge("swarm_tracker_deaf",
             "1 when this instance hears nothing of the group while others do, else 0.")(s.deaf);
  page.gauge("swarm_tracker_role", "1 for the role that this instance has, 0 for the others.");
  for (int i = 0; i <= static_cast<int>(Role::removed); ++i)
    page("role", name_of(static_cast<Role>(i)), s.role == static_cast<Role>(i));
  page.gauge("swarm_tracker_term", "The term that this instance has adopted.")(s.term.value);
  page.gauge("swarm_tracker_log_index", "How far the log of this instance is, in blocks.");
  page("kind", "last", s.last.value)("kind", "durable", s.durable.value);
  page("kind", "commit", s.commit.value)("kind", "applied", s.applied.value);
  page("kind", "rows", s.rows_applied.value);
  page.gauge("swarm_tracker_contents", "Contents that somebody has or fetches.")(s.contents);
  page.gauge("swarm_tracker_peers", "Peers that have or fetch some content.")(s.peers);
  page.gauge("swarm_tracker_memory_bytes",
             "Memory that the index of contents and peers takes.")(s.memory_bytes);
  page.gauge(
      "swarm_tracker_full",
      "1 when a limit is reached and new peers are answered but not stored, else 0.")(s.full);
}

bool has_moved(const Status& s) {
  return std::any_of(s.members.begin(), s.members.end(),
                     [](const MemberReport& m) { return m.self && m.moved(); });
}

void write_members(Page& page, const Status& s) {
  std::uint64_t voters = 0;
  for (const auto& m : s.members) voters += m.member.standing == Standing::voter;
  page.gauge("swarm_tracker_members",
             "Members of the swarm, as this instance knows it.")(std::uint64_t{s.members.size()});
  page.gauge("swarm_tracker_voters", "Members that vote and count for the majority.")(voters);
  page.gauge("swarm_tracker_moved",
             "1 when the swarm knows this instance at another address than its own, else 0.")(
      has_moved(s));
  page.gauge("swarm_tracker_member_last_heard_seconds",
             "Time since another member was heard; +Inf when never.");
  for (const auto& m : s.members)
    if (!m.self) page("member", std::to_string(m.member.id.value), m.last_heard);
  page.gauge(
      "swarm_tracker_member_behind_blocks",
      "Blocks that a member, as it last told, is behind what this instance knows committed.");
  for (const auto& m : s.members)
    if (m.last_heard) page("member", std::to_string(m.member.id.value), m.behind);
}

void write_events(Page& page, const EventCounts& c) {
  page.counter("swarm_tracker_answers_total", "Datagrams to peers, by action.");
  for (std::size_t i = 0; i < actions.size(); ++i) page("action", actions[i], c.answers[i]);
  page.counter("swarm_tracker_answers_by_dialect_total", "The same, by how the peer speaks.");
  for (std::size_t i = 0; i < dialects.size(); ++i) page("dialect", dialects[i], c.dialects[i]);
  page.counter("swarm_tracker_rejected_datagrams_total",
               "Datagrams dropped, or refused with an error, by reason.");
  for (std::size_t i = 0; i < c.rejects.size(); ++i)
    page("reason", name_of(static_cast<Reject>(i)), c.rejects[i]);

  const auto by_cause = [&](std::string_view name, std::string_view help,
                            const EventCounts::ByCause& counts) {
    page.counter(name, help);
    for (std::size_t i = 0; i < counts.size(); ++i)
      page("cause", name_of(static_cast<Cause>(i)), counts[i]);
  };
  by_cause("swarm_tracker_masters_suspected_total",
           "Times that this instance took its master for dead, by cause.", c.suspected);
  by_cause("swarm_tracker_elections_started_total",
           "Elections that this instance stood for, by cause.", c.elections);
  by_cause("swarm_tracker_stepped_down_total",
           "Times that this instance stopped being master, by cause.", c.stepped_down);

  page.counter(
      "swarm_tracker_kept_requests_answered_total",
      "Requests kept during an election, and answered by this instance as the new master.")(
      c.kept_answered);
  for (const auto& kind : counted_kinds) page.counter(kind.name, kind.help)(c.events[kind.index]);
}

void write_channels(Page& page, const HostCounts& host) {
  const auto both = [&](std::string_view name, std::string_view help, auto field) {
    page.counter(name, help)("channel", "cluster", host.cluster.*field)("channel", "peers",
                                                                        host.peers.*field);
  };
  both("swarm_tracker_datagrams_received_total", "Datagrams received.", &ChannelCounts::received);
  both("swarm_tracker_received_bytes_total", "Bytes of datagrams received.",
       &ChannelCounts::received_bytes);
  both("swarm_tracker_datagrams_sent_total", "Datagrams sent.", &ChannelCounts::sent);
  both("swarm_tracker_sent_bytes_total", "Bytes of datagrams sent.", &ChannelCounts::sent_bytes);
  both("swarm_tracker_receive_overflows_total",
       "Datagrams that were lost because the receive buffer was full: raise socket-buffer.",
       &ChannelCounts::receive_overflows);
  both("swarm_tracker_send_dropped_total", "Datagrams that the kernel did not take.",
       &ChannelCounts::send_dropped);
  both("swarm_tracker_truncated_datagrams_total",
       "Datagrams dropped because they are larger than any of the protocol.",
       &ChannelCounts::truncated);
}

void write_group(Page& page, const Status& s) {
  page.counter("swarm_tracker_group_datagrams_total",
               "Datagrams of peers that were sent to the group.")(s.group_heard);
}

void write_clients(Page& page, const HostCounts& host) {
  page.counter("swarm_tracker_http_connections_total",
               "Connections of clients over HTTP.")(host.http.connections);
  page.counter("swarm_tracker_http_requests_total",
               "Requests of clients over HTTP.")(host.http.requests);
  page.counter("swarm_tracker_http_unanswered_total",
               "Requests over HTTP that were told 503: no room for them, or no answer in time.")(
      host.http.unanswered);
  page.counter(
      "swarm_tracker_http_made_room_total",
      "Connections closed without a request, to make room for others.")(host.http.made_room);
  page.gauge("swarm_tracker_listed_contents",
             "Contents of the allow-list and of the deny-list; 0 without one.");
  page("list", "allow", host.allowed)("list", "deny", host.denied);
}

void write_disks(Page& page, const HostCounts& host) {
  const auto both = [&](std::string_view name, std::string_view help, auto field, auto family) {
    (page.*family)(name, help)("disk", "log", host.log.*field)("disk", "ballot",
                                                               host.ballot.*field);
  };
  both("swarm_tracker_disk_tickets_total", "Writes that the tracker asked for.",
       &DiskCounts::tickets, &Page::counter);
  both("swarm_tracker_disk_commits_total", "Transactions that these writes were grouped into.",
       &DiskCounts::commits, &Page::counter);
  both("swarm_tracker_disk_checkpoints_total", "Moves of the write-ahead log into the database.",
       &DiskCounts::checkpoints, &Page::counter);
  both("swarm_tracker_disk_commit_seconds_total", "Time spent in transactions, with their syncs.",
       &DiskCounts::total_commit, &Page::counter);
  both("swarm_tracker_disk_commit_seconds_max", "The longest transaction since the start.",
       &DiskCounts::longest_commit, &Page::gauge);
}

void write_process(Page& page, const HostCounts& host) {
  page.counter("swarm_tracker_answers_too_late_total",
               "Answers dropped because the lease of the master had run out before they left.")(
      host.answers_too_late);
  page.counter("swarm_tracker_steps_total",
               "Steps of the tracker: batches, timers, reports.")(host.steps);
  page.gauge(
      "swarm_tracker_event_loop_lateness_seconds_max",
      "The longest time since the start that a timer was served late.")(host.longest_lateness);
  const auto& longest = host.longest_step;
  page.gauge("swarm_tracker_step_cpu_seconds_max",
             "The longest step since the start, in CPU time of the network's thread.");
  page("kind", "datagrams", longest.datagrams)("kind", "timer", longest.timer);
  page("kind", "disk", longest.disk)("kind", "other", longest.other);
  page.counter("process_cpu_seconds_total", "User and system time of this process.")(host.cpu);
  page.gauge("process_resident_memory_bytes",
             "Resident memory of this process.")(host.resident_bytes);
}

}  // namespace

void Metrics::event(const Event& event) {
  const auto count = [](auto& array, auto by) { ++array[static_cast<std::size_t>(by)]; };
  count(counts_.events, event.index());
  if (const auto* answered = std::get_if<event::Answered>(&event)) {
    count(counts_.answers, answered->action % counts_.answers.size());
    count(counts_.dialects, answered->dialect);
  } else if (const auto* rejected = std::get_if<event::Rejected>(&event))
    count(counts_.rejects, rejected->reason);
  else if (const auto* suspected = std::get_if<event::MasterSuspected>(&event))
    count(counts_.suspected, suspected->cause);
  else if (const auto* election = std::get_if<event::ElectionStarted>(&event))
    count(counts_.elections, election->cause);
  else if (const auto* stepped_down = std::get_if<event::SteppedDown>(&event))
    count(counts_.stepped_down, stepped_down->cause);
  else if (const auto* kept = std::get_if<event::KeptAnswered>(&event))
    counts_.kept_answered += kept->requests;
}

std::string Metrics::text(const Status& status, const HostCounts& host) const {
  Page page;
  write_instance(page, status);
  write_members(page, status);
  write_events(page, counts_);
  write_channels(page, host);
  write_group(page, status);
  write_clients(page, host);
  write_disks(page, host);
  write_process(page, host);
  return page.take();
}

}  // namespace swarm::observe
