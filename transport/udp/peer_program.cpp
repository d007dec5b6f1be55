#include "transport/udp/peer_program.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <csignal>
#include <ostream>

#include "transport/udp/network_interfaces.hpp"
#include "transport/udp/peer_session.hpp"
#include "transport/udp/worker.hpp"

namespace swarm::udp {
namespace {

using Command = PeerOptions::Command;

PeerExit run_session(const PeerOptions& options, PeerReport& report) {
  asio::io_context io;
  auto exit = PeerExit::failed;
  PeerSession session(io, options, report, [&](PeerExit code) {
    exit = code;
    io.stop();
  });
  asio::signal_set signals(io);
  if (options.command == Command::watch) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals.add(signal);
    signals.async_wait([&](const boost::system::error_code& error, int) {
      signals.clear();  // a second one ends the process
      if (!error) session.interrupt();
    });
  }
  io.run();
  return exit;
}

PeerExit carry_out(const PeerOptions& options, std::ostream& out, PeerReport& report) {
  if (options.command == Command::help) return fmt::print(out, "{}", peer_help()), PeerExit::done;
  if (options.command == Command::version)
    return fmt::print(out, "swarm-peer {}\n", version), PeerExit::done;
  return run_session(options, report);
}

}  // namespace

int run_peer_program(const std::vector<std::string>& arguments, std::ostream& out,
                     std::ostream& messages, bool colours) {
  const auto fail = [&](PeerExit exit, std::string_view sentence) {
    fmt::print(messages, "swarm-peer: {}\n", sentence);
    return static_cast<int>(exit);
  };
  try {
    const auto options = read_peer_options(arguments);
    PeerReport report(out, messages, {options.json, colours});
    const auto exit = carry_out(options, out, report);
    if (!out.flush() && options.command != Command::watch)
      return fail(PeerExit::failed, "the output cannot be written; is the disk full?");
    return static_cast<int>(exit);
  } catch (const PeerUsageError& error) {
    return fail(PeerExit::usage, fmt::format("{} (see swarm-peer --help)", error.what()));
  } catch (const InterfaceError& error) {
    return fail(PeerExit::usage, error.what());
  } catch (const std::exception& error) {
    return fail(PeerExit::failed, error.what());
  }
}

}  // namespace swarm::udp
