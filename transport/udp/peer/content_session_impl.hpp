// The inside of a content session: what it begins and ends (content_session.cpp), what its peer
// says (content_session_events.cpp), what it looks at from time to time (content_session_look.cpp).
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
  // `port`: the one that is wanted; `note`: to be told when it is another one.
  static DatagramSocket open_socket(asio::io_context& io, const PeerOptions& options,
                                    const MulticastSettings& multicast, std::uint16_t port,
                                    std::string& note);
  // The interface may be without an address for now.
  static std::optional<std::uint32_t> address_now(asio::io_context& io, const PeerOptions& options);

  bool sharing() const { return options.command == PeerOptions::Command::share; }
  bool stays() const { return sharing() || options.content.seed; }

  void begin();
  // When a content is open, or that takes longer: what is refused at once is not announced.
  void say_listening();
  void open(SessionContent& entry);
  void interrupt();
  void say_stopped(SessionContent& entry);
  void stop(SessionContent& entry, SessionContent::State state);
  void stop_all();

  // What the peer tells. What follows from it comes after the peer's step.

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

  // Of the active ones.
  SessionContent* find(const InfoHash& content);

  // Once its last chunk has its row: what is told is not lost with the power.
  void tell_complete();
  bool waits_for_commit() const;
  void say_complete(SessionContent& entry);
  void tell_remarks(SessionContent& entry);
  void fail(SessionContent& entry, std::string_view sentence);
  void end_when_complete();

  // Time.

  void wait();
  void look();
  void look_at_address(Time now);
  void say_silence();
  void look_after(SessionContent& entry, Time now);
  // Once, until `since` is set anew.
  static bool due(Time& since, Time now, Duration wait);

  // Until the trackers have answered and the disk has all.
  void part();
  // What its closing came to.
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
  Time parting = never;  // since when everything is being stopped
  std::optional<Endpoint> tracker;
  std::optional<std::uint64_t> refusal;
  std::string port_note;  // empty: it has the one that is wanted
  bool told_listening = false, told_silence = false, interrupted = false, done = false;
  ContentStore store;
  PeerHost host;
  AddressWatch address{holder_of, [this] { return address_now(io, options); }};
};

}  // namespace swarm::udp
