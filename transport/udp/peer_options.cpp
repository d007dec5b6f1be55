#include "transport/udp/peer_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <set>
#include <sstream>

#include "engine/did_you_mean.hpp"
#include "engine/quantity.hpp"

namespace swarm::udp {
namespace {

namespace options = boost::program_options;
using Command = PeerOptions::Command;
using Texts = std::vector<std::string>;
using wire::AnnounceEvent;

constexpr std::string_view help_head =
    R"(swarm-peer: asks the trackers of a swarm, as a BitTorrent peer does.

Who else has this content? I do not have it yet and listen on port 6881:
  swarm-peer announce 0123456789abcdef0123456789abcdef01234567 --port 6881
I have it now; I go:
  swarm-peer announce 0123456789abcdef0123456789abcdef01234567 --port 6881 --event completed
  swarm-peer announce 0123456789abcdef0123456789abcdef01234567 --port 6881 --event stopped
I hold all of these (40 digits on each line of a file):
  swarm-peer declare --port 6881 $(cat my-contents)
Who comes, who goes, and which tracker answers, until Ctrl-C:
  swarm-peer watch 0123456789abcdef0123456789abcdef01234567 --port 6881 --every 2s
Through another interface, or to one tracker where multicast does not reach:
  swarm-peer watch HASH --port 6881 --interface eth1
  swarm-peer announce HASH --port 6881 --tracker 10.0.0.1
For a program:
  swarm-peer announce HASH --port 6881 --json | jq -r '.peers[]'

Usage: swarm-peer announce|watch HASH --port P [OPTION...]
       swarm-peer declare HASH... --port P [OPTION...]

Commands
  announce  Sends one announce, and prints the peers that the tracker knows: ADDRESS:PORT, one a
            line. The tracker registers this host's address and port P, and forgets them unless they
            are announced again within twice the interval that it tells, or at once by
            --event stopped.
  declare   Says "I hold these": any number of contents, 24 in a request. Prints each one that is
            answered; one that is full answers, too. The tracker registers the address and port
            that it is asked from, so P must be free here; like an announce it is forgotten after a
            while.
  watch     Stays announced and prints what changes between the answers:
              + 10.0.0.7:6881    a peer came
              - 10.0.0.7:6881    a peer went
              = now answered by 10.0.0.2 (10.0.0.1 before), after 37 ms without an answer
            The last one is a failover: the first request that another tracker answered had waited
            so long. When the swarm is larger than one answer (--num-want, or the tracker's limit),
            an answer is a random part of it, and peers that go are not shown. Ctrl-C sends
            stopped, waits at most 2 s for its answer, and ends.

HASH is the SHA-1 info-hash of a content: 40 hexadecimal digits.

)";

constexpr std::string_view help_tail =
    R"(
A request is sent again after 100 ms, doubling to 3 s, until it is answered: only the master of a
swarm of trackers answers, and while a new one is elected nobody does. It is sent from port P when
that is free, else (your own client listens there) from any other: an announce carries P itself.

Results go to stdout, messages to stderr. With --json each line of stdout is one object; "what"
says which: announced, declared, came, went, failover. Colours: on a terminal, unless NO_COLOR is
set.

Exit codes: 0 done; 1 a tracker refused, or the port cannot be used; 2 wrong usage, or no such
interface; 5 no tracker answered.

See also: swarm-tracker --help
)";

// What an option is for; announce, declare and watch take those that name them.
struct Taken {
  std::string_view option;
  bool announce, declare, watch;
};
constexpr Taken taken[] = {{"event", true, false, false},
                           {"num-want", true, false, true},
                           {"peer-id", true, false, true},
                           {"every", false, false, true}};

constexpr std::pair<std::string_view, Command> commands[] = {
    {"announce", Command::announce}, {"declare", Command::declare}, {"watch", Command::watch}};

constexpr std::pair<std::string_view, AnnounceEvent> events[] = {
    {"started", AnnounceEvent::started},
    {"completed", AnnounceEvent::completed},
    {"stopped", AnnounceEvent::stopped},
    {"none", AnnounceEvent::none}};

template <class Pairs>
auto choose(const Pairs& pairs, std::string_view kind, const std::string& word) {
  std::vector<std::string_view> known;
  for (const auto& [name, value] : pairs) {
    if (name == word) return value;
    known.push_back(name);
  }
  throw PeerUsageError(fmt::format("there is no {} `{}`{}", kind, word, did_you_mean(word, known)));
}

options::options_description described() {
  options::options_description all("Options", 100, 50);
  const auto text = [](const char* name) {
    return options::value<std::string>()->value_name(name);
  };
  auto add = all.add_options();
  add("port", text("P"), "the port that the peer listens on");
  add("event", text("EVENT"), "announce: started (default), completed, stopped or none");
  add("num-want", text("N"),
      "announce, watch: at most so many peers, 0 to 82 (default: 50, watch 82)");
  add("peer-id", text("ID"),
      "announce, watch: 20 characters or 40 hexadecimal digits (default: drawn at each start)");
  add("every", text("DURATION"),
      "watch: announce so often, at least 1s (default: the interval that the tracker tells)");
  add("tracker", text("ADDRESS[:PORT]"),
      "the multicast group of the trackers, or the one that is the master (default: "
      "239.255.0.1:6969)");
  add("interface", text("NAME|ADDRESS"),
      "where to ask from (default: where the default route, or the route to --tracker, leads)");
  add("ttl", text("N"), "how many routers a multicast request passes, plus 1 (default: 1)");
  add("timeout", text("DURATION"), "give up when no tracker answers for so long (default: 5s)");
  add("json", "one JSON object on each line of stdout");
  add("help,h", "this text");
  add("version", "the version");
  return all;
}

options::variables_map parse(const Texts& arguments) {
  namespace style = options::command_line_style;
  auto all = described();
  all.add_options()("words", options::value<Texts>());
  options::positional_options_description positions;
  positions.add("words", -1);
  options::variables_map values;
  try {
    options::store(options::command_line_parser(arguments)
                       .options(all)
                       .positional(positions)
                       .style(style::unix_style & ~style::allow_guessing)
                       .run(),
                   values);
  } catch (const options::unknown_option& error) {
    const std::string option = error.get_option_name();
    const auto every = described();
    Texts names;
    for (const auto& known : every.options()) names.push_back("--" + known->long_name());
    throw PeerUsageError(fmt::format("there is no option {}{}", option,
                                     did_you_mean(option, {names.begin(), names.end()})));
  } catch (const options::error& error) {
    throw PeerUsageError(error.what());
  }
  return values;
}

// The value of an option, read by `read`, which throws or returns Parsed.
class Values {
 public:
  explicit Values(const Texts& arguments) : values_(parse(arguments)) {}

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  std::string text(const std::string& name) const {
    return has(name) ? values_[name].as<std::string>() : "";
  }
  Texts words() const { return has("words") ? values_["words"].as<Texts>() : Texts{}; }

  std::uint64_t number(const std::string& name, std::uint64_t low, std::uint64_t high,
                       std::uint64_t otherwise) const {
    if (!has(name)) return otherwise;
    const auto number = parse_count(text(name), low, high);
    if (!number)
      throw PeerUsageError(
          fmt::format("--{} takes a number from {} to {}, not `{}`", name, low, high, text(name)));
    return *number;
  }
  Duration duration(const std::string& name, Duration least, Duration otherwise) const {
    if (!has(name)) return otherwise;
    const auto duration = parse_duration(text(name));
    if (!duration || *duration < least)
      throw PeerUsageError(fmt::format("--{} takes a duration of at least {}, like 2s, not `{}`",
                                       name, to_text(least), text(name)));
    return *duration;
  }

 private:
  options::variables_map values_;
};

void check_taken(const Values& values, Command command, const std::string& name) {
  for (const auto& row : taken) {
    const bool takes = (command == Command::announce && row.announce) ||
                       (command == Command::declare && row.declare) ||
                       (command == Command::watch && row.watch);
    if (!takes && values.has(std::string(row.option)))
      throw PeerUsageError(fmt::format("{} takes no --{}", name, row.option));
  }
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

constexpr std::size_t hash_digits = 40;

// 40 digits are 20 bytes. Throws the sentence that says what is wrong with which of them.
std::array<std::uint8_t, 20> twenty_bytes(std::string_view kind, const std::string& text) {
  std::array<std::uint8_t, 20> bytes{};
  for (std::size_t i = 0; i < std::min(text.size(), hash_digits); ++i) {
    const auto digit = hex_digit(text[i]);
    if (!digit)
      throw PeerUsageError(fmt::format(
          "`{}` is no {}: character {} is `{}`, only 0-9 and a-f are hexadecimal digits", text,
          kind, i + 1, text[i]));
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | *digit);
  }
  if (text.size() != hash_digits)
    throw PeerUsageError(fmt::format("`{}` is no {}: it has {} characters, not {}", text, kind,
                                     text.size(), hash_digits));
  return bytes;
}

PeerId read_peer_id(const std::string& text) {
  PeerId id;
  if (text.size() == id.bytes.size()) {
    std::copy(text.begin(), text.end(), id.bytes.begin());
    return id;
  }
  if (text.size() != hash_digits)
    throw PeerUsageError(
        fmt::format("`{}` is no peer id: it has {} characters; 20 characters or 40 hexadecimal "
                    "digits are needed",
                    text, text.size()));
  return {twenty_bytes("peer id", text)};
}

Endpoint read_tracker(const std::string& text, std::uint16_t default_port) {
  const auto tracker = parse_endpoint(text, default_port);
  if (!tracker) throw PeerUsageError("--tracker: " + tracker.error());
  return *tracker;
}

std::vector<InfoHash> read_contents(const std::string& command, const Texts& words) {
  std::vector<InfoHash> contents;
  std::set<InfoHash> known;
  for (const auto& word : words)
    if (const InfoHash hash{twenty_bytes("info-hash", word)}; known.insert(hash).second)
      contents.push_back(hash);
  if (contents.empty())
    throw PeerUsageError(
        fmt::format("{} needs the info-hash of a content: 40 hexadecimal digits", command));
  if (command != "declare" && words.size() > 1)
    throw PeerUsageError(fmt::format("{} takes one info-hash, here are {}", command, words.size()));
  return contents;
}

std::uint16_t read_port(const std::string& command, const Values& values) {
  if (!values.has("port"))
    throw PeerUsageError(command == "declare"
                             ? "declare needs --port P: the trackers register the address and "
                               "port that it is sent from"
                             : command + " needs --port P: the port that your peer listens on");
  return static_cast<std::uint16_t>(values.number("port", 1, 65535, 0));
}

}  // namespace

PeerOptions read_peer_options(const std::vector<std::string>& arguments) {
  const Values values(arguments);
  PeerOptions read;
  read.command = values.has("help") ? Command::help : Command::version;
  if (values.has("help") || values.has("version")) return read;
  auto words = values.words();
  if (words.empty()) throw PeerUsageError("say what to do: announce, declare or watch");
  const std::string name = words.front();
  read.command = choose(commands, "command", name);
  words.erase(words.begin());
  check_taken(values, read.command, name);
  read.contents = read_contents(name, words);
  read.port = read_port(name, values);
  if (values.has("event")) read.event = choose(events, "event", values.text("event"));
  const bool watch = read.command == Command::watch;
  read.num_want = static_cast<std::uint32_t>(
      values.number("num-want", 0, wire::most_peers, watch ? wire::most_peers : read.num_want));
  if (values.has("peer-id")) read.peer_id = read_peer_id(values.text("peer-id"));
  if (values.has("tracker")) read.tracker = read_tracker(values.text("tracker"), read.tracker.port);
  read.interface = values.text("interface");
  read.ttl = static_cast<int>(values.number("ttl", 0, 255, 1));
  read.timeout = values.duration("timeout", 1ms, read.timeout);
  read.every = values.duration("every", 1s, read.every);
  read.json = values.has("json");
  return read;
}

std::string peer_help() {
  std::ostringstream text;
  text << help_head << described() << help_tail;
  return text.str();
}

}  // namespace swarm::udp
