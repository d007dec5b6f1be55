// Events as lines of JSON (trace.jsonl): one object per line, with the true time, the node's name,
// the event's name and its fields. The same events give the same bytes on every machine.
//
//   {"at_ms":5000.123456,"node":"t2","event":"election_won","term":3,"cause":"certificate"}
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "engine/node/events.hpp"

namespace swarm::observe {

// snake_case names as they stand in the trace and in the tables.
std::string_view name_of(const Event& event);
std::string_view name_of(Role role);
std::string_view name_of(Cause cause);
std::string_view name_of(Reject reject);

// A duration as milliseconds with six decimals, made of integers only: 1234.567890.
std::string milliseconds(Duration duration);

// One line without its newline. `at` is true time since the start of the run.
std::string to_json(Duration at, std::string_view node, const Event& event);
// The same form for what happened to the world: {"at_ms":...,"node":"t1","event":"kill",...}.
// `text` is escaped; the key `text` is left out when it is empty.
std::string to_json(Duration at, std::string_view node, std::string_view name,
                    std::string_view text);

// Writes lines to a stream, which it does not own.
class TraceWriter {
 public:
  explicit TraceWriter(std::ostream& out) : out_(out) {}
  void event(Duration at, std::string_view node, const Event& event);
  void note(Duration at, std::string_view node, std::string_view name, std::string_view text);

 private:
  std::ostream& out_;
};

}  // namespace swarm::observe
