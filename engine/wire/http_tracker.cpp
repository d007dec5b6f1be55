#include "engine/wire/http_tracker.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "engine/wire/bencode.hpp"

namespace swarm::wire::http {
namespace {

std::optional<std::uint8_t> hex_byte(std::string_view text) {
  std::uint8_t byte{};
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), byte, 16);
  if (code != std::errc() || text.size() != 2 || rest != text.data() + 2) return {};
  return byte;
}

template <std::integral T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || rest != text.data() + text.size()) return {};
  return number;
}

// Fills `out` with the bytes that `text` stands for. Returns false if they are not exactly
// out.size() bytes.
bool unescape(std::string_view text, std::span<std::uint8_t> out) {
  for (auto& byte : out) {
    if (text.empty()) return false;
    const bool escaped = text[0] == '%';
    const auto value = escaped ? hex_byte(text.substr(1, 2)) : static_cast<std::uint8_t>(text[0]);
    if (!value) return false;
    byte = *value;
    text.remove_prefix(escaped ? 3 : 1);
  }
  return text.empty();
}

// The keys and values of a target. Like a Reader, a Query never throws. It remembers the first
// error, and reads a wrong or missing value as zeros or as nothing.
class Query {
 public:
  explicit Query(std::string_view text) : text_(text) {}

  const std::string& error() const { return error_; }  // empty: no error

  template <class F>
  void each(std::string_view key, F f) {
    for (std::string_view rest = text_; !rest.empty();) {
      const auto pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=')
        f(pair.substr(key.size() + 1));
    }
  }

  std::optional<std::string_view> word(std::string_view key) {
    std::optional<std::string_view> found;
    each(key, [&](std::string_view value) {
      if (found) fail(fmt::format("{} is given twice", key));
      found = value;
    });
    return found;
  }

  template <std::size_t N>
  std::array<std::uint8_t, N> unescaped(std::string_view key, std::string_view value) {
    std::array<std::uint8_t, N> bytes{};
    if (!unescape(value, bytes)) fail(fmt::format("{} is not {} bytes, escaped as %XX", key, N));
    return bytes;
  }

  template <std::size_t N>
  std::array<std::uint8_t, N> bytes(std::string_view key) {
    const auto value = word(key);
    if (value) return unescaped<N>(key, *value);
    fail(fmt::format("{} is missing", key));
    return {};
  }

  template <std::integral T>
  std::optional<T> number(std::string_view key) {
    const auto text = word(key);
    if (!text) return {};
    const auto number = whole_number<T>(*text);
    if (number) return number;
    fail(fmt::format("{} is no number from {} to {}", key, std::numeric_limits<T>::min(),
                     std::numeric_limits<T>::max()));
    return {};
  }

  void fail(std::string sentence) {
    if (error_.empty()) error_ = std::move(sentence);
  }

 private:
  std::string_view text_;
  std::string error_;
};

// An event that BEP 3 does not have ("paused" of BEP 21) counts as a refresh, as over UDP.
AnnounceEvent event_of(std::optional<std::string_view> name) {
  if (name == "started") return AnnounceEvent::started;
  if (name == "completed") return AnnounceEvent::completed;
  if (name == "stopped") return AnnounceEvent::stopped;
  return AnnounceEvent::none;
}

// A client that has only a magnet link does not know how many bytes it lacks. WebTorrent then sends
// "left=", so an empty value is no error.
std::optional<std::uint64_t> read_left(Query& query) {
  return whole_number<std::uint64_t>(query.word("left").value_or(""));
}

// Returns nothing if the value is negative (BEP 15 allows that), too large (some clients write a
// negative number without its sign), or no number. None of these makes the request invalid.
std::optional<std::uint32_t> read_num_want(Query& query) {
  const auto wanted = whole_number<std::int32_t>(query.word("numwant").value_or(""));
  if (!wanted || *wanted < 0) return {};
  return static_cast<std::uint32_t>(*wanted);
}

AnnounceRequest read_announce(Query& query) {
  AnnounceRequest request;
  request.info_hash = {query.bytes<20>("info_hash")};
  request.peer_id = {query.bytes<20>("peer_id")};
  const auto port = query.number<std::uint16_t>("port");
  if (!port) query.fail("port is missing");
  request.port = port.value_or(0);
  request.event = event_of(query.word("event"));
  request.left = read_left(query);
  request.num_want = read_num_want(query);
  request.compact = query.word("compact") != "0";
  return request;
}

ScrapeRequest read_scrape(Query& query) {
  ScrapeRequest request;
  query.each("info_hash", [&](std::string_view value) {
    if (request.contents.size() == bep15::most_hashes)
      return query.fail(fmt::format("more than {} info_hash", bep15::most_hashes));
    request.contents.push_back({query.unescaped<20>("info_hash", value)});
  });
  if (request.contents.size() == 0) query.fail("info_hash is missing");
  return request;
}

Bencode::Dictionary dictionary_of(const bep15::SwarmCounts& counts) {
  return {{"complete", counts.seeders},
          {"downloaded", counts.completed},
          {"incomplete", counts.leechers}};
}

std::string compact(const AnnounceResponse& response, bool ipv6) {
  std::vector<std::uint8_t> bytes;
  Writer out(bytes);
  for (const auto& peer : response.peers) {
    if (peer.ip.is_v4() == ipv6) continue;
    if (ipv6)
      out.endpoint6(peer);
    else
      out.endpoint(peer);
  }
  return {bytes.begin(), bytes.end()};
}

Bencode::List peers_in_words(const AnnounceResponse& response) {
  Bencode::List peers;
  for (const auto& peer : response.peers)
    peers.emplace_back(Bencode::Dictionary{{"ip", to_string(peer.ip)}, {"port", peer.port}});
  return peers;
}

// The answer always has `peers`, even an empty list, because some clients fail without it.
Bencode bencode_of(const AnnounceResponse& response) {
  auto answer = dictionary_of(response.counts);
  answer["interval"] = response.interval;
  answer["min interval"] = response.min_interval;
  if (!response.compact) {
    answer["peers"] = peers_in_words(response);
    return answer;
  }
  answer["peers"] = compact(response, false);
  if (auto peers6 = compact(response, true); !peers6.empty()) answer["peers6"] = std::move(peers6);
  return answer;
}

Bencode bencode_of(const ScrapeResponse& response) {
  Bencode::Dictionary files;
  for (const auto& swarm : response.swarms)
    files.emplace(std::string(swarm.content.bytes.begin(), swarm.content.bytes.end()),
                  dictionary_of(swarm.counts));
  return Bencode::Dictionary{{"files", std::move(files)}};
}

Bencode bencode_of(const ErrorResponse& response) {
  return Bencode::Dictionary{{"failure reason", response.text}};
}

}  // namespace

std::string_view resource_of(std::string_view path) {
  if (!path.starts_with('/')) return {};
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto key = path.find('/', 1);
  if (key != path.npos) path.remove_prefix(key);
  return path == "/announce" || path == "/scrape" ? path : "";
}

tl::expected<Request, std::string> decode_request(Bytes target) {
  const std::string_view text(reinterpret_cast<const char*>(target.data()), target.size());
  const auto path = text.substr(0, text.find('?'));
  const auto resource = resource_of(path);
  const bool announce = resource == "/announce";
  Query query(text.substr(std::min(path.size() + 1, text.size())));
  if (text.size() > longest_target) query.fail("the request is too long");
  if (resource.empty()) query.fail("there are /announce and /scrape here");
  if (!query.error().empty()) return tl::unexpected(query.error());
  const auto request = announce ? Request(read_announce(query)) : Request(read_scrape(query));
  if (!query.error().empty()) return tl::unexpected(query.error());
  return request;
}

void encode(const Response& response, std::vector<std::uint8_t>& out) {
  out = to_bytes(std::visit([](const auto& r) { return bencode_of(r); }, response));
}

}  // namespace swarm::wire::http
