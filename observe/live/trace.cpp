#include "observe/live/trace.hpp"

#include <fmt/format.h>

#include <array>
#include <ostream>

#include "engine/base/assert.hpp"

namespace swarm::observe {
namespace {

template <std::size_t N, class Value>
std::string_view pick(const std::array<std::string_view, N>& names, Value value) {
  const auto index = static_cast<std::size_t>(value);
  SWARM_ASSERT(index < N, "every value has a name");
  return names[index];
}

// Collects the fields of an event as `,"key":value` pairs.
class Fields {
 public:
  void operator()(std::string_view key, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":{}", key, value);
  }
  void operator()(std::string_view key, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":\"{}\"", key, text);
  }
  template <class Tag, class Rep>
  void operator()(std::string_view key, const Strong<Tag, Rep>& id) {
    (*this)(key, static_cast<std::uint64_t>(id.value));
  }
  void operator()(std::string_view key, Role role) { (*this)(key, name_of(role)); }
  void operator()(std::string_view key, Cause cause) { (*this)(key, name_of(cause)); }
  void operator()(std::string_view key, const Endpoint& peer) {
    (*this)(key, std::string_view(to_string(peer)));
  }
  void operator()(std::string_view key, const InfoHash& hash) {
    (*this)(key, std::string_view(to_hex(hash.bytes)));
  }
  void duration(std::string_view key, Duration value) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":{}", key, milliseconds(value));
  }
  // Writes a digest as a string, because many JSON readers round numbers as large as a digest.
  void digest(std::string_view key, std::uint64_t value) {
    fmt::format_to(std::back_inserter(out_), ",\"{}\":\"{:016x}\"", key, value);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void list(Fields& f, const event::RoleChanged& e) {
  f("role", e.role), f("term", e.term);
}
void list(Fields& f, const event::TermAdopted& e) {
  f("term", e.term);
}
void list(Fields& f, const event::MasterSuspected& e) {
  f("master", e.master), f("term", e.term), f("cause", e.cause);
}
void list(Fields& f, const event::ElectionStarted& e) {
  f("term", e.term), f("cause", e.cause);
}
void list(Fields& f, const event::ElectionWon& e) {
  f("term", e.term), f("cause", e.cause);
}
void list(Fields& f, const event::Serving& e) {
  f("term", e.term), f("index", e.index);
}
void list(Fields& f, const event::SteppedDown& e) {
  f("term", e.term), f("cause", e.cause);
}
void list(Fields& f, const event::Committed& e) {
  f("index", e.index), f("term", e.term);
}
void list(Fields& f, const event::BlockApplied& e) {
  f("index", e.index), f("term", e.term);
  f.digest("log_digest", e.log_digest), f.digest("table_digest", e.table_digest);
}
void list(Fields& f, const event::LogTruncated& e) {
  f("from", e.from);
}
void list(Fields& f, const event::ConfigChanged& e) {
  f("index", e.index), f("voters", e.voters), f("members", e.members);
}
void list(Fields& f, const event::SnapshotSent& e) {
  f("to", e.to), f("index", e.index);
}
void list(Fields& f, const event::SnapshotInstalled& e) {
  f("index", e.index);
}
void list(Fields& f, const event::PeerExpired& e) {
  f("peer", e.peer);
}
void list(Fields& f, const event::ContentExpired& e) {
  f("info_hash", e.info_hash), f("peer", e.peer);
}
void list(Fields& f, const event::HandOver& e) {
  f("to", e.to), f("term", e.term);
}
void list(Fields& f, const event::HandOverGivenUp& e) {
  f("term", e.term);
}
void list(Fields& f, const event::GroupUnheard& e) {
  f("witnesses", e.witnesses);
}
void list(Fields&, const event::GroupHeard&) {}
void list(Fields& f, const event::DeafHandOver& e) {
  f("term", e.term);
}
void list(Fields& f, const event::ClockWentBack& e) {
  f.duration("by_ms", e.by);
}
void list(Fields& f, const event::DiskSlow& e) {
  f.duration("pending_ms", e.pending);
}
void list(Fields& f, const event::Founded& e) {
  f.digest("cluster", e.cluster.value), f("member", e.member);
}
void list(Fields& f, const event::Refused& e) {
  static constexpr std::array<std::string_view, 7> why = {
      "too_many_candidates", "swarm_exists", "removed",      "fell_back",
      "contradicted",        "wrong_tables", "two_processes"};
  f("why", pick(why, e.why));
}
void list(Fields& f, const event::DisksDiffer& e) {
  static constexpr std::array<std::string_view, 4> what = {"fell_back", "logs", "tables",
                                                           "two_processes"};
  f("what", pick(what, e.what)), f("member", e.member), f("here", e.here), f("there", e.there);
}
void list(Fields& f, const event::Rejected& e) {
  f("reason", name_of(e.reason));
}
void list(Fields& f, const event::KeptAnswered& e) {
  f("requests", e.requests);
}
void list(Fields& f, const event::Answered& e) {
  f("term", e.term), f("peer", e.peer), f("action", e.action);
}
void list(Fields& f, const event::Relayed& e) {
  f("term", e.term), f("peer", e.peer);
  f.duration("waited_ms", e.waited);
}
void list(Fields& f, const event::NotStored& e) {
  f("info_hash", e.info_hash), f("peer", e.peer);
}
void list(Fields& f, const event::PeerRegistered& e) {
  f("info_hash", e.info_hash), f("transaction", e.transaction);
  f.duration("first_sent_ms", e.first_sent.time_since_epoch()), f("sendings", e.sendings);
}
void list(Fields& f, const event::PeerStopping& e) {
  f("info_hash", e.info_hash);
}
void list(Fields& f, const event::PeerError& e) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto c = static_cast<char>(e.text >> shift);
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') text += c;
  }
  f("text", std::string_view(text));
}
void list(Fields& f, const event::ContentOpened& e) {
  f("content", e.content), f("had", e.had), f("chunks", e.chunks);
}
void list(Fields& f, const event::InfoFetched& e) {
  f("content", e.content);
}
void list(Fields& f, const event::ChunkStored& e) {
  f("content", e.content), f("chunk", e.chunk);
}
void list(Fields& f, const event::ChunkLost& e) {
  f("content", e.content), f("chunk", e.chunk);
}
void list(Fields& f, const event::ContentComplete& e) {
  f("content", e.content);
}
void list(Fields& f, const event::ContentFailed& e) {
  f("content", e.content);
}
void list(Fields& f, const event::PeerDropped& e) {
  static constexpr std::array<std::string_view, 6> why = {"left",   "silent",  "restarted",
                                                          "poison", "refused", "not_needed"};
  f("content", e.content), f("peer", e.peer), f("why", pick(why, e.why));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

std::string line(Duration at, std::string_view node, std::string_view name,
                 std::string_view fields) {
  return fmt::format(R"({{"at_ms":{},"node":"{}","event":"{}"{}}})", milliseconds(at), node, name,
                     fields);
}

}  // namespace

std::string_view name_of(const Event& event) {
  static constexpr std::array<std::string_view, std::variant_size_v<Event>> names = {
      "role_changed",       "term_adopted",    "master_suspected", "election_started",
      "election_won",       "serving",         "stepped_down",     "committed",
      "block_applied",      "log_truncated",   "config_changed",   "snapshot_sent",
      "snapshot_installed", "peer_expired",    "content_expired",  "hand_over",
      "hand_over_given_up", "group_unheard",   "group_heard",      "deaf_hand_over",
      "clock_went_back",    "disk_slow",       "founded",          "refused",
      "rejected",           "kept_answered",   "answered",         "relayed",
      "not_stored",         "peer_registered", "peer_stopping",    "peer_error",
      "content_opened",     "info_fetched",    "chunk_stored",     "chunk_lost",
      "content_complete",   "content_failed",  "peer_dropped",     "disks_differ"};
  return pick(names, event.index());
}

std::string_view name_of(Role role) {
  static constexpr std::array<std::string_view, 6> names = {"stranger",  "learner", "slave",
                                                            "candidate", "master",  "removed"};
  return pick(names, role);
}

std::string_view name_of(Cause cause) {
  static constexpr std::array<std::string_view, 6> names = {
      "silence", "certificate", "handed_over", "higher_term", "no_quorum", "stopping"};
  return pick(names, cause);
}

std::string_view name_of(Reject reject) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Reject::count)> names = {
      "too_short",
      "too_long",
      "bad_magic",
      "bad_version",
      "bad_mac",
      "bad_length",
      "bad_value",
      "other_cluster",
      "not_for_me",
      "not_a_member",
      "old_term",
      "unknown_action",
      "unknown_connection",
      "unexpected",
      "no_room",
      "too_old",
      "unknown_session",
      "repeated"};
  return pick(names, reject);
}

std::string milliseconds(Duration duration) {
  const auto count = duration.count();
  const auto size =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return fmt::format("{}{}.{:06}", count < 0 ? "-" : "", size / 1'000'000, size % 1'000'000);
}

std::string to_json(Duration at, std::string_view node, const Event& event) {
  Fields fields;
  std::visit([&](const auto& e) { list(fields, e); }, event);
  return line(at, node, name_of(event), fields.take());
}

std::string to_json(Duration at, std::string_view node, std::string_view name,
                    std::string_view text) {
  return line(at, node, name,
              text.empty() ? std::string() : fmt::format(",\"text\":\"{}\"", escaped(text)));
}

void TraceWriter::event(Duration at, std::string_view node, const Event& event) {
  out_ << to_json(at, node, event) << '\n';
}

void TraceWriter::note(Duration at, std::string_view node, std::string_view name,
                       std::string_view text) {
  out_ << to_json(at, node, name, text) << '\n';
}

}  // namespace swarm::observe
