#include "observe/live/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "observe/live/trace.hpp"

namespace swarm::observe {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 2> standings = {"learner", "voter"};
constexpr double longest_s = 9e9;  // about 285 years; a Duration can hold little more

std::string hex(std::uint64_t value) {
  return fmt::format("{:016x}", value);
}

// Rounds down to the microsecond. So if a status is read and written again, it does not change.
double seconds(Duration duration) {
  return static_cast<double>(duration / 1us) / 1e6;
}

Json member_json(const MemberReport& m) {
  const bool told = m.last_heard.has_value();
  const auto when_told = [&](Json value) { return told ? std::move(value) : Json(nullptr); };
  return {{"id", m.member.id.value},
          {"address", to_string(m.member.cluster)},
          {"store", hex(m.member.store.value)},
          {"standing", standings.at(static_cast<std::size_t>(m.member.standing))},
          {"in_sync", m.member.in_sync},
          {"self", m.self},
          {"two_processes", m.two_processes},
          {"ended", m.ended},
          {"role", when_told(name_of(m.told.role))},
          {"term", when_told(m.told.term.value)},
          {"commit", when_told(m.told.commit.value)},
          {"applied", when_told(m.told.applied.value)},
          {"last", when_told(m.told.last.value)},
          {"behind", when_told(m.behind)},
          {"peers", when_told(m.told.peers)},
          {"contents", when_told(m.told.contents)},
          {"uptime_s", when_told(seconds(m.told.uptime))},
          {"last_heard_s", told ? Json(seconds(*m.last_heard)) : Json(nullptr)},
          {"heard_from", when_told(to_string(m.heard_from))}};
}

// Reads the keys of one object. The error for a bad value is a sentence that names the key.
class Object {
 public:
  explicit Object(const Json& json) : json_(json) {
    if (!json.is_object()) throw std::runtime_error("this is no status: no JSON object");
  }

  bool has(const char* key) const { return json_.contains(key); }
  bool is_null(const char* key) const { return at(key).is_null(); }
  const Json& list(const char* key) const {
    return at(key).is_array() ? at(key) : wrong(key, "a list");
  }

  void sentences(const char* key, std::vector<std::string>& all) const {
    for (const auto& one : list(key)) {
      if (!one.is_string()) wrong(key, "a list of sentences");
      all.push_back(one.get<std::string>());
    }
  }

  void operator()(const char* key, std::string& value) const { value = text(key); }
  void operator()(const char* key, bool& value) const {
    value = (at(key).is_boolean() ? at(key) : wrong(key, "true or false")).get<bool>();
  }
  void operator()(const char* key, std::int64_t& value) const {
    value = static_cast<std::int64_t>(number(key, std::numeric_limits<std::int64_t>::max()));
  }
  template <class Number>
  requires std::is_unsigned_v<Number>
  void operator()(const char* key, Number& value) const {
    value = static_cast<Number>(number(key, std::numeric_limits<Number>::max()));
  }
  template <class Tag, class Rep>
  void operator()(const char* key, Strong<Tag, Rep>& id) const {
    (*this)(key, id.value);
  }
  void operator()(const char* key, Duration& value) const {
    const Json& json = at(key);
    const double s = json.is_number() ? json.get<double>() : -1;
    if (!(s >= 0 && s <= longest_s)) wrong(key, "a time in seconds");
    value = std::llround(s * 1e6) * 1us;
  }
  void operator()(const char* key, Role& role) const {
    for (int i = 0; i <= static_cast<int>(Role::removed); ++i)
      if (name_of(static_cast<Role>(i)) == text(key)) return void(role = static_cast<Role>(i));
    wrong(key, "a role");
  }
  void operator()(const char* key, Standing& standing) const {
    for (std::size_t i = 0; i < standings.size(); ++i)
      if (standings[i] == text(key)) return void(standing = static_cast<Standing>(i));
    wrong(key, "learner or voter");
  }
  void operator()(const char* key, Endpoint& endpoint) const {
    const std::string& address = text(key);
    std::array<std::uint64_t, 5> part{};  // a.b.c.d:port
    const char* from = address.data();
    const char* const end = from + address.size();
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto [stop, error] = std::from_chars(from, end, part[i]);
      const bool separated = i == 4 ? stop == end : stop != end && *stop == (i == 3 ? ':' : '.');
      if (error != std::errc{} || part[i] > (i == 4 ? 65535u : 255u) || !separated)
        wrong(key, "an address like 10.0.0.1:7000");
      from = stop + (i < 4);
    }
    endpoint.ip =
        static_cast<std::uint32_t>(part[0] << 24 | part[1] << 16 | part[2] << 8 | part[3]);
    endpoint.port = static_cast<std::uint16_t>(part[4]);
  }
  template <class Tag>
  void hexadecimal(const char* key, Strong<Tag, std::uint64_t>& id) const {
    const std::string& digits = text(key);
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, id.value, 16);
    if (digits.size() != 16 || error != std::errc{} || stop != end)
      wrong(key, "16 hexadecimal digits");
  }

 private:
  const Json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end())
      throw std::runtime_error(fmt::format("this is no status: \"{}\" is missing", key));
    return *found;
  }
  const std::string& text(const char* key) const {
    return (at(key).is_string() ? at(key) : wrong(key, "a text")).get_ref<const std::string&>();
  }
  std::uint64_t number(const char* key, std::uint64_t most) const {
    if (!at(key).is_number_unsigned() || at(key).get<std::uint64_t>() > most)
      wrong(key, "a number that fits");
    return at(key).get<std::uint64_t>();
  }
  [[noreturn]] static const Json& wrong(const char* key, const char* wanted) {
    throw std::runtime_error(fmt::format("this is no status: \"{}\" is not {}", key, wanted));
  }

  const Json& json_;
};

MemberReport read_member(const Json& json) {
  const Object read(json);
  MemberReport m;
  read("id", m.member.id), read("address", m.member.cluster),
      read.hexadecimal("store", m.member.store);
  read("standing", m.member.standing), read("in_sync", m.member.in_sync), read("self", m.self);
  if (read.has("two_processes")) read("two_processes", m.two_processes);
  if (read.has("ended")) read("ended", m.ended);
  if (read.is_null("last_heard_s")) return m;
  read("last_heard_s", m.last_heard.emplace());
  read("role", m.told.role), read("term", m.told.term);
  read("commit", m.told.commit), read("applied", m.told.applied), read("last", m.told.last);
  read("behind", m.behind), read("peers", m.told.peers), read("contents", m.told.contents);
  read("uptime_s", m.told.uptime);
  if (read.has("heard_from")) read("heard_from", m.heard_from);
  return m;
}

// --- the table ------------------------------------------------------------------------------

constexpr Duration long_silent = 1s;

bool silent(const MemberReport& m) {
  return !m.self && (m.ended || !m.last_heard || *m.last_heard > long_silent);
}

// For example 1,234,567.
std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string counted(std::uint64_t number, std::string_view one) {
  return fmt::format("{} {}{}", grouped(number), one, number == 1 ? "" : "s");
}

// The duration in its one or two largest units, for a person to read.
std::string about(Duration duration) {
  using namespace std::chrono;
  if (duration < 1s) return fmt::format("{} ms", duration / 1ms);
  if (duration < 10s) return fmt::format("{}.{} s", duration / 1s, duration % 1s / 100ms);
  if (duration < 1min) return fmt::format("{} s", duration / 1s);
  if (duration < 1h) return fmt::format("{} min {} s", duration / 1min, duration % 1min / 1s);
  if (duration < 24h) return fmt::format("{} h {} min", duration / 1h, duration % 1h / 1min);
  return fmt::format("{} d {} h", duration / 24h, duration % 24h / 1h);
}

// The columns: the mark of this instance's line, ID, ADDRESS, ROLE, TERM, COMMIT, BEHIND, PEERS,
// LAST HEARD, UPTIME.
using Row = std::array<std::string, 10>;
constexpr bool to_the_right[] = {false, true, false, false, true, true, true, true, true, true};

Row row_of(const MemberReport& m) {
  // True if the member has sent a STATUS, or is this instance.
  const bool has_told = m.self || (m.last_heard && m.told.term.value > 0);
  const auto told = [&](std::string text) { return has_told ? std::move(text) : "-"; };
  const std::string heard = m.self ? "-" : m.last_heard ? about(*m.last_heard) : "never";
  return {m.self ? "*" : "",
          m.member.id ? std::to_string(m.member.id.value) : "-",
          to_string(m.member.cluster),
          m.ended           ? "ended"
          : silent(m)       ? "silent"
          : m.two_processes ? "copied"
          : m.moved()       ? "moved"
                            : told(std::string(name_of(m.told.role))),
          told(std::to_string(m.told.term.value)),
          told(grouped(m.told.commit.value)),
          told(grouped(m.behind)),
          told(grouped(m.told.peers)),
          heard,
          silent(m) ? "-" : told(about(m.told.uptime))};
}

std::string painted(std::string_view text, std::string_view code, bool colour) {
  return colour && !code.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string_view colour_of(const MemberReport& m) {
  if (silent(m) || m.moved() || m.two_processes) return "31";  // red
  return m.told.role == Role::master ? "32" : "";              // green
}

std::string master_text(const Status& s) {
  if (!s.master) return "no master known";
  for (const auto& m : s.members)
    if (m.member.id == s.master)
      return fmt::format("master {} ({})", m.member.id.value, to_string(m.member.cluster));
  return fmt::format("master {}", s.master.value);
}

std::string head_of(const Status& s) {
  if (!s.cluster) return fmt::format("no swarm yet · this instance is a {}", name_of(s.role));
  std::size_t voters = 0;
  for (const auto& m : s.members) voters += m.member.standing == Standing::voter;
  return fmt::format("swarm {} · term {} · {} · {}, {} · {} of {}", hex(s.cluster.value),
                     s.term.value, master_text(s), counted(s.members.size(), "member"),
                     counted(voters, "voter"), counted(s.peers, "peer"),
                     counted(s.contents, "content"));
}

// The remark that this instance does not hear a majority; empty if it does.
std::string no_majority(const Status& s) {
  std::size_t voters = 0, heard = 0;
  bool counted = false;  // whether this instance is a voter
  std::string missing;
  for (const auto& m : s.members) {
    if (m.member.standing != Standing::voter) continue;
    ++voters;
    counted = counted || m.self;
    heard += !silent(m);
    if (silent(m))
      missing += fmt::format("{} {} ({})", missing.empty() ? "" : ",", m.member.id.value,
                             to_string(m.member.cluster));
  }
  if (2 * heard > voters || missing.empty()) return {};
  return fmt::format("no majority: {} of {} voters {}{}, and {} are needed; not heard:{}", heard,
                     voters, heard == 1 ? "is heard" : "are heard",
                     counted ? ", this one counted" : "", voters / 2 + 1, missing);
}

// The remark that this instance is not ready. Empty if the instance is ready or belongs to no
// swarm, or if another remark already says why it is not ready.
std::string_view not_ready(const Status& s) {
  if (s.ready || !s.cluster || s.role == Role::removed) return {};
  for (const auto& m : s.members)
    if (m.self && m.moved()) return {};
  if (s.deaf && s.serving) return "not ready: this instance serves, and is deaf to the group";
  if (s.role == Role::master)
    return "not ready: this instance is the master, and waits for a majority of the members to "
           "confirm it";
  if (s.role == Role::learner && s.master)
    return "not ready: this instance is a learner; it gets a vote when it has the database, and "
           "has been up to date for a while (`stabilisation`, 10s by default)";
  return "not ready: this instance follows no master and serves nobody";
}

// Replaces control characters, which could move a terminal's cursor.
std::string on_a_line(std::string sentence) {
  for (char& c : sentence)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  return sentence;
}

std::string remarks_on(const Status& s, bool colour) {
  std::string text;
  const auto remark = [&](std::string_view line) { text += painted(line, "33", colour) + '\n'; };
  if (s.role == Role::removed)
    remark(
        "this instance takes no part any more: it was removed, or its disk is refused; its log "
        "says which");
  if (const auto line = not_ready(s); !line.empty()) remark(line);
  if (s.deaf)
    remark(
        "deaf: nothing of what peers last sent to the group arrived here, though other members "
        "heard it");
  if (const auto line = no_majority(s); !line.empty()) remark(line);
  for (const auto& m : s.members)
    if (m.two_processes)
      remark(
          fmt::format("copied: two processes were heard with the disk of member {}: its data "
                      "directory was copied; end one for good, and let the other join anew with "
                      "an empty one; this is said until one alone was heard for ten seconds",
                      m.member.id.value));
    else if (m.moved())
      remark(
          fmt::format("moved: member {} is at {}, its swarm knows it at {} and does not reach it; "
                      "or a copy of its data directory is there",
                      m.member.id.value, to_string(m.heard_from), to_string(m.member.cluster)));
  for (const auto& line : s.remarks) remark(on_a_line(line));
  if (s.full) remark("full: a limit is reached, new peers are answered but not stored");
  return text;
}

}  // namespace

std::string status_json(const Status& s) {
  Json members = Json::array();
  for (const auto& member : s.members) members.push_back(member_json(member));
  const Json json = {{"name", s.name},
                     {"version", s.version},
                     {"pid", s.pid},
                     {"ready", s.ready},
                     {"cluster", hex(s.cluster.value)},
                     {"member", s.member.value},
                     {"master", s.master.value},
                     {"role", name_of(s.role)},
                     {"term", s.term.value},
                     {"serving", s.serving},
                     {"uptime_s", seconds(s.uptime)},
                     {"log_begin", s.log_begin.value},
                     {"last", s.last.value},
                     {"durable", s.durable.value},
                     {"commit", s.commit.value},
                     {"applied", s.applied.value},
                     {"rows_applied", s.rows_applied.value},
                     {"contents", s.contents},
                     {"peers", s.peers},
                     {"memory_bytes", s.memory_bytes},
                     {"deaf", s.deaf},
                     {"group_heard", s.group_heard},
                     {"full", s.full},
                     {"remarks", s.remarks},
                     {"members", std::move(members)}};
  // A name that is no UTF-8 must not hide the rest of the status.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status read_status(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) throw std::runtime_error("this is no status: no JSON");
  const Object read(json);
  Status s;
  read("name", s.name), read("version", s.version), read("pid", s.pid), read("ready", s.ready);
  read.hexadecimal("cluster", s.cluster), read("member", s.member), read("master", s.master);
  read("role", s.role), read("term", s.term), read("serving", s.serving);
  read("uptime_s", s.uptime), read("log_begin", s.log_begin), read("last", s.last);
  read("durable", s.durable), read("commit", s.commit), read("applied", s.applied);
  read("rows_applied", s.rows_applied), read("contents", s.contents), read("peers", s.peers);
  read("memory_bytes", s.memory_bytes), read("full", s.full);
  // An instance of version 0.1.0 does not send these keys. It may still run when this program is
  // newer.
  if (read.has("deaf")) read("deaf", s.deaf);
  if (read.has("group_heard")) read("group_heard", s.group_heard);
  if (read.has("remarks")) read.sentences("remarks", s.remarks);
  for (const auto& member : read.list("members")) s.members.push_back(read_member(member));
  return s;
}

std::string status_table(const Status& status, bool colour) {
  std::vector<Row> rows = {
      {"", "ID", "ADDRESS", "ROLE", "TERM", "COMMIT", "BEHIND", "PEERS", "LAST HEARD", "UPTIME"}};
  for (const auto& member : status.members) rows.push_back(row_of(member));
  std::array<std::size_t, std::tuple_size_v<Row>> width{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());

  std::string text = painted(head_of(status), "1", colour) + '\n' + remarks_on(status, colour);
  for (std::size_t r = 0; r < rows.size() && rows.size() > 1; ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i)
      line += to_the_right[i] ? fmt::format("{:>{}}  ", rows[r][i], width[i])
                              : fmt::format("{:<{}}  ", rows[r][i], i == 0 ? 1 : width[i]);
    line.resize(line.find_last_not_of(' ') + 1);
    text += painted(line, r == 0 ? "1" : colour_of(status.members[r - 1]), colour) + '\n';
  }
  return text;
}

}  // namespace swarm::observe
