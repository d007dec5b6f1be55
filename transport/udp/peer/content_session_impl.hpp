// The implementation of a content session: its start and end (content_session.cpp), the events of
// its peer (content_session_events.cpp), and its regular checks (content_session_look.cpp).
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
  // `port`: the preferred port. If the socket gets another port, `note` is set to a message for the
  // user.
  static DatagramSocket open_socket(asio::io_context& io, const PeerOptions& options,
                                    const MulticastSettings& multicast, std::uint16_t port,
                                    std::string& note);
  // The address that a new socket should use; nullopt while the interface has none.
  static std::optional<std::uint32_t> address_now(asio::io_context& io, const PeerOptions& options);

  bool sharing() const { return options.command == PeerOptions::Command::share; }
  bool stays() const { return sharing() || options.content.seed; }

  void begin();
  // Tells the user once that the session listens. To be called when a content is open, or when the
  // opening takes a while. So the user does not read this if the store rejects every content at
  // once.
  void say_listening();
  void open(SessionContent& entry);
  void interrupt();
  void say_stopped(SessionContent& entry);
  void stop(SessionContent& entry, SessionContent::State state);
  void stop_all();

  // The events of the peer. event() posts each event, and happened() handles it after the peer's
  // step.

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

  // Returns the entry of an active content; null if there is none.
  SessionContent* find(const InfoHash& content);

  // Reports each complete content of a fetch once, when the rows of all written chunks are
  // committed. So a power failure cannot undo what was reported.
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
  // True if `wait` has passed since `since`. It then sets `since` to never, so that the next calls
  // return false until the caller sets `since` again.
  static bool due(Time& since, Time now, Duration wait);

  // Ends the session if the trackers have answered the farewell and the store has finished.
  // Otherwise calls itself again later.
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
  Time parting = never;                  // the time at which the session began to end
  std::optional<Endpoint> tracker;       // the tracker that answered last
  std::optional<std::uint64_t> refusal;  // the last error of a tracker, as on the wire
  std::string port_note;                 // see open_socket(); empty if it has the preferred port
  bool told_listening = false, told_silence = false, interrupted = false, done = false;
  ContentStore store;
  PeerHost host;
  AddressWatch address{holder_of, [this] { return address_now(io, options); }};
};

}  // namespace swarm::udp
