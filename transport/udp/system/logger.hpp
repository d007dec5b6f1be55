// Writes log lines: one sentence per line. There are three formats: `text` begins with the local
// time and uses colours on a terminal, `journal` begins with the journal's priority, and `json` is
// one JSON object per line.
//
//   text     2026-05-01 12:00:00.123 notice  t1: serves in term 3 term=3
//   journal  <5>t1: serves in term 3 term=3
//   json     {"time":"2026-05-01T10:00:00.123Z","boot_ms":5000.123456,"level":"notice","name":"t1",
//             "pid":77,"message":"serves in term 3","term":"3"}
//
// Each sentence stays on one line: control characters are written as escapes, such as \n and \x1b.
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
  // A key and a value that tools may read without parsing the sentence.
  using Field = std::pair<std::string_view, std::string>;

  // `name` is this instance's name. The logger writes to `descriptor` (default: stderr). Each line
  // is a single write of at most PIPE_BUF bytes, so that lines of two processes do not mix.
  // LogFormat::automatic means the journal's format if the descriptor is the journal
  // (JOURNAL_STREAM), otherwise text. A logger may be used by one thread only.
  Logger(LogLevel level, LogFormat format, std::string name, int descriptor = 2);

  void set_level(LogLevel level) { level_ = level; }
  bool wants(LogLevel level) const { return level <= level_; }
  // Never waits. If a line cannot be written at once (the pipe is full), it is lost. The next line
  // that can be written says how many lines were lost. A closed descriptor is no error. The process
  // must ignore SIGPIPE.
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
  std::size_t lost_ = 0;  // lines lost since the last written line
};

}  // namespace swarm::udp
