#include "tests/engine/consensus/script.hpp"

#include <iomanip>
#include <map>
#include <stdexcept>

namespace swarm::test {
namespace {

[[noreturn]] void wrong(const std::string& what) {
  throw std::runtime_error(what);
}

template <class T>
T next(std::istringstream& in) {
  T value{};
  if (!(in >> value)) wrong("a command ends too early");
  return value;
}
Place place(std::istringstream& in) {
  return next<Place>(in);
}
void expect(std::istringstream& in, const std::string& word) {
  if (next<std::string>(in) != word) wrong("expected: " + word);
}

Duration time(const std::string& text) {
  std::size_t end = 0;
  const auto number = std::stoll(text, &end);
  const auto unit = text.substr(end);
  if (unit == "us") return std::chrono::microseconds(number);
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s") return std::chrono::seconds(number);
  wrong("not a time: " + text);
}

void set(ConsensusSettings& settings, const std::string& pair) {
  const auto equals = pair.find('=');
  const auto key = pair.substr(0, equals), value = pair.substr(equals + 1);
  if (key == "pre_vote")
    settings.pre_vote = value == "on";
  else if (key == "rank_delay")
    settings.rank_delay = time(value);
  else if (key == "status_interval")
    settings.status_interval = time(value);
  else if (key == "stabilisation")
    settings.stabilisation = time(value);
  else if (key == "log_keep")
    settings.log_keep = static_cast<std::uint32_t>(std::stoul(value));
  else
    wrong("no such key: " + key);
}

const char* text(Role role) {
  static constexpr const char* texts[] = {"stranger",  "learner", "slave",
                                          "candidate", "master",  "removed"};
  return texts[static_cast<std::size_t>(role)];
}

}  // namespace

void Script::carry_out(const std::string& command) {
  std::istringstream in(command);
  const auto verb = next<std::string>(in);
  if (verb == "group") {
    make_group(in, place(in));
    return transcript_.show(show());
  }
  if (verb == "empty") return make_group(in, 0);
  if (!group_) wrong("a script begins with `group` or `empty`");
  if (verb == "show") return transcript_.show(show());
  if (!live(verb, in) && !order(verb, in) && !disturb(verb, in) && !wait(verb, in))
    wrong("no such command: " + command);
}

void Script::make_group(std::istringstream& in, Place members) {
  Group::Options options;
  for (std::string pair; in >> pair;) set(options.settings, pair);
  transcript_ = {};
  group_ = std::make_unique<Group>(options, &transcript_);
  if (members > 0) group_->found(members);
  transcript_.begin(*group_);
}

bool Script::live(const std::string& verb, std::istringstream& in) {
  if (verb == "start") {
    static const std::map<std::string, FirstStart> ways{{"bootstrap", FirstStart::bootstrap},
                                                        {"init", FirstStart::init},
                                                        {"join", FirstStart::join}};
    const Place n = place(in);
    group_->start(n, ways.at(next<std::string>(in)));
  } else if (verb == "crash") {
    group_->crash(place(in));
  } else if (verb == "restart") {
    group_->restart(place(in));
  } else if (verb == "die") {
    group_->die(place(in));
  } else {
    return false;
  }
  return true;
}

bool Script::order(const std::string& verb, std::istringstream& in) {
  bool taken = true;
  if (verb == "add") {
    const Place n = place(in);
    taken = group_->add(n, next<std::uint32_t>(in));
  } else if (verb == "fill") {
    const Place n = place(in);
    fill(n, next<std::uint32_t>(in));
  } else if (verb == "hand-over") {
    taken = group_->hand_over(place(in));
  } else if (verb == "remove") {
    const MemberId member{next<std::uint32_t>(in)};
    expect(in, "at");
    taken = group_->remove(place(in), member);
  } else if (verb == "leave") {
    taken = group_->leave(place(in));
  } else if (verb == "stop") {
    group_->stop(place(in));
  } else {
    return false;
  }
  if (!taken) wrong("not taken: " + verb);
  return true;
}

bool Script::disturb(const std::string& verb, std::istringstream& in) {
  if (verb == "cut") {
    const Place from = place(in);
    const auto word = next<std::string>(in);
    if (word == ">")
      group_->cut(from, place(in));
    else
      group_->cut_both(from, static_cast<Place>(std::stoul(word)));
  } else if (verb == "isolate") {
    group_->isolate(place(in));
  } else if (verb == "heal") {
    group_->heal();
  } else if (verb == "lose") {
    const Place from = place(in);
    expect(in, ">");
    const Place to = place(in);
    group_->lose(from, to, message_of(next<std::string>(in)));
  } else if (verb == "hold-log") {
    group_->disk(place(in)).hold_log = true;
  } else if (verb == "hold-ballot") {
    group_->disk(place(in)).hold_ballot = true;
  } else if (verb == "report") {
    const Place n = place(in);
    group_->disk(n).hold_log = group_->disk(n).hold_ballot = false;
    group_->report(n);
  } else {
    return false;
  }
  return true;
}

bool Script::wait(const std::string& verb, std::istringstream& in) {
  bool came = true;
  if (verb == "pass") {
    group_->pass(time(next<std::string>(in)));
  } else if (verb == "settle") {
    came = group_->settle();
  } else if (verb == "until") {
    const Place n = place(in);
    const auto what = next<std::string>(in);
    came = group_->pass_until([&] {
      if (what == "serves") return group_->may_answer(n);
      return group_->runs(n) && text(group_->view(n).role) == what;
    });
  } else {
    return false;
  }
  if (!came) wrong("in vain: " + verb);
  return true;
}

void Script::fill(Place n, std::uint32_t times) {
  const auto before = transcript_;
  for (std::uint32_t i = 0; i < times; ++i) {
    if (!group_->add(n, 1)) wrong("not taken: fill");
    group_->pass(20ms);
  }
  transcript_ = before;
}

std::string Script::show() const {
  std::ostringstream out;
  for (const Place n : group_->running()) {
    const auto& v = group_->view(n);
    out << "  " << n << "  " << std::left << std::setw(10) << text(v.role) << "term "
        << v.term.value;
    if (v.last < v.log_begin)
      out << ", log empty behind " << v.last.value;
    else
      out << ", log " << v.log_begin.value << " to " << v.last.value;
    out << ", commit " << v.commit.value << ", counts " << group_->value(n)
        << (group_->may_answer(n) ? ", may answer" : "") << '\n';
  }
  return out.str();
}

}  // namespace swarm::test
