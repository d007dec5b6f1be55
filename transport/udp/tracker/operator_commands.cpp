#include "transport/udp/tracker/operator_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "engine/base/quantity.hpp"
#include "observe/live/status.hpp"
#include "transport/udp/net/control_socket.hpp"
#include "transport/udp/tracker/supervisor_door.hpp"

namespace swarm::udp {
namespace {

constexpr int done = 0, refused = 1, usage = 2, no_instance = 4;
constexpr auto between_looks = 1s;

int complain(std::ostream& err, std::string_view sentence, int code) {
  err << "swarm-tracker: " << sentence << std::endl;
  return code;
}

std::filesystem::path control_socket(const Configuration& configuration) {
  return configuration.control_socket.empty() ? configuration.data_directory / "control.sock"
                                              : configuration.control_socket;
}

std::string without_end_of_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// The sentence in the instance's answer. If the answer is empty, a sentence that says so.
std::string sentence_of(const HttpResponse& response) {
  const auto sentence = without_end_of_line(response.body);
  return sentence.empty()
             ? fmt::format("the instance answered with status {} and no word", response.status)
             : sentence;
}

bool is_terminal(const std::ostream& out) {
  return &out == &std::cout && isatty(STDOUT_FILENO) == 1;
}

bool wants_colour() {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return (no_colour == nullptr || *no_colour == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

// The instance runs here, but cannot answer now.
struct NotNow : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// If nobody listens, asks the supervisor. If the supervisor says that the worker runs, asks the
// instance once more, because the worker may have begun to listen meanwhile.
HttpResponse ask_instance(const std::filesystem::path& socket, const HttpRequest& request) try {
  return control_request(socket, request);
} catch (const NobodyListens&) {
  const auto word = ask_supervisor(socket);
  if (!word) throw;
  if (!word->worker_runs) throw NotNow(word->sentence);
  try {
    return control_request(socket, request);
  } catch (const NobodyListens&) {
    throw NotNow(fmt::format(
        "{} {}: ask again; if it stays so, that file was removed, and a restart makes it anew",
        word->sentence, socket.native()));
  }
}

// How and where a status is shown.
struct Display {
  std::ostream& out;
  std::ostream& err;
  bool json{}, clear{}, colour{};

  void show(const HttpResponse& response) {
    const auto text = json ? without_end_of_line(response.body) + '\n'
                           : observe::status_table(observe::read_status(response.body), colour);
    out << (clear ? "\x1b[H\x1b[2J" : "") << text << std::flush;
  }
};

// Asks for the status once and shows it. Reports a problem only if it differs from
// `last_complaint`.
int look(const std::filesystem::path& socket, Display& display, std::string& last_complaint) {
  std::string complaint;
  int code = no_instance;
  try {
    const auto response = ask_instance(socket, {false, "/status", {}});
    code = refused;  // the instance answers, so the code is not no_instance
    if (response.status == 200) {
      display.show(response);
      last_complaint.clear();
      return done;
    }
    complaint = sentence_of(response);
  } catch (const NotNow& error) {
    code = refused;
    complaint = error.what();
  } catch (const std::runtime_error& error) {
    complaint = error.what();
  }
  if (complaint != last_complaint) complain(display.err, complaint, code);
  last_complaint = complaint;
  return code;
}

Parsed<std::string> target_of(const std::string& order, const std::vector<std::string>& arguments) {
  if (order == "remove") {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    if (arguments.size() == 1 && parse_count(arguments[0], 1, most))
      return fmt::format("/remove/{}", *parse_count(arguments[0], 1, most));
    return tl::make_unexpected(
        "remove takes the id of one member, as swarm-tracker status shows it: "
        "swarm-tracker remove 3");
  }
  static constexpr std::array<std::string_view, 4> others = {"handover", "leave", "init", "join"};
  if (std::find(others.begin(), others.end(), order) == others.end())
    return tl::make_unexpected(fmt::format("'{}' is no order: see swarm-tracker --help", order));
  if (!arguments.empty())
    return tl::make_unexpected(
        fmt::format("{} takes no arguments, but there is '{}'", order, arguments[0]));
  return '/' + order;
}

}  // namespace

int status_command(const Configuration& configuration, const std::vector<std::string>& arguments,
                   std::ostream& out, std::ostream& err) {
  Display display{out, err};
  bool watch = false;
  for (const auto& argument : arguments) {
    if (argument != "--json" && argument != "--watch")
      return complain(err, fmt::format("status takes --json and --watch, but not '{}'", argument),
                      usage);
    (argument == "--json" ? display.json : watch) = true;
  }
  display.colour = is_terminal(out) && wants_colour();
  display.clear = is_terminal(out) && watch && !display.json;

  std::string last_complaint;
  const auto socket = control_socket(configuration);
  const int code = look(socket, display, last_complaint);
  if (!watch || code != done) return code;
  while (out.good()) {
    std::this_thread::sleep_for(between_looks);
    look(socket, display, last_complaint);
  }
  return done;  // nobody reads the output any more
}

int order_command(const Configuration& configuration, const std::string& order,
                  const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  const auto target = target_of(order, arguments);
  if (!target) return complain(err, target.error(), usage);
  try {
    const auto response = ask_instance(control_socket(configuration), {true, *target, {}});
    if (response.status != 200) return complain(err, sentence_of(response), refused);
    out << sentence_of(response) << std::endl;
    return done;
  } catch (const NotNow& error) {
    return complain(err, error.what(), refused);
  } catch (const std::runtime_error& error) {
    return complain(err, error.what(), no_instance);
  }
}

}  // namespace swarm::udp
