// Writes events as lines of JSON (trace.jsonl). Each line is one object with the true time, the
// node's name, the event's name and the event's fields. The same events give the same bytes on
// every machine.
//
//   {"at_ms":5000.123456,"node":"t2","event":"election_won","term":3,"cause":"certificate"}
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "engine/node/events.hpp"

namespace swarm::observe {

// The snake_case names in the trace and in the tables.
std::string_view name_of(const Event& event);
std::string_view name_of(Role role);
std::string_view name_of(Cause cause);
std::string_view name_of(Reject reject);

// A duration in milliseconds with six decimals, computed with integers only: 1234.567890.
std::string milliseconds(Duration duration);

// Returns the line of an event, without the line end. `at`: the true time since the start of the
// run; on a real host, the time of the host's clock.
std::string to_json(Duration at, std::string_view node, const Event& event);
// Returns a line in the same form for a change in the simulated world:
// {"at_ms":...,"node":"t1","event":"kill",...}. `text` is escaped; if it is empty, its key is left
// out.
std::string to_json(Duration at, std::string_view node, std::string_view name,
                    std::string_view text);

// Writes lines to a stream that it does not own.
class TraceWriter {
 public:
  explicit TraceWriter(std::ostream& out) : out_(out) {}
  void event(Duration at, std::string_view node, const Event& event);
  void note(Duration at, std::string_view node, std::string_view name, std::string_view text);

 private:
  std::ostream& out_;
};

}  // namespace swarm::observe
