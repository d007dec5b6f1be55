// The inside of a content session: its start and end (content_session.cpp), the events of its peer
// (content_session_events.cpp), and its regular checks (content_session_look.cpp).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "transport/udp/content_store/content_store.hpp"
#include "transport/udp/net/address_watch.hpp"
#include "transport/udp/peer/content_session.hpp"
#include "transport/udp/peer/peer_host.hpp"
#include "transport/udp/peer/session_content.hpp"

namespace swarm::udp {

struct ContentSession::Impl final : PeerObserver, std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, const PeerOptions& wanted, std::vector<ContentSource> sources,
       ContentReport& its_report, std::function<void(PeerExit)> its_end);
  static std::string state_of(const PeerOptions& options);
  // `port`: the preferred port. `note`: set to a message for the user if the socket has another
  // port.
  static DatagramSocket open_socket(asio::io_context& io, const PeerOptions& options,
                                    const MulticastSettings& multicast, std::uint16_t port,
                                    std::string& note);
  // None while the interface has no address.
  static std::optional<std::uint32_t> address_now(asio::io_context& io, const PeerOptions& options);

  bool sharing() const { return options.command == PeerOptions::Command::share; }
  bool stays() const { return sharing() || options.content.seed; }

  void begin();
  // To be called when a content is open or its opening takes a while. So nothing is announced if
  // the store refuses every content at once.
  void say_listening();
  void open(SessionContent& entry);
  void interrupt();
  void say_stopped(SessionContent& entry);
  void stop(SessionContent& entry, SessionContent::State state);
  void stop_all();

  // The events of the peer. What they cause happens after the peer's step.

  void answered(std::size_t, Time, const TrackerAnswer& answer) override;
  void event(std::size_t, Time, const Event& event) override;

  template <class Other>
  void happened(const Other&) {}
  void happened(const event::PeerError& error);
  void happened(const event::PeerRegistered& one);
  void happened(const event::InfoFetched& one);
  void happened(const event::ContentOpened& one);
  void happened(const event::ChunkLost& one);
  void happened(const event::ContentComplete& one);
  void happened(const event::ContentFailed& one);
  void happened(const event::PeerDropped& one);

  // Finds an active content.
  SessionContent* find(const InfoHash& content);

  // Reports complete contents, each once its last chunk has its row, so that a power failure cannot
  // undo what was reported.
  void tell_complete();
  bool waits_for_commit() const;
  void say_complete(SessionContent& entry);
  void tell_remarks(SessionContent& entry);
  void fail(SessionContent& entry, std::string_view sentence);
  void end_when_complete();

  // The timers.

  void wait();
  void look();
  void look_at_address(Time now);
  void say_silence();
  void look_after(SessionContent& entry, Time now);
  // True once, when `wait` has passed since `since`. Not again before the caller sets `since` anew.
  static bool due(Time& since, Time now, Duration wait);

  // Waits until the trackers have answered the farewell and the store has finished, then ends the
  // session.
  void part();
  // Reports a content whose closing failed.
  void note_failed_end(SessionContent& entry);
  PeerExit exit() const;
  void finish();

  asio::io_context& io;
  PeerOptions options;
  ContentReport& report;
  std::function<void(PeerExit)> finished;
  asio::steady_timer timer;
  std::vector<SessionContent> entries;
  Time began;
  Time parting = never;  // when the stop of all contents began
  std::optional<Endpoint> tracker;
  std::optional<std::uint64_t> refusal;
  std::string port_note;  // empty: the socket has the preferred port
  bool told_listening = false, told_silence = false, interrupted = false, done = false;
  ContentStore store;
  PeerHost host;
  AddressWatch address{holder_of, [this] { return address_now(io, options); }};
};

}  // namespace swarm::udp
