#include "tests/lan/harness/trace_reader.hpp"

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace swarm::lan {
namespace {

using Json = nlohmann::json;

// 1234.567890 exactly: JSON's numbers would round it.
Duration time_in(const std::string& line) {
  constexpr std::string_view head = R"({"at_ms":)";
  std::int64_t ms = 0, ns = 0;
  const char* const end = line.data() + line.size();
  const auto whole = std::from_chars(line.data() + std::min(head.size(), line.size()), end, ms);
  const auto part = std::from_chars(std::min(whole.ptr + 1, end), end, ns);
  if (!line.starts_with(head) || *whole.ptr != '.' || part.ptr != whole.ptr + 7)
    throw std::runtime_error("no line of a trace: " + line);
  return Duration(ms * 1'000'000 + ns);
}

Endpoint endpoint_in(const std::string& text) {
  std::uint32_t a = 0, b = 0, c = 0, d = 0, port = 0;
  if (std::sscanf(text.c_str(), "%u.%u.%u.%u:%u", &a, &b, &c, &d, &port) != 5)
    throw std::runtime_error("no address: " + text);
  return {a << 24 | b << 16 | c << 8 | d, static_cast<std::uint16_t>(port)};
}

std::optional<Event> event_in(const std::string& name, const Json& json) {
  const auto term = [&] { return Term{json.at("term").get<std::uint64_t>()}; };
  if (name == "master_suspected") return event::MasterSuspected{{}, term(), {}};
  if (name == "election_won") return event::ElectionWon{term(), {}};
  if (name == "serving") return event::Serving{term(), {}};
  if (name == "hand_over") return event::HandOver{{}, term()};
  if (name == "answered")
    return event::Answered{term(), endpoint_in(json.at("peer").get<std::string>()),
                           json.at("action").get<std::uint8_t>()};
  return {};
}

std::optional<TraceLine> line_in(const std::string& line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) throw std::runtime_error("no line of a trace: " + line);
  const auto event = event_in(json.at("event").get<std::string>(), json);
  if (!event) return {};
  return TraceLine{time_in(line), *event};
}

}  // namespace

// A process that was killed may have left half a line, which its successor writes on.
std::vector<TraceLine> TraceReader::read() {
  std::vector<TraceLine> lines;
  std::ifstream file(path_);
  file.seekg(read_);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    read_ += static_cast<std::streamoff>(line.size()) + 1;
    const auto begin = line.rfind(R"({"at_ms":)");
    if (begin == line.npos || !line.ends_with('}')) continue;
    if (auto found = line_in(line.substr(begin))) lines.push_back(*found);
  }
  return lines;
}

}  // namespace swarm::lan
