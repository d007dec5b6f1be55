// Log lines: one line, one sentence. With the journal's priorities when stderr is the journal, with
// the time of day (and colours) on a terminal, or as JSON.
//
//   text     2026-05-01 12:00:00.123 notice  t1: serves in term 3 term=3
//   journal  <5>t1: serves in term 3 term=3
//   json     {"time":"2026-05-01T10:00:00.123Z","boot_ms":5000.123456,"level":"notice","name":"t1",
//             "pid":77,"message":"serves in term 3","term":"3"}
//
// Whatever the sentence holds, it stays one line: control characters are written as \n, \x1b.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace swarm::udp {

enum class LogLevel { error, warning, notice, info, debug };
enum class LogFormat { automatic, text, journal, json };

class Logger {
 public:
  // A field that tools may want apart from the sentence: key, value.
  using Field = std::pair<std::string_view, std::string>;

  // `name`: of this instance. Writes to `descriptor`, stderr, each line with one write of at most
  // PIPE_BUF bytes, so that lines of two processes do not mix. Automatic: the journal's form when
  // the descriptor is the journal (JOURNAL_STREAM), else text. Used by one thread.
  Logger(LogLevel level, LogFormat format, std::string name, int descriptor = 2);

  void set_level(LogLevel level) { level_ = level; }
  bool wants(LogLevel level) const { return level <= level_; }
  // Never waits: a line that nobody takes (a full pipe) is lost, and the next one says how many
  // were. A closed descriptor is no error; SIGPIPE has to be ignored by the process.
  void write(LogLevel level, std::string_view sentence, std::initializer_list<Field> fields = {});

  void error(std::string_view sentence) { write(LogLevel::error, sentence); }
  void warning(std::string_view sentence) { write(LogLevel::warning, sentence); }
  void notice(std::string_view sentence) { write(LogLevel::notice, sentence); }
  void info(std::string_view sentence) { write(LogLevel::info, sentence); }
  void debug(std::string_view sentence) { write(LogLevel::debug, sentence); }

  LogFormat format() const { return format_; }  // never automatic

 private:
  std::string line(LogLevel level, std::string_view sentence,
                   std::initializer_list<Field> fields) const;
  bool put(std::string_view line) const;

  LogLevel level_;
  LogFormat format_;
  std::string name_;
  int descriptor_;
  bool colours_;
  std::size_t lost_ = 0;  // lines since the last that was taken
};

}  // namespace swarm::udp
