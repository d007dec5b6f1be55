// The inside of a tracker: its parts, and the way of a datagram to the part that it is for.
#pragma once

#include "engine/consensus/other_secret.hpp"
#include "engine/consensus/parts.hpp"

namespace swarm {

struct Tracker::Impl {
  explicit Impl(Start start) : parts(std::move(start)) {}

  // One step: sets time and outbox, and at its end hands over what is to be written.
  class Step {
   public:
    Step(Impl& impl, Time now, Outbox& out);
    ~Step() noexcept(false);
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Impl& impl_;
  };

  void start();
  void wake();
  void receive_peer(const Arrival& arrival, Bytes datagram);
  void receive_cluster(const Endpoint& from, Bytes datagram);
  void reject(Reject reason);

  Parts parts;
  OtherSecret other_secret{parts};
  TrackerView view;
  std::array<std::uint64_t, static_cast<std::size_t>(Reject::count)> rejects{};

 private:
  void remember_counted();
  std::size_t remember_counted(const Block& block);
  // Of the log as it was found at the start: up to where downloads were remembered, and to where
  // they will be.
  LogIndex remembered, remember_to;

  bool admit(const wire::Message& message, const Endpoint& from);
  bool admit_term(const wire::Message& message, const Endpoint& from);
  void dispatch(const wire::Message& message, const Endpoint& from);
};

}  // namespace swarm
