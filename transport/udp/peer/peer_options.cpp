#include "transport/udp/peer/peer_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <optional>
#include <set>
#include <sstream>

#include "engine/base/did_you_mean.hpp"
#include "engine/base/hex_id.hpp"
#include "engine/base/quantity.hpp"
#include "transport/udp/peer/peer_help.hpp"

namespace swarm::udp {
namespace {

namespace options = boost::program_options;
using Command = PeerOptions::Command;
using Texts = std::vector<std::string>;
using wire::AnnounceEvent;

constexpr std::pair<std::string_view, Command> commands[] = {
    {"share", Command::share},     {"fetch", Command::fetch},   {"status", Command::status},
    {"verify", Command::verify},   {"forget", Command::forget}, {"announce", Command::announce},
    {"declare", Command::declare}, {"watch", Command::watch}};

// The commands that take an option. An option without a row in taken() is taken by all commands.
struct Taken {
  std::string_view option;
  std::vector<Command> by;
  bool taken_by(Command command) const { return std::count(by.begin(), by.end(), command) > 0; }
};

const std::vector<Taken>& taken() {
  using enum PeerOptions::Command;
  static const std::vector<Taken> all{
      {"output", {share, fetch, verify}},
      {"from", {share}},
      {"chunk-size", {share}},
      {"force", {share}},
      {"overwrite", {fetch}},
      {"seed", {fetch}},
      {"peer", {share, fetch}},
      {"upload-limit", {share, fetch}},
      {"download-limit", {share, fetch}},
      {"slots", {share, fetch}},
      {"peers", {share, fetch}},
      {"yield", {share, fetch}},
      {"no-offload", {share, fetch}},
      {"state", {share, fetch, status, verify, forget}},
      {"quiet", {share, fetch, status, verify, forget}},
      {"event", {announce}},
      {"num-want", {announce, watch}},
      {"peer-id", {announce, watch}},
      {"every", {watch}},
      {"port", {share, fetch, announce, declare, watch}},
      {"tracker", {share, fetch, announce, declare, watch}},
      {"interface", {share, fetch, announce, declare, watch}},
      {"ttl", {share, fetch, announce, declare, watch}},
      {"timeout", {share, fetch, announce, declare, watch}},
  };
  return all;
}

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

options::typed_value<std::string>* text(const char* name) {
  return options::value<std::string>()->value_name(name);
}

// The command whose options are described. If it is unset, the options of all commands are
// described, and each description names its commands.
using Of = std::optional<Command>;

// `text` has clauses that begin with the commands they are for: `share: its FILE; fetch, verify: a
// folder (default: 8)`. Returns the clauses for this command, and those that name no command.
std::string said_of(Command command, std::string_view text) {
  std::string said;
  while (!text.empty()) {
    const auto end = std::min(text.find("; "), text.size());
    std::string_view clause = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    bool of_some = false, of_this = false;
    const auto colon = std::min(clause.find(": "), clause.size());
    std::string_view names = clause.substr(0, colon);
    while (!names.empty()) {
      const auto comma = std::min(names.find(", "), names.size());
      const auto name = names.substr(0, comma);
      names.remove_prefix(std::min(comma + 2, names.size()));
      const auto known = std::find_if(std::begin(commands), std::end(commands),
                                      [&](const auto& one) { return one.first == name; });
      if (known == std::end(commands)) break;
      of_some = true;
      of_this = of_this || known->second == command;
    }
    if (of_some && !of_this) continue;
    if (of_some) clause.remove_prefix(colon + 2);
    said += (said.empty() ? "" : "; ") + std::string(clause);
  }
  return said;
}

struct Adder {
  options::options_description& group;
  Of command;
  void operator()(const char* name, std::string_view text) const {
    group.add_options()(name, said(text).c_str());
  }
  void operator()(const char* name, const options::value_semantic* value,
                  std::string_view text) const {
    group.add_options()(name, value, said(text).c_str());
  }

 private:
  std::string said(std::string_view text) const {
    return command ? said_of(*command, text) : std::string(text);
  }
};

options::options_description content_options(Of command) {
  options::options_description group("Options of share, fetch, status, verify and forget", 100, 50);
  const Adder add{group, command};
  add("output,o", text("PATH"),
      "share: the FILE.torrent to write (default: NAME.torrent); fetch, verify: the folder of the "
      "content (default: where it lies as far as is known, else this one)");
  add("from", text("DIR"), "share: the folder of what a FILE.torrent or HASH names");
  add("chunk-size", text("SIZE"), "share: a power of two, 16KiB to 64MiB (default: 256KiB)");
  add("force", "share: overwrite a FILE.torrent that is of another content");
  add("overwrite",
      "fetch: write over files of these names, unless another content or process has them");
  add("seed", "fetch: go on uploading when all is here");
  add("peer", options::value<Texts>()->value_name("ADDRESS:PORT"),
      "share, fetch: ask this peer too, whatever the trackers say; may be repeated");
  add("upload-limit", text("RATE"), "share, fetch: bytes per second, like 10MB (default: none)");
  add("download-limit", text("RATE"), "share, fetch: the same for what comes");
  add("slots", text("N"), "share, fetch: upload to so many peers at a time (default: 8)");
  add("peers", text("N"), "share, fetch: know at most so many peers of a content (default: 50)");
  add("yield", "share, fetch: let other traffic of the network go first");
  add("no-offload", "share, fetch: do not hand the kernel many datagrams as one");
  add("state", text("DIR"),
      "where it is remembered what is here (default: swarm-peer in $XDG_STATE_HOME or in "
      "~/.local/state)");
  add("quiet", "no progress and no notes; errors and results only");
  return group;
}

options::options_description tracker_options(Of command) {
  options::options_description group("Options of announce, declare and watch", 100, 50);
  const Adder add{group, command};
  add("event", text("EVENT"), "announce: started (default), completed, stopped or none");
  add("num-want", text("N"),
      "announce: at most so many peers, 0 to 82 (default: 50); watch: at most so many peers, 0 to "
      "82 (default: 82)");
  add("peer-id", text("ID"),
      "announce, watch: 20 characters or 40 hexadecimal digits (default: drawn at each start)");
  add("every", text("DURATION"),
      "watch: announce so often, at least 1s (default: the interval that the tracker tells)");
  return group;
}

options::options_description common_options(Of command) {
  options::options_description group("Options of all that use the network", 100, 50);
  const Adder add{group, command};
  add("port", text("P"),
      "share, fetch: the port to listen on (default: 6881, or any free one when that is taken); "
      "announce, watch: the port that your peer listens on; declare: the port to ask from, which "
      "is registered");
  add("tracker", text("ADDRESS[:PORT]"),
      "the multicast group of the trackers, or one of them, which then asks the master (default: "
      "239.255.0.1:6969)");
  add("interface", text("NAME|ADDRESS"),
      "where to ask from (default: where the default route, or the route to --tracker, leads)");
  add("ttl", text("N"), "how many routers a multicast request passes, plus 1 (default: 1)");
  add("timeout", text("DURATION"),
      "announce, declare, watch: give up when no tracker answers for so long; share, fetch: say so "
      "when none answers for so long, and go on; default: 5s");
  return group;
}

options::options_description described(Of command = std::nullopt) {
  options::options_description all, others("Options of all", 100, 50);
  const Adder add{others, command};
  add("json", "one JSON object on each line of stdout");
  add("help,h", "this text");
  add("version", "the version");
  all.add(content_options(command))
      .add(tracker_options(command))
      .add(common_options(command))
      .add(others);
  return all;
}

// The options that one command takes.
options::options_description taken_by(Command command) {
  options::options_description some("Options", 100, 50);
  const auto is_taken = [&](std::string_view option) {
    const auto row = std::find_if(taken().begin(), taken().end(),
                                  [&](const Taken& one) { return one.option == option; });
    return row == taken().end() || row->taken_by(command);
  };
  const auto all = described(command);
  for (const auto& option : all.options())
    if (is_taken(option->long_name())) some.add(option);
  return some;
}

// Reads the values of options. Throws PeerUsageError for a bad value.
class Values {
 public:
  explicit Values(const Texts& arguments) : values_(parse_command_line(arguments, described())) {}

  bool has(const std::string& name) const { return values_.count(name) > 0; }
  std::string text(const std::string& name) const {
    return has(name) ? values_[name].as<std::string>() : "";
  }
  Texts texts(const std::string& name) const {
    return has(name) ? values_[name].as<Texts>() : Texts{};
  }
  Texts words() const { return texts("words"); }

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
  for (const auto& row : taken())
    if (!row.taken_by(command) && values.has(std::string(row.option)))
      throw PeerUsageError(fmt::format("{} takes no --{}", name, row.option));
}

std::array<std::uint8_t, 20> hex_id(std::string_view kind, const std::string& text) {
  const auto bytes = parse_hex_id(kind, text);
  if (!bytes) throw PeerUsageError(bytes.error());
  return *bytes;
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
  return {hex_id("peer id", text)};
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
    if (const InfoHash hash = read_info_hash(word); known.insert(hash).second)
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

std::uint32_t read_chunk_size(const Values& values) {
  constexpr std::uint64_t smallest = 16 * 1024;
  if (!values.has("chunk-size")) return default_chunk_size;
  const auto size = parse_size(values.text("chunk-size"));
  if (!size || !std::has_single_bit(*size) || *size < smallest || *size > largest_chunk_size)
    throw PeerUsageError(
        fmt::format("--chunk-size takes a power of two from 16KiB to 64MiB, like 1MiB, not `{}`",
                    values.text("chunk-size")));
  return static_cast<std::uint32_t>(*size);
}

// Reads bytes per second: 10MB, or 10MB/s.
std::uint64_t read_limit(const Values& values, const std::string& name) {
  if (!values.has(name)) return 0;
  std::string text = values.text(name);
  if (text.ends_with("/s")) text.resize(text.size() - 2);
  const auto rate = parse_size(text);
  constexpr std::uint64_t least = 1000;  // with a lower limit one datagram would take seconds
  if (!rate || *rate < least)
    throw PeerUsageError(
        fmt::format("--{} takes bytes per second, at least 1kB, like 10MB, not "
                    "`{}`",
                    name, values.text(name)));
  return *rate;
}

std::vector<Endpoint> read_peers(const Values& values) {
  std::vector<Endpoint> peers;
  for (const auto& text : values.texts("peer")) {
    const auto peer = parse_endpoint(text);
    if (!peer) throw PeerUsageError("--peer: " + peer.error());
    peers.push_back(*peer);
  }
  return peers;
}

ExchangeSettings read_exchange(const Values& values) {
  ExchangeSettings read;
  read.upload_rate = read_limit(values, "upload-limit");
  read.download_rate = read_limit(values, "download-limit");
  read.upload_slots =
      static_cast<std::uint32_t>(values.number("slots", 1, 1000, read.upload_slots));
  read.most_peers = static_cast<std::uint32_t>(values.number("peers", 1, 10'000, read.most_peers));
  read.yield = values.has("yield");
  return read;
}

void check_words(const std::string& command, Command which, const ContentOptions& content) {
  const std::size_t words = content.what.size();
  if (words == 0 && which != Command::status)
    throw PeerUsageError(which == Command::share ? "share needs the PATH of a file or a folder"
                         : which == Command::forget
                             ? "forget needs the FILE.torrent or the HASH of a content, as "
                               "swarm-peer status lists them"
                             : command + " needs a FILE.torrent, or the HASH of a content");
  if (which == Command::verify && words > 1)
    throw PeerUsageError(fmt::format("verify takes one content, here are {}", words));
  if (which == Command::share && words > 1 && !content.output.empty())
    throw PeerUsageError(
        fmt::format("-o names one FILE.torrent, and here are {} contents; leave it away, and each "
                    "gets a NAME.torrent",
                    words));
  if (which == Command::status || which == Command::forget)
    for (const auto& word : content.what)
      if (!word.ends_with(".torrent")) read_info_hash(word);
}

ContentOptions read_content(const std::string& command, Command which, const Values& values,
                            Texts words) {
  ContentOptions read;
  read.what = std::move(words);
  read.output = values.text("output");
  read.from = values.text("from");
  read.state = values.text("state");
  check_words(command, which, read);
  read.chunk_size = read_chunk_size(values);
  read.force = values.has("force");
  read.overwrite = values.has("overwrite");
  read.seed = values.has("seed");
  read.quiet = values.has("quiet");
  read.any_port = !values.has("port");
  read.peers = read_peers(values);
  read.offload = !values.has("no-offload");
  read.exchange = read_exchange(values);
  return read;
}

bool has_contents(Command command) {
  return command == Command::share || command == Command::fetch || command == Command::status ||
         command == Command::verify || command == Command::forget;
}

void read_words(const std::string& command, const Values& values, Texts words, PeerOptions& read) {
  constexpr std::uint16_t usual_port = 6881;
  if (!has_contents(read.command)) {
    read.contents = read_contents(command, words);
    read.port = read_port(command, values);
    return;
  }
  read.content = read_content(command, read.command, values, std::move(words));
  read.port = static_cast<std::uint16_t>(values.number("port", 1, 65535, usual_port));
}

// Rejects `forget --all`: forget takes only contents that the user names.
void check_names_contents(const Texts& arguments) {
  const auto has = [&](const char* word) {
    return std::count(arguments.begin(), arguments.end(), word) > 0;
  };
  if (has("forget") && has("--all"))
    throw PeerUsageError(
        "forget takes no --all; it takes what swarm-peer status lists: swarm-peer status --json | "
        "jq -r .content | xargs -r swarm-peer forget");
}

}  // namespace

InfoHash read_info_hash(const std::string& text) {
  return {hex_id("info-hash", text)};
}

bool looks_like_info_hash(const std::string& text) {
  return parse_hex_id("info-hash", text).has_value();
}

PeerOptions read_peer_options(const std::vector<std::string>& arguments) {
  check_names_contents(arguments);
  const Values values(arguments);
  PeerOptions read;
  read.command = values.has("help") ? Command::help : Command::version;
  auto words = values.words();
  if (values.has("help") && !words.empty()) read.help_of = words.front();
  if (values.has("help") || values.has("version")) return read;
  if (words.empty()) throw PeerUsageError("say what to do, like: swarm-peer share PATH");
  const std::string name = words.front();
  read.command = choose(commands, "command", name);
  words.erase(words.begin());
  check_taken(values, read.command, name);
  read_words(name, values, std::move(words), read);
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

std::string peer_help(std::string_view command) {
  std::ostringstream text;
  const auto listed = [](const PeerCommandHelp& one) {
    return fmt::format("  {:<9} {}", one.name, one.text);
  };
  for (const auto& one : peer_command_help) {
    if (one.name != command) continue;
    text << "Usage: swarm-peer " << one.usage << "\n\n" << listed(one) << '\n';
    text << taken_by(choose(commands, "command", std::string(command)));
    return text.str();
  }
  text << peer_help_head;
  for (const auto& one : peer_command_help)
    text << (&one == peer_command_help ? "\nUsage: " : "       ") << "swarm-peer " << one.usage
         << '\n';
  text << "\nCommands\n";
  for (const auto& one : peer_command_help) text << listed(one);
  text << '\n' << peer_help_hash << described() << peer_help_tail;
  return text.str();
}

std::string state_folder() {
  const auto variable = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? value : "";
  };
  if (const auto state = variable("XDG_STATE_HOME"); !state.empty()) return state + "/swarm-peer";
  if (const auto home = variable("HOME"); !home.empty()) return home + "/.local/state/swarm-peer";
  throw PeerUsageError("there is no $HOME to remember contents in; name a folder with --state");
}

}  // namespace swarm::udp
