// Where an operator's command hears of an instance while no worker listens on its control socket:
// the supervisor says in one sentence how its worker is. The name is of Linux's abstract kind,
// derived from the control socket's path: no disk is touched, nothing is left behind, and it is
// free when its supervisor has ended.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "transport/udp/system/open_files.hpp"

namespace swarm::udp {

class SupervisorDoor {
 public:
  // Empty, or a name that another one has: there is none, which is no error.
  explicit SupervisorDoor(const std::filesystem::path& control_socket);

  int descriptor() const { return door_ ? door_.number() : -1; }  // readable: somebody asks
  // Tells all who wait, if they are root or the user of this process. Never waits.
  void answer(bool worker_runs, std::string_view sentence) const;
  void close() { door_ = Descriptor(); }

 private:
  Descriptor door_;
};

struct SupervisorWord {
  bool worker_runs{};
  std::string sentence;
};
// What the supervisor that has this control socket says, which belongs to root, to this user or to
// the owner of the socket's folder. Nothing: there is none. Waits five seconds at most.
std::optional<SupervisorWord> ask_supervisor(const std::filesystem::path& control_socket);

}  // namespace swarm::udp
