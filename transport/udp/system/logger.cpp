#include "transport/udp/system/logger.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/base/counted.hpp"
#include "observe/live/trace.hpp"
#include "transport/udp/system/boot_clock.hpp"

namespace swarm::udp {
namespace {

struct LevelName {
  std::string_view word, colour;
  int priority;  // of the line in syslog
};

const LevelName& name_of(LogLevel level) {
  static constexpr std::array<LevelName, 5> names{{{"error", "\x1b[31m", 3},
                                                   {"warning", "\x1b[33m", 4},
                                                   {"notice", "\x1b[36m", 5},
                                                   {"info", "", 6},
                                                   {"debug", "\x1b[2m", 7}}};
  return names.at(static_cast<std::size_t>(level));
}

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// JOURNAL_STREAM holds the device and inode of the stream to the journal (man systemd.exec). The
// variable alone proves nothing: a child process inherits it even if its stderr is another file.
bool is_journal(int descriptor) {
  struct stat file {};
  return ::fstat(descriptor, &file) == 0 &&
         environment("JOURNAL_STREAM") == fmt::format("{}:{}", file.st_dev, file.st_ino);
}

bool wants_colours(int descriptor) {
  return ::isatty(descriptor) == 1 && environment("NO_COLOR").empty() &&
         environment("TERM") != "dumb";
}

LogFormat chosen(LogFormat format, int descriptor) {
  if (format != LogFormat::automatic) return format;
  return is_journal(descriptor) ? LogFormat::journal : LogFormat::text;
}

// Escapes characters that would end the line or control a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
}

std::string field_value(const std::string& value) {
  const std::string text = printable(value);
  const bool plain = !text.empty() && text.find_first_of(" \"=") == std::string::npos;
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\\\"" : std::string(1, c);
  return quoted + '"';
}

std::string json_text(std::string_view text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

struct WallTime {
  tm parts;
  long milliseconds;
};

WallTime wall_time(LogFormat format) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  WallTime time{{}, now.tv_nsec / 1'000'000};
  if (format == LogFormat::json)
    ::gmtime_r(&now.tv_sec, &time.parts);
  else
    ::localtime_r(&now.tv_sec, &time.parts);
  return time;
}

std::string to_text(const WallTime& time, char between) {
  const tm& t = time.parts;
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}.{:03}", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, between, t.tm_hour, t.tm_min, t.tm_sec, time.milliseconds);
}

using Fields = std::initializer_list<Logger::Field>;

std::string json_line(LogLevel level, std::string_view name, std::string_view sentence,
                      Fields fields) {
  std::string line =
      fmt::format(R"({{"time":"{}Z","boot_ms":{},"level":"{}","name":{},"pid":{},"message":{})",
                  to_text(wall_time(LogFormat::json), 'T'),
                  observe::milliseconds(boot_clock_now().time_since_epoch()), name_of(level).word,
                  json_text(name), ::getpid(), json_text(sentence));
  for (const auto& [key, value] : fields)
    line += fmt::format(",{}:{}", json_text(key), json_text(value));
  return line + "}\n";
}

std::string plain_line(std::string_view name, std::string_view sentence, Fields fields) {
  std::string line = fmt::format("{}: {}", name, printable(sentence));
  for (const auto& [key, value] : fields) line += fmt::format(" {}={}", key, field_value(value));
  return line + '\n';
}

std::string text_line(LogLevel level, bool colours, const std::string& rest) {
  const auto& [word, colour, priority] = name_of(level);
  const bool coloured = colours && !colour.empty();
  return fmt::format("{} {}{:<7}{} {}", to_text(wall_time(LogFormat::text), ' '),
                     coloured ? colour : "", word, coloured ? "\x1b[0m" : "", rest);
}

}  // namespace

Logger::Logger(LogLevel level, LogFormat format, std::string name, int descriptor)
    : level_(level),
      format_(chosen(format, descriptor)),
      name_(std::move(name)),
      descriptor_(descriptor),
      colours_(wants_colours(descriptor)) {}

void Logger::write(LogLevel level, std::string_view sentence, std::initializer_list<Field> fields) {
  if (!wants(level)) return;
  if (lost_ > 0) {
    const auto lines =
        fmt::format("{} before this one {} lost, nobody took {}", counted(lost_, "line"),
                    lost_ == 1 ? "was" : "were", lost_ == 1 ? "it" : "them");
    if (!put(line(LogLevel::warning, lines, {}))) {
      ++lost_;
      return;
    }
    lost_ = 0;
  }
  std::string text = line(level, sentence, fields);
  constexpr std::size_t short_enough = 512;  // fits even if JSON takes six bytes per character
  if (text.size() > PIPE_BUF)
    text = line(level, std::string(sentence.substr(0, short_enough)) + "...", {});
  if (!put(text)) ++lost_;
}

std::string Logger::line(LogLevel level, std::string_view sentence,
                         std::initializer_list<Field> fields) const {
  if (format_ == LogFormat::json) return json_line(level, name_, sentence, fields);
  const std::string rest = plain_line(name_, sentence, fields);
  if (format_ == LogFormat::journal) return fmt::format("<{}>{}", name_of(level).priority, rest);
  return text_line(level, colours_, rest);
}

// Returns false if the line cannot be written now. A line to a closed descriptor counts as written.
bool Logger::put(std::string_view line) const {
  pollfd place{descriptor_, POLLOUT, 0};
  if (::poll(&place, 1, 0) == 0) return false;
  ssize_t written = 0;
  do {
    written = ::write(descriptor_, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  return written >= 0 || errno != EAGAIN;
}

}  // namespace swarm::udp
