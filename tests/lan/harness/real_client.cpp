#include "tests/lan/harness/real_client.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "transport/udp/system/boot_clock.hpp"

namespace swarm::lan {
namespace {

constexpr Duration patience_with_farewells = 3s;

}  // namespace

RealClient::RealClient(ClientKind kind, const Site& site, unsigned host)
    : kind_(kind),
      site_(site),
      host_(host),
      name_(fmt::format("{} on host {}", name_of(kind), host)),
      folder_(site.folder() / fmt::format("{}-{}", name_of(kind), host)) {
  std::filesystem::create_directories(downloads());
}

void RealClient::give(const std::filesystem::path& file) const {
  std::filesystem::copy_file(file, downloads() / file.filename());
}

// Some of them remember in $HOME what they were told before.
Time RealClient::start(const std::filesystem::path& torrent) {
  if (const auto complaint = missing(kind_); !complaint.empty())
    throw std::runtime_error(complaint);
  auto command = prepare(kind_, {folder_, downloads(), torrent});
  command.insert(command.begin(), {"/usr/bin/env", "HOME=" + folder_.string(), "TERM=dumb"});
  const int file = ::open(log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const Time at = udp::boot_clock_now();
  process_ = std::make_unique<ChildProcess>(command, file, site_.network(host_));
  ::close(file);
  return at;
}

void RealClient::stop() {
  process_->handle().signal(SIGINT);
  process_->handle().ended(patience_with_farewells);
  process_.reset();
}

}  // namespace swarm::lan
