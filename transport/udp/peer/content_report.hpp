// What share, fetch, status and verify print: results to one stream, as lines or as JSON objects;
// progress and messages to another, where the last line of a terminal is the progress.
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
  std::function<std::size_t()> columns{};  // of the terminal of messages; none: it is no terminal
};

struct ContentState {
  InfoHash hash;
  ContentFigures figures;
  friend bool operator==(const ContentState&, const ContentState&) = default;
};

// One row of status.
struct ContentRow {
  InfoHash hash;
  std::string name, directory;
  std::uint64_t size{}, had{};
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
  // Of a word of the command line that names no content that can be used. `content`: what it is of
  // all the same; null: what can be read from the word.
  void failed(const std::string& word, std::string_view sentence, const MetainfoPtr& content = {});
  // The same for a program alone, when the sentence is told as the end of all of them.
  void failed_with_all(const std::string& word, std::string_view sentence,
                       const MetainfoPtr& content = {});                          // JSON only
  void failed_with_all(const ContentSource& content, std::string_view sentence);  // JSON only
  void forgotten(const ContentRow& row);
  void dropped(const ContentSource& content, const event::PeerDropped& dropped);  // JSON only
  void stopped(const ContentSource& content, const ContentFigures& figures);
  void row(const ContentRow& row, bool first);
  void verified(const ContentSource& content, std::span<const std::uint32_t> wrong,
                std::span<const std::string> wrong_files);

  // To be called often: on a terminal a line is updated in place; with JSON an object per content
  // and second, when something changed; else a line every ten seconds, when something changed.
  void progress(Time now, std::span<const ContentState> contents);
  // The same for work without figures of its own: hashing.
  void work(Time now, std::string_view text);

  void note(std::string_view sentence);  // not with --quiet
  void warn(std::string_view sentence);
  void clear_line();

  bool is_read() const;  // somebody still reads the results

 private:
  void line(std::string_view text);
  void show_in_place(std::string text);

  std::ostream& out_;
  std::ostream& messages_;
  ContentStyle style_;
  std::string shown_;  // the line in place
  Time next_line_ = Time::min();
  std::vector<ContentState> told_;
};

}  // namespace swarm::udp
