// The output of share, fetch, status, verify and forget. Results go to one stream, as lines or as
// JSON objects. Messages and progress go to another stream (but progress as JSON goes to the
// results). If the message stream is a terminal, its last line shows the progress.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/node/events.hpp"
#include "engine/wire/metainfo.hpp"
#include "transport/udp/content_store/content_progress.hpp"
#include "transport/udp/peer/content_source.hpp"

namespace swarm::udp {

struct ContentStyle {
  bool json{}, quiet{};
  // Returns the width of the message stream's terminal; unset if it is no terminal.
  std::function<std::size_t()> columns{};
};

// The progress of one content.
struct ContentState {
  InfoHash hash;
  ContentFigures figures;
  friend bool operator==(const ContentState&, const ContentState&) = default;
};

// A row of the command status.
struct ContentRow {
  InfoHash hash;
  std::string name, directory;
  std::uint64_t size{}, had{};  // bytes; had: of chunks that are on disk
  // in_use: a process uses the content. clean: it was closed in good order, and its files have not
  // changed since. there: its file or folder exists.
  bool in_use{}, clean{}, there{};
};

class ContentReport {
 public:
  ContentReport(std::ostream& out, std::ostream& messages, ContentStyle style)
      : out_(out), messages_(messages), style_(std::move(style)) {}
  ~ContentReport() { clear_line(); }

  // Results.
  void shared(const ContentSource& content, const std::filesystem::path& torrent);
  void opened(const ContentSource& content, std::uint32_t had, std::uint32_t chunks);  // JSON only
  void complete(const ContentSource& content, const ContentFigures& figures, Duration took);
  void failed(const ContentSource& content, std::string_view sentence);
  // Reports that a word of the command line names no usable content. `content`: the metainfo of the
  // content that failed; null if it is not known (then content_of_word() is tried).
  void failed(const std::string& word, std::string_view sentence, const MetainfoPtr& content = {});
  // For an error that ends all contents. To be called for each content, so that a program sees one
  // failure per content. No message is printed, because the user gets one message for all contents.
  void failed_with_all(const std::string& word, std::string_view sentence,
                       const MetainfoPtr& content = {});                          // JSON only
  void failed_with_all(const ContentSource& content, std::string_view sentence);  // JSON only
  void forgotten(const ContentRow& row);
  void dropped(const ContentSource& content, const event::PeerDropped& dropped);  // JSON only
  void stopped(const ContentSource& content, const ContentFigures& figures);
  void row(const ContentRow& row, bool first);
  void verified(const ContentSource& content, std::span<const std::uint32_t> wrong,
                std::span<const std::string> wrong_files);

  // To be called often. With JSON it prints one object per content at most once a second, if a
  // content has changed. Without JSON it updates the last line of a terminal. If there is no
  // terminal, it prints a line at most every ten seconds, if a content has changed. With --quiet it
  // prints only JSON.
  void progress(Time now, std::span<const ContentState> contents);
  // Reports the progress of hashing or copying as a text. Prints nothing with JSON or --quiet.
  void work(Time now, std::string_view text);

  void note(std::string_view sentence);  // prints a message, but not with --quiet
  void warn(std::string_view sentence);  // prints a message even with --quiet
  void clear_line();                     // removes the progress from the terminal

  bool is_read() const;  // false if the results can no longer be written

 private:
  void line(std::string_view text);
  void show_in_place(std::string text);

  std::ostream& out_;
  std::ostream& messages_;
  ContentStyle style_;
  std::string shown_;  // the progress that the terminal's last line shows now
  Time next_line_ = Time::min();
  std::vector<ContentState> told_;  // the progress that was printed last
};

}  // namespace swarm::udp
