#include "transport/udp/peer/content_report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "transport/udp/peer/peer_options.hpp"
#include "transport/udp/peer/peer_report.hpp"

namespace swarm::udp {
namespace {

using Json = nlohmann::ordered_json;
using Phase = ContentFigures::Phase;
using Why = event::PeerDropped::Why;

constexpr Duration object_every = 1s, line_every = 10s;

// Replaces bytes that are no UTF-8. Names come from other hosts and may contain any bytes.
std::string text_of(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json object_of(std::string_view what, const InfoHash& content, const std::string& name) {
  return {{"what", what}, {"content", to_hex(content.bytes)}, {"name", name}};
}
Json object_of(std::string_view what, const ContentSource& content) {
  return object_of(what, content.hash, content.metainfo ? content.metainfo->name : "");
}

double seconds(Duration duration) {
  return static_cast<double>(duration / 1ms) / 1000;
}

std::string_view word_for(Phase phase) {
  constexpr std::string_view words[] = {"searching", "opening", "checking", "fetching", "complete"};
  return words[static_cast<std::size_t>(phase)];
}

std::string_view word_for(Why why) {
  switch (why) {
    case Why::left:
      return "left";
    case Why::silent:
      return "silent";
    case Why::restarted:
      return "restarted";
    case Why::poison:
      return "poison";
    case Why::refused:
      return "refused";
    case Why::not_needed:
      return "not_needed";
  }
  return "";
}

std::string_view state_of(const ContentRow& row) {
  if (row.in_use) return "in use";
  if (!row.there) return "gone";
  return row.clean ? "at rest" : "unsure";
}

void add_figures(Json& object, const ContentFigures& figures) {
  object["phase"] = word_for(figures.phase);
  object["size"] = figures.size;
  object["had"] = figures.had;
  object["percent"] = figures.percent();
  object["down_rate"] = figures.down_rate;
  object["up_rate"] = figures.up_rate;
  object["peers"] = figures.peers;
  object["uploaders"] = figures.uploaders;
  object["received"] = figures.received;
  object["wasted"] = figures.wasted;
  object["sent"] = figures.sent;
  if (const auto left = figures.left()) object["left_s"] = *left / 1s;
}

// The sum of all contents, for a progress line without JSON.
ContentFigures together(std::span<const ContentState> contents) {
  ContentFigures all = contents.front().figures;
  for (const auto& content : contents.subspan(1)) all += content.figures;
  if (contents.size() == 1) return all;
  const auto done = std::count_if(contents.begin(), contents.end(), [](const ContentState& one) {
    return one.figures.phase == Phase::complete;
  });
  all.name = fmt::format("{} of {} contents", done, contents.size());
  return all;
}

}  // namespace

void ContentReport::shared(const ContentSource& content, const std::filesystem::path& torrent) {
  const std::string hash = to_hex(content.hash.bytes), file = torrent.string();
  if (!style_.json) return line(file.empty() ? hash : hash + "  " + printable(file));
  Json object = object_of("shared", content);
  if (!file.empty()) object["torrent"] = file;
  object["path"] = content.path().string();
  object["size"] = content.metainfo->size;
  object["chunk_size"] = content.metainfo->chunk_size;
  object["chunks"] = content.metainfo->chunk_count();
  line(text_of(object));
}

void ContentReport::opened(const ContentSource& content, std::uint32_t had, std::uint32_t chunks) {
  if (!style_.json) return;
  Json object = object_of("opened", content);
  object["path"] = content.path().string();
  object["had_chunks"] = had;
  object["chunks"] = chunks;
  line(text_of(object));
}

void ContentReport::complete(const ContentSource& content, const ContentFigures& figures,
                             Duration took) {
  if (!style_.json) return line(printable(content.path().string()));
  Json object = object_of("complete", content);
  object["path"] = content.path().string();
  object["size"] = figures.size;
  object["received"] = figures.received;
  object["wasted"] = figures.wasted;
  object["took_s"] = seconds(took);
  line(text_of(object));
}

void ContentReport::failed(const ContentSource& content, std::string_view sentence) {
  const std::string name = content.name();
  const bool named = sentence.find(name) != sentence.npos;
  warn(printable(named ? std::string(sentence) : fmt::format("{}: {}", name, sentence)));
  failed_with_all(content, sentence);
}

void ContentReport::failed_with_all(const ContentSource& content, std::string_view sentence) {
  if (!style_.json) return;
  Json object = object_of("failed", content);
  object["why"] = sentence;
  line(text_of(object));
}

void ContentReport::failed(const std::string& word, std::string_view sentence,
                           const MetainfoPtr& content) {
  warn(printable(sentence));
  failed_with_all(word, sentence, content);
}

void ContentReport::failed_with_all(const std::string& word, std::string_view sentence,
                                    const MetainfoPtr& content) {
  if (!style_.json) return;
  const auto found = content ? std::optional(ContentSource{content->info_hash, content, {}})
                             : content_of_word(word);
  Json object{{"what", "failed"}, {"content", nullptr}, {"name", word}};
  if (found) object["content"] = to_hex(found->hash.bytes);
  if (found && found->metainfo) object["name"] = found->metainfo->name;
  object["why"] = sentence;
  line(text_of(object));
}

void ContentReport::forgotten(const ContentRow& row) {
  const auto path = (std::filesystem::path(row.directory) / row.name).string();
  if (!style_.json) return line(to_hex(row.hash.bytes) + "  " + printable(path));
  Json object = object_of("forgotten", row.hash, row.name);
  object["path"] = path;
  object["there"] = row.there;
  line(text_of(object));
}

void ContentReport::dropped(const ContentSource& content, const event::PeerDropped& dropped) {
  if (!style_.json) return;
  Json object = object_of("dropped", content);
  object["peer"] = to_string(dropped.peer);
  object["why"] = word_for(dropped.why);
  line(text_of(object));
}

void ContentReport::stopped(const ContentSource& content, const ContentFigures& figures) {
  if (!style_.json) return;
  Json object = object_of("stopped", content);
  add_figures(object, figures);
  line(text_of(object));
}

void ContentReport::row(const ContentRow& row, bool first) {
  const double percent = percent_of(row.had, row.size);
  const auto path = (std::filesystem::path(row.directory) / row.name).string();
  if (style_.json) {
    Json object = object_of("content", row.hash, row.name);
    object["size"] = row.size;
    object["had"] = row.had;
    object["percent"] = percent;
    object["directory"] = row.directory;
    object["in_use"] = row.in_use;
    object["clean"] = row.clean;
    object["there"] = row.there;
    return line(text_of(object));
  }
  if (first)
    line(fmt::format("{:40}  {:>7}  {:>8}  {:8}  {}", "hash", "here", "size", "state", "where"));
  line(fmt::format("{}  {:>5.1f} %  {:>8}  {:8}  {}", to_hex(row.hash.bytes), percent,
                   bytes_text(row.size), state_of(row), printable(path)));
}

void ContentReport::verified(const ContentSource& content, std::span<const std::uint32_t> wrong,
                             std::span<const std::string> wrong_files) {
  if (style_.json) {
    Json object = object_of("verified", content);
    object["path"] = content.path().string();
    object["chunks"] = content.metainfo->chunk_count();
    object["wrong_chunks"] = std::vector<std::uint32_t>(wrong.begin(), wrong.end());
    object["wrong_files"] = std::vector<std::string>(wrong_files.begin(), wrong_files.end());
    return line(text_of(object));
  }
  for (const auto& file : wrong_files) line(printable(file));
}

void ContentReport::progress(Time now, std::span<const ContentState> contents) {
  if (contents.empty()) return;
  if (style_.columns && !style_.json && !style_.quiet)
    return show_in_place(progress_text(together(contents), style_.columns() - 1));
  if (style_.quiet && !style_.json) return;
  if (!style_.json && next_line_ == Time::min()) next_line_ = now + line_every;
  if (now < next_line_ || std::ranges::equal(contents, told_)) return;
  next_line_ = now + (style_.json ? object_every : line_every);
  told_.assign(contents.begin(), contents.end());
  if (!style_.json) return note(progress_text(together(contents)));
  for (const auto& content : contents) {
    Json object = object_of("progress", content.hash, content.figures.name);
    add_figures(object, content.figures);
    line(text_of(object));
  }
}

void ContentReport::work(Time now, std::string_view text) {
  if (style_.json || style_.quiet) return;
  if (style_.columns) return show_in_place(shortened(text, style_.columns() - 1));
  if (next_line_ == Time::min()) next_line_ = now + line_every;
  if (now < next_line_) return;
  next_line_ = now + line_every;
  note(printable(text));
}

void ContentReport::note(std::string_view sentence) {
  if (!style_.quiet) warn(sentence);
}

void ContentReport::warn(std::string_view sentence) {
  const std::string below = shown_;
  clear_line();
  fmt::print(messages_, "swarm-peer: {}\n", sentence);
  if (!below.empty()) show_in_place(below);
  messages_.flush();
}

void ContentReport::clear_line() {
  if (shown_.empty()) return;
  messages_ << "\r\x1b[K" << std::flush;
  shown_.clear();
}

bool ContentReport::is_read() const {
  return out_.good();
}

void ContentReport::line(std::string_view text) {
  const std::string below = shown_;
  clear_line();
  fmt::print(out_, "{}\n", text);
  out_.flush();
  if (!below.empty()) show_in_place(below);
}

void ContentReport::show_in_place(std::string text) {
  if (text == shown_) return;
  messages_ << '\r' << text << "\x1b[K" << std::flush;
  shown_ = std::move(text);
}

}  // namespace swarm::udp
