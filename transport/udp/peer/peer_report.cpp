#include "transport/udp/peer/peer_report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>

#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using Json = nlohmann::ordered_json;
using wire::AnnounceEvent;
using wire::ClientError;

constexpr std::string_view green = "\x1b[32m", red = "\x1b[31m", yellow = "\x1b[1;33m", plain = "";
constexpr std::string_view uncoloured = "\x1b[0m";

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// Milliseconds with three decimals, because times over the network are not more exact than that.
double rounded(Duration duration) {
  return static_cast<double>(duration / 1us) / 1000;
}

std::string_view name_of(AnnounceEvent event) {
  switch (event) {
    case AnnounceEvent::none:
      return "none";
    case AnnounceEvent::completed:
      return "completed";
    case AnnounceEvent::started:
      return "started";
    case AnnounceEvent::stopped:
      return "stopped";
  }
  return "";
}

std::string_view words_for(ClientError error) {
  switch (error) {
    case ClientError::bad_connection:
      return "it does not know the connection id that it was asked with; are there two swarms of "
             "trackers in this network?";
    case ClientError::bad_event:
      return "it does not know this event";
    case ClientError::bad_count:
      return "the number of contents is not what the request says";
    case ClientError::too_many:
      return "too many contents in one request";
    case ClientError::bad_port:
      return "port 0 cannot be announced";
    case ClientError::bad_address:
      return "the announced address is not the one that the request came from";
    case ClientError::not_taken:
      return "it is not allowed to track this content";
    case ClientError::count:
      break;
  }
  return "an error that this program does not know; is the tracker newer?";
}

// The eight characters of an error, the highest byte first. Leaves out zero bytes, and replaces
// characters that could control a terminal.
std::string characters(std::uint64_t text) {
  std::string read;
  for (int shift = 56; shift >= 0; shift -= 8)
    if (const char c = static_cast<char>(text >> shift); c != 0)
      read += c >= ' ' && c <= '~' ? c : '?';
  return read;
}

Json change(std::string_view what, Time now, const Endpoint& tracker) {
  return {
      {"what", what}, {"at_ms", rounded(now.time_since_epoch())}, {"tracker", to_string(tracker)}};
}

}  // namespace

void PeerReport::announced(const TrackerAnswer& tracker, Duration waited,
                           const AnnounceAnswer& answer) {
  if (style_.json) {
    Json peers = Json::array();
    for (const auto& peer : answer.peers) peers.push_back(to_string(peer));
    const Json all = {{"what", "announced"},
                      {"content", to_hex(answer.content.bytes)},
                      {"event", name_of(answer.event)},
                      {"tracker", to_string(tracker.tracker)},
                      {"waited_ms", rounded(waited)},
                      {"interval_s", answer.interval},
                      {"peers", peers}};
    return line(plain, all.dump());
  }
  for (const auto& peer : answer.peers) line(plain, to_string(peer));
  const bool stopped = answer.event == AnnounceEvent::stopped;
  message(fmt::format("{}{}; answered by {} after {}",
                      stopped ? "stopped" : counted(answer.peers.size(), "peer"),
                      stopped ? "" : fmt::format(", announce again in {} s", answer.interval),
                      address_text(tracker.tracker.ip), waiting_text(waited)));
}

void PeerReport::declared(const InfoHash& content, const Endpoint& tracker, Duration waited) {
  const std::string hash = to_hex(content.bytes);
  if (!style_.json) return line(plain, hash);
  line(plain, Json{{"what", "declared"},
                   {"content", hash},
                   {"tracker", to_string(tracker)},
                   {"waited_ms", rounded(waited)}}
                  .dump());
}

void PeerReport::came(Time now, const Endpoint& peer, const Endpoint& tracker) {
  if (!style_.json) return line(green, "+ " + to_string(peer));
  Json object = change("came", now, tracker);
  object["peer"] = to_string(peer);
  line(plain, object.dump());
}

void PeerReport::went(Time now, const Endpoint& peer, const Endpoint& tracker) {
  if (!style_.json) return line(red, "- " + to_string(peer));
  Json object = change("went", now, tracker);
  object["peer"] = to_string(peer);
  line(plain, object.dump());
}

void PeerReport::failover(Time now, const Endpoint& tracker, const Endpoint& before,
                          Duration waited) {
  if (style_.json) {
    Json object = change("failover", now, tracker);
    object["before"] = to_string(before);
    object["waited_ms"] = rounded(waited);
    return line(plain, object.dump());
  }
  const auto name = [&](const Endpoint& one) {
    return tracker.port == before.port ? address_text(one.ip) : to_string(one);
  };
  if (tracker == before)
    return line(yellow, fmt::format("= answered again by {}, after {} without an answer",
                                    name(tracker), waiting_text(waited)));
  line(yellow, fmt::format("= now answered by {} ({} before), after {} without an answer",
                           name(tracker), name(before), waiting_text(waited)));
}

void PeerReport::message(std::string_view sentence) {
  fmt::print(messages_, "swarm-peer: {}\n", sentence);
  messages_.flush();
}

bool PeerReport::is_read() const {
  return out_.good();
}

void PeerReport::line(std::string_view colour, std::string_view text) {
  const bool coloured = style_.colours && !colour.empty();
  fmt::print(out_, "{}{}{}\n", coloured ? colour : "", text, coloured ? uncoloured : "");
  out_.flush();
}

std::string explain_refusal(std::uint64_t text) {
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(ClientError::count); ++i)
    if (const auto error = static_cast<ClientError>(i); wire::error_number(error) == text)
      return fmt::format("the tracker refused: {} (`{}`)", words_for(error), characters(text));
  return fmt::format("the tracker refused: {} (`{}`)", words_for(ClientError::count),
                     characters(text));
}

std::string counted(std::size_t n, std::string_view thing) {
  return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
}

std::string waiting_text(Duration duration) {
  if (duration < 10ms) return fmt::format("{:.1f} ms", milliseconds(duration));
  if (duration < 10s) return fmt::format("{:.0f} ms", milliseconds(duration));
  return fmt::format("{:.1f} s", milliseconds(duration) / 1000);
}

}  // namespace swarm::udp
