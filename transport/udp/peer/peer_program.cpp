#include "transport/udp/peer/peer_program.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <csignal>
#include <ostream>

#include "engine/base/secrets.hpp"
#include "engine/base/version.hpp"
#include "transport/udp/peer/content_commands.hpp"
#include "transport/udp/peer/content_session.hpp"
#include "transport/udp/peer/peer_session.hpp"
#include "transport/udp/system/network_interfaces.hpp"

namespace swarm::udp {
namespace {

using Command = PeerOptions::Command;

// Runs a session to its end. `make` makes the session. Its second argument is the function that the
// session must call at its end. `orderly`: the first signal interrupts the session instead of
// ending the process.
template <class Make>
PeerExit run(bool orderly, const Make& make) {
  asio::io_context io;
  auto exit = PeerExit::failed;
  asio::signal_set signals(io);
  auto session = make(io, [&](PeerExit code) {
    exit = code;
    io.stop();
  });
  if (orderly) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals.add(signal);
    signals.async_wait([&](const boost::system::error_code& error, int) {
      signals.clear();  // a second signal ends the process
      if (!error) session.interrupt();
    });
  }
  io.run();
  return exit;
}

PeerExit run_asking(const PeerOptions& options, PeerReport& report) {
  return run(options.command == Command::watch, [&](asio::io_context& io, const auto& finished) {
    return PeerSession(io, options, report, finished);
  });
}

// Returns the exit code of the exchange. But if the preparation failed for some content, it returns
// the exit code of the preparation, unless the exchange has failed too.
PeerExit run_exchange(const PeerOptions& options, ContentReport& report,
                      const PreparedContents& prepared) {
  if (prepared.contents.empty()) return prepared.exit;
  const auto exit = run(true, [&](asio::io_context& io, const auto& finished) {
    return ContentSession(io, options, prepared.contents, report, finished);
  });
  return prepared.exit == PeerExit::done || exit == PeerExit::failed ? exit : prepared.exit;
}

// Reports an error that ends all contents as the failure of each content, for programs that count
// failures. Throws the error again.
template <class Contents, class Body>
PeerExit or_all_failed(const Contents& contents, ContentReport& report, const Body& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    for (const auto& content : contents) report.failed_with_all(content, error.what());
    throw;
  }
}

PeerExit run_contents(const PeerOptions& options, ContentReport& report) {
  if (options.command == Command::status) return run_status(options, report);
  if (options.command == Command::forget) return run_forget(options, report);
  const auto& words = options.content.what;
  if (options.command == Command::verify)
    return or_all_failed(words, report, [&] { return run_verify(options, report); });
  PreparedContents prepared;
  or_all_failed(words, report, [&] {
    prepared = options.command == Command::share ? prepare_share(options, report)
                                                 : prepare_fetch(options, report);
    return prepared.exit;
  });
  return or_all_failed(prepared.contents, report,
                       [&] { return run_exchange(options, report, prepared); });
}

PeerExit carry_out(const PeerOptions& options, std::ostream& out, std::ostream& messages,
                   const PeerTerminal& terminal) {
  switch (options.command) {
    case Command::help:
      return fmt::print(out, "{}", peer_help(options.help_of)), PeerExit::done;
    case Command::version:
      return fmt::print(out, "swarm-peer {}\n", version), PeerExit::done;
    case Command::announce:
    case Command::declare:
    case Command::watch: {
      PeerReport report(out, messages, {options.json, terminal.colours});
      return run_asking(options, report);
    }
    default: {
      ContentReport report(out, messages, {options.json, options.content.quiet, terminal.columns});
      return run_contents(options, report);
    }
  }
}

}  // namespace

int run_peer_program(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& messages, const PeerTerminal& terminal) {
  const auto fail = [&](PeerExit exit, std::string_view sentence) {
    fmt::print(messages, "swarm-peer: {}\n", sentence);
    return static_cast<int>(exit);
  };
  try {
    start_cryptography();
    const auto options = read_peer_options(arguments);
    const auto exit = carry_out(options, out, messages, terminal);
    if (!out.flush() && options.command != Command::watch)
      return fail(PeerExit::failed, "the output cannot be written; is the disk full?");
    return static_cast<int>(exit);
  } catch (const PeerUsageError& error) {
    return fail(PeerExit::usage, fmt::format("{} (see swarm-peer --help)", error.what()));
  } catch (const WrongContent& error) {
    return fail(PeerExit::wrong, error.what());
  } catch (const InterfaceError& error) {
    return fail(PeerExit::usage, error.what());
  } catch (const std::exception& error) {
    return fail(PeerExit::failed, error.what());
  }
}

}  // namespace swarm::udp
