// Answers operators' commands while no worker listens on the control socket: the supervisor says in
// one sentence how its worker is. The door is a socket with an abstract name (Linux) that is
// derived from the control socket's path. So it needs no disk, leaves nothing behind, and its name
// is free when the supervisor has ended.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class SupervisorDoor {
 public:
  // If the path is empty or another process has the name, there is no door; this is no error.
  explicit SupervisorDoor(const std::filesystem::path& control_socket);

  int descriptor() const { return door_ ? door_.number() : -1; }  // readable when somebody asks
  // Answers all who wait, if they are root or this process's user. Never waits.
  void answer(bool worker_runs, std::string_view sentence) const;
  void close() { door_ = Descriptor(); }

 private:
  Descriptor door_;
};

struct SupervisorWord {
  bool worker_runs{};
  std::string sentence;
};
// Asks the supervisor of this control socket. Believes it only if it runs as root, as this user or
// as the owner of the socket's folder. None if there is no such supervisor. Waits at most five
// seconds.
std::optional<SupervisorWord> ask_supervisor(const std::filesystem::path& control_socket);

}  // namespace swarm::udp
