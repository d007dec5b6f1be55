// Makes a system call fail in this process (seccomp), as on a kernel or file system that does not
// support it. The effect lasts until the process ends, so use an OwnProcess
// (tests/udp/own_process.hpp).
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace swarm::udp {

// The call fails only if its third argument has one of these values. If empty, it always fails.
using ThirdArguments = std::vector<std::uint32_t>;

// Returns false if the kernel does not allow this.
inline bool refuse_call(int call, int error, const ThirdArguments& third = {}) {
  const auto load = [](std::size_t at) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(at));
  };
  const auto equals = [](std::uint32_t value, std::size_t yes, std::size_t no) {
    return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, static_cast<std::uint8_t>(yes),
                                static_cast<std::uint8_t>(no));
  };
  const auto end = [](std::uint32_t how) { return sock_filter BPF_STMT(BPF_RET | BPF_K, how); };
  const auto refused = SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
  // The last step refuses the call, and the step before it allows the call.
  std::vector<sock_filter> steps{load(offsetof(seccomp_data, nr))};
  const std::size_t values = third.size();
  if (values == 0) {
    steps.push_back(equals(static_cast<std::uint32_t>(call), 1, 0));
  } else {
    steps.push_back(equals(static_cast<std::uint32_t>(call), 0, values + 1));
    steps.push_back(load(offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t)));
    for (std::size_t i = 0; i < values; ++i) steps.push_back(equals(third[i], values - i, 0));
  }
  steps.push_back(end(SECCOMP_RET_ALLOW));
  steps.push_back(end(refused));
  const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace swarm::udp
