// Answers operators' commands while no worker listens on the control socket. The answer is one
// sentence about the state of the worker. The door is a socket with an abstract name (Linux) that
// is derived from the control socket's path. So the door needs no disk and leaves no file behind.
// The name becomes free when the supervisor ends.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class SupervisorDoor {
 public:
  // If the path is empty or another process has the name, there is no door. That is no error.
  explicit SupervisorDoor(const std::filesystem::path& control_socket);

  // Readable when a command asks; -1 if there is no door.
  int descriptor() const { return door_ ? door_.number() : -1; }
  // Answers the waiting commands of root and of this process's user, and closes the connections of
  // other users. Never waits.
  void answer(bool worker_runs, std::string_view sentence) const;
  void close() { door_ = Descriptor(); }

 private:
  Descriptor door_;
};

struct SupervisorWord {
  bool worker_runs{};
  std::string sentence;
};
// Asks the supervisor of this control socket. Accepts an answer only from a process of root, of
// this user or of the owner of the socket's folder. Returns nullopt if no such process answers
// within five seconds.
std::optional<SupervisorWord> ask_supervisor(const std::filesystem::path& control_socket);

}  // namespace swarm::udp
