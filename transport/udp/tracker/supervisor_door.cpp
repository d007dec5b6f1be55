#include "transport/udp/tracker/supervisor_door.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <system_error>
#include <utility>

#include "engine/base/sha1.hpp"
#include "engine/base/types.hpp"

namespace swarm::udp {
namespace {

namespace fs = std::filesystem;

constexpr int most_at_once = 16;  // connections that one call of answer() accepts
constexpr char runs = '+', does_not_run = '-';

struct Name {
  sockaddr_un address{};
  socklen_t size{};
};

// An abstract name begins with a zero byte. All paths to the same folder give the same name.
Name name_of(const fs::path& control_socket) {
  std::error_code error;
  auto path = fs::weakly_canonical(fs::absolute(control_socket, error), error);
  if (error) path = control_socket;
  const auto& text = path.native();
  const auto digest = sha1({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  const auto name = "swarm-tracker/" + to_hex(digest.bytes);
  Name made;
  made.address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), made.address.sun_path + 1);
  made.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  return made;
}

std::optional<uid_t> user_behind(const Descriptor& socket) {
  ucred user{};
  socklen_t size = sizeof user;
  if (::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &user, &size) != 0) return {};
  return user.uid;
}

// Any process may take an abstract name. So this checks which user runs the process behind it.
bool is_trusted(const Descriptor& supervisor, const fs::path& control_socket) {
  const auto user = user_behind(supervisor);
  if (!user) return false;
  if (*user == 0 || *user == ::geteuid()) return true;
  const auto folder =
      control_socket.has_parent_path() ? control_socket.parent_path() : fs::path(".");
  struct stat status {};
  return ::stat(folder.c_str(), &status) == 0 && status.st_uid == *user;
}

Descriptor make_socket(int kind) {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | kind, 0));
}

}  // namespace

SupervisorDoor::SupervisorDoor(const fs::path& control_socket) {
  if (control_socket.empty()) return;
  Descriptor door = make_socket(SOCK_NONBLOCK);
  const Name name = name_of(control_socket);
  if (door &&
      ::bind(door.number(), reinterpret_cast<const sockaddr*>(&name.address), name.size) == 0 &&
      ::listen(door.number(), most_at_once) == 0)
    door_ = std::move(door);
}

void SupervisorDoor::answer(bool worker_runs, std::string_view sentence) const {
  for (int asked = 0; asked < most_at_once; ++asked) {
    const Descriptor who(::accept4(descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!who) return;
    const auto user = user_behind(who);
    if (!user || (*user != 0 && *user != ::geteuid())) continue;
    const auto word = (worker_runs ? runs : does_not_run) + std::string(sentence);
    ::send(who.number(), word.data(), word.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

std::optional<SupervisorWord> ask_supervisor(const fs::path& control_socket) {
  const Descriptor socket = make_socket(0);
  const timeval patience{5, 0};  // five seconds, like a command's patience with a worker
  const Name name = name_of(control_socket);
  if (!socket ||
      ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
      ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&name.address), name.size) != 0)
    return {};
  if (!is_trusted(socket, control_socket)) return {};
  std::array<char, 1024> bytes{};
  const auto size = ::recv(socket.number(), bytes.data(), bytes.size(), 0);
  if (size < 2) return {};
  return SupervisorWord{bytes[0] == runs, std::string(bytes.data() + 1, bytes.data() + size)};
}

}  // namespace swarm::udp
