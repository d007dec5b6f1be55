// The sessions of this process with other processes. Between members a datagram counts only in a
// session, and only once: a recording of it changes nothing, not even while its session lives.
//
// There is a session for each pair of processes (boot x boot). The first message to an address
// opens one (engine/links/handshake.hpp), and waits for the CHALLENGE. So a session costs one round
// trip once, and members have their sessions before they need them, because every member sends
// STATUS to all others. Two processes that open at the same time get two sessions; both are good.
//
// Nothing here has a timer. A lost OPEN or PROVE is repeated when the next message is sent.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/links/handshake.hpp"
#include "engine/links/links.hpp"
#include "engine/links/replay_window.hpp"

namespace swarm {

class SessionLinks final : public Links {
 public:
  struct Settings {
    Secret swarm_secret{};
    wire::Cipher cipher{};
    bool previous_protocol = false;
    Duration status_interval{};  // every member sends something to every other one in this time
    handshake::Process self;
    Endpoint address;  // of this process, from which its datagrams come
  };
  SessionLinks(Settings settings, const Entropy& entropy);

  // Bounds. The oldest gives way.
  static constexpr std::size_t most_addresses = 256, most_sessions = 512, most_of_store = 16;
  static constexpr std::size_t most_waiting = 4;   // messages per address
  static constexpr std::size_t most_answers = 64;  // to one OPEN
  static constexpr std::size_t most_opened = 16;   // remembered sessions of a store
  // After `lasts`, a session is replaced by a new one. After `ends` it has ended, so that a
  // datagram that somebody has kept back counts no more.
  static constexpr Duration lasts = 60s, ends = 90s;
  // A PROVE is believed for this long after its CHALLENGE.
  static constexpr Duration challenge_lasts = 10s;
  // An OPEN that is not answered is sent again after this time, then after twice this time, and so
  // on, up to a quarter of `status_interval`.
  static constexpr Duration first_retry = 5ms;
  // For how many STATUS intervals a process that has spoken one version counts as one that speaks
  // it.
  static constexpr int version_lasts = 10;

  void send(Time now, Outbox& out, std::span<const Endpoint> to, const wire::Header& header,
            const wire::Body& body) override;
  tl::expected<std::optional<wire::Message>, Reject> receive(Time now, Outbox& out,
                                                             const Endpoint& from,
                                                             Bytes datagram) override;
  std::vector<Newcomer> newcomers() const override;
  std::size_t sessions() const { return sessions_.size(); }
  std::size_t addresses() const { return targets_.size(); }

 private:
  struct Session {
    handshake::Process other;
    Endpoint address;  // its datagrams come from here, and go there
    wire::SealingKey sends, hears;
    wire::Nonce16 death{};   // the hash of the proof in a DEAD of the other process
    Time made{}, heard{};    // `heard`: at first the same as `made`
    MemberId from;           // what the last message said
    std::uint64_t sent = 0;  // the number of the last datagram
    ReplayWindow received;
    // As long as it is not known whether the other process has this session, PROVE is repeated.
    bool proven = false;
    bool has_spoken = false;  // a message has come in it
    bool dead = false;        // a DEAD has come
    wire::Prove prove;
    Time proved{Time::min()};
  };
  // A message that waits for a session; without session, nonce and tag. Only a message that begins
  // a conversation waits. Any other one would be out of date when it leaves.
  struct Waiting {
    std::vector<std::uint8_t> datagram;
    Time since;
  };
  // An address with which this process speaks. It may be a group.
  struct Target {
    std::uint64_t session = 0;  // id of the session that is used; 0: none
    std::uint64_t next = 0;     // id of one that will be used when the other process has it, too
    bool opening = false;       // an OPEN with `nonce` was sent
    std::uint64_t nonce{};
    Time drawn{Time::min()}, opened{Time::min()};  // when `nonce` was drawn; the last OPEN
    std::vector<BootId> answered;  // the processes that have answered the OPEN with `nonce`
    BootId boot;                   // the process that has opened a session, or answered, last
    std::uint64_t since = 0;       // when it did so first; an earlier process is over
    Duration retry{};
    std::vector<Waiting> waiting;      // by type, the last one of each
    Time heard_previous{Time::min()};  // the last datagram in the previous version
    Time used{};
  };
  struct Opened {
    std::uint64_t id, time;
  };
  struct Store {
    // No PROVE of this time or an earlier one is believed. `over`: of any process but the latest.
    std::uint64_t floor = 0, over = 0;
    BootId boot{};                          // the latest process of the store
    BootId dead{};                          // a process that has ended
    std::uint64_t proven = 0;               // the latest time in a PROVE that was believed
    std::vector<Opened> opened{};           // the sessions that the latest process has opened
    std::vector<std::uint64_t> sessions{};  // ids, the oldest first
  };
  using Received = tl::expected<std::optional<wire::Message>, Reject>;

  Target& target(const Endpoint& address);
  Session* session_of(const Target& target);
  Session* find(std::uint64_t id);  // null: it does not exist, or has ended
  void use_if_better(const Endpoint& address, std::uint64_t id, const Session& heard);
  bool is_silent(const Session& session) const;
  bool needs_another(const Session& session) const;
  bool speaks_previous(const Target& target);
  bool answers_previous(const Endpoint& address) const;
  void send_to(const Endpoint& address, const wire::Header& header, const wire::Body& body);
  void send_to_group(const Endpoint& group);
  void send_in(Session& session, std::uint64_t id, Bytes unsealed);
  void send_outside(const Endpoint& to, const wire::Body& body);
  void prove(Session& session);
  void wait(Target& target, Bytes unsealed);
  void send_waiting(Target& from, Target& to);
  void open(const Endpoint& to, Target& target);

  Received receive_outside(const Endpoint& from, Bytes datagram);
  Received receive_in_session(const Endpoint& from, Bytes datagram);
  Received receive_previous(const Endpoint& from, Bytes datagram);
  Received on_open(const Endpoint& from, const wire::Header& header, const wire::Open& m);
  Received on_challenge(const Endpoint& from, const wire::Header& header, const wire::Challenge& m);
  Received on_prove(const Endpoint& from, const wire::Header& header, const wire::Prove& m);
  Received on_dead(const wire::Header& header, const wire::Dead& m);

  bool is_new(const handshake::Process& other, std::uint64_t time, std::uint64_t id) const;
  void follow(Store& store, BootId boot, std::uint64_t time);
  void follow(Target& target, BootId boot) const;
  bool is_dead(const handshake::Process& process) const;
  void note_proven(const handshake::Process& other, std::uint64_t time, std::uint64_t id);
  // Makes a session, which needs its keys yet. The oldest ones make room.
  Session& begin(std::uint64_t id, const handshake::Process& other, const Endpoint& address,
                 const wire::Nonce16& death);
  void forget(std::uint64_t id);
  void forget_earlier_processes(const Endpoint& address, BootId boot);
  bool has_session_of(BootId boot) const;

  const Settings settings_;
  Secrets secrets_;
  const wire::Seal seal_;
  const Drawn challenge_key_, death_proof_;

  Time now_{};
  Outbox* out_ = nullptr;  // of the present call
  // The sender of the last datagram in the previous version, and when it came. What is sent to it
  // at that time answers this datagram.
  Endpoint asked_in_previous_;
  Time asked_in_previous_at_{Time::min()};
  std::map<Endpoint, Target> targets_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Session>> sessions_;  // by id; never iterated
  std::map<StoreId, Store> stores_;
  std::uint64_t forgotten_ = 0;  // the latest time of the stores that are forgotten
  std::vector<std::uint8_t> unsealed_, buffer_, plain_;
};

}  // namespace swarm
