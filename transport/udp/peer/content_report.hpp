// The output of share, fetch, status and verify. Results go to one stream, as lines or as JSON
// objects. Progress and messages go to another stream; on a terminal its last line is the progress.
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
  std::function<std::size_t()> columns{};  // width of the messages' terminal; none: no terminal
};

struct ContentState {
  InfoHash hash;
  ContentFigures figures;
  friend bool operator==(const ContentState&, const ContentState&) = default;
};

// A row of status.
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
  // Reports that a word of the command line names no usable content. `content`: the content if it
  // is known; null: only what can be read from the word.
  void failed(const std::string& word, std::string_view sentence, const MetainfoPtr& content = {});
  // These report one failure per content, for programs. They are for an error that ended all
  // contents, which the user gets as one message.
  void failed_with_all(const std::string& word, std::string_view sentence,
                       const MetainfoPtr& content = {});                          // JSON only
  void failed_with_all(const ContentSource& content, std::string_view sentence);  // JSON only
  void forgotten(const ContentRow& row);
  void dropped(const ContentSource& content, const event::PeerDropped& dropped);  // JSON only
  void stopped(const ContentSource& content, const ContentFigures& figures);
  void row(const ContentRow& row, bool first);
  void verified(const ContentSource& content, std::span<const std::uint32_t> wrong,
                std::span<const std::string> wrong_files);

  // To be called often. On a terminal it updates a line in place. With JSON it prints an object per
  // content and second if something changed; otherwise a line every ten seconds if something
  // changed.
  void progress(Time now, std::span<const ContentState> contents);
  // Progress of work that has only a text: hashing.
  void work(Time now, std::string_view text);

  void note(std::string_view sentence);  // silent with --quiet
  void warn(std::string_view sentence);
  void clear_line();

  bool is_read() const;  // false if nobody reads the results any more

 private:
  void line(std::string_view text);
  void show_in_place(std::string text);

  std::ostream& out_;
  std::ostream& messages_;
  ContentStyle style_;
  std::string shown_;  // the text of the line in place
  Time next_line_ = Time::min();
  std::vector<ContentState> told_;
};

}  // namespace swarm::udp
