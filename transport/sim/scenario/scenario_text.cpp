// The short readable forms that scenario_reader.hpp declares.
#include <fmt/format.h>

#include "engine/base/counted.hpp"
#include "engine/base/quantity.hpp"
#include "transport/sim/scenario/scenario_names.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {
namespace {

std::string delay_text(const Delay& delay) {
  const std::string text = to_text(Range<Duration>{delay.min, delay.max});
  return delay.mean ? text + " with a tail of " + to_text(*delay.mean) : text;
}

std::string group_text(const std::vector<Who>& group) {
  std::string text;
  for (const Who& who : group) text += (text.empty() ? "" : ", ") + to_text(who);
  return group.size() == 1 ? text : "[" + text + "]";
}

std::string partition_text(const Action& action) {
  std::string text;
  for (const auto& group : action.groups) text += (text.empty() ? "" : " | ") + group_text(group);
  return text;
}

std::string disk_text(const Action& action) {
  return fmt::format(
      "of {} {}", to_text(action.who),
      action.hang ? "hangs" : "syncs in " + delay_text(action.sync.value_or(Delay{})));
}

std::string network_text(const Action& action) {
  std::string text = "changes";
  for (const std::string& key : action.network_keys) text += " " + key;
  return text;
}

std::string files_text(const Action& action) {
  static constexpr std::string_view names[] = {"log", "ballot", "all"};
  const auto file = names[static_cast<std::size_t>(action.file)];
  return fmt::format("of {}, {} {}", to_text(action.who), action.older ? "older" : "lost", file);
}

std::string replay_text(const Action& action) {
  const Replay& replay = *action.replay;
  std::string text = replay.first ? "of the first " : "of the last ";
  for (std::size_t i = 0; i < replay.what.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : " or ", message_names()[replay.what[i]]);
  if (!replay.of_anybody) text += " of " + to_text(action.from);
  if (!replay.to_all) text += " to " + to_text(action.to);
  return action.lasting ? text + " every " + to_text(replay.every) : text;
}

std::string object_text(const Action& action) {
  switch (action.kind) {
    case Action::Kind::partition:
      return partition_text(action);
    case Action::Kind::cut:
      return to_text(action.from) + (action.of_group ? " by the group to " : " to ") +
             to_text(action.to);
    case Action::Kind::pause:
      return to_text(action.who) + (action.frozen ? " with its clock" : "");
    case Action::Kind::clock:
      return "of " + to_text(action.who) + " by " + to_text(action.by);
    case Action::Kind::disk:
      return disk_text(action);
    case Action::Kind::network:
      return network_text(action);
    case Action::Kind::files:
      return files_text(action);
    case Action::Kind::clone:
      return fmt::format("of {} on {}", to_text(action.who), to_text(action.onto));
    case Action::Kind::replay:
      return replay_text(action);
    case Action::Kind::crash:
    case Action::Kind::kill:
    case Action::Kind::start:
    case Action::Kind::stop:
    case Action::Kind::restart:
    case Action::Kind::wipe:
    case Action::Kind::hand_over:
    case Action::Kind::remove:
    case Action::Kind::isolate:
    case Action::Kind::heal:
    case Action::Kind::leave:
    case Action::Kind::damage:
    case Action::Kind::copy:
      return to_text(action.who);
  }
  return {};
}

std::string times_text(std::uint32_t thousandths) {
  std::string text = fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string what_text(const Expectation& e) {
  const std::string within = to_text(e.within);
  switch (e.kind) {
    case Expectation::Kind::new_master:
      return fmt::format("new master within {}{}", within, e.in_majority ? " in the majority" : "");
    case Expectation::Kind::same_master:
      return "same master for " + within;
    case Expectation::Kind::first_answer:
      return "first answer within " + within;
    case Expectation::Kind::same_database:
      return "same database within " + within;
    case Expectation::Kind::members:
      return fmt::format("{} within {}", counted(e.count, "member"), within);
    case Expectation::Kind::no_master:
      return "no master from " + within;
    case Expectation::Kind::unanswered:
      return fmt::format("at most {} unanswered at the first sending", e.count);
    case Expectation::Kind::service_p50:
      return "service gap p50 <= " + within;
    case Expectation::Kind::service_p99:
      return "service gap p99 <= " + within;
    case Expectation::Kind::always:
      return "always " + e.name;
    case Expectation::Kind::sometimes:
      return "sometimes " + e.name;
    case Expectation::Kind::complete:
      return fmt::format("{}: complete within {}", e.name, within);
    case Expectation::Kind::uploads:
      return fmt::format("{}: each uploads at most {} times the content", e.name,
                         times_text(e.times));
    case Expectation::Kind::downloads:
      return fmt::format("{}: each downloads at most {} times the content", e.name,
                         times_text(e.times));
    case Expectation::Kind::sends:
      return fmt::format("{} sent: at most {} times what was installed", e.name,
                         times_text(e.times));
    case Expectation::Kind::answered:
      return fmt::format("{} clients: answered within {}", e.name, within);
  }
  return "?";
}

bool of_the_whole_run(const Expectation& e) {
  return e.kind == Expectation::Kind::always || e.kind == Expectation::Kind::sometimes ||
         e.kind == Expectation::Kind::uploads || e.kind == Expectation::Kind::downloads ||
         e.kind == Expectation::Kind::sends ||
         ((e.kind == Expectation::Kind::unanswered || e.kind == Expectation::Kind::complete ||
           e.kind == Expectation::Kind::answered) &&
          e.after.empty());
}

}  // namespace

std::string to_text(Action::Kind kind) {
  return std::string(name_of(action_names(), kind));
}

std::string to_text(const Who& who) {
  if (who.kind == Who::Kind::named) return fmt::format("t{}", who.tracker);
  if (who.kind == Who::Kind::peers)
    return who.peer == 0 ? who.group : fmt::format("{}-{}", who.group, who.peer);
  return std::string(name_of(role_names(), who.kind));
}

std::string to_text(const Action& action) {
  std::string text =
      fmt::format("{} {} at {}", to_text(action.kind), object_text(action), to_text(action.at));
  if (action.lasting) text += " for " + to_text(*action.lasting);
  if (action.label != to_text(action.kind)) text = action.label + ": " + text;
  return text;
}

std::string to_text(const Expectation& expectation) {
  if (of_the_whole_run(expectation)) return what_text(expectation);
  return fmt::format("after {}: {}", expectation.after.empty() ? "the start" : expectation.after,
                     what_text(expectation));
}

}  // namespace swarm::sim
