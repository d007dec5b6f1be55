#include "transport/udp/system/core_dumps.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/udp/own_process.hpp"

namespace swarm::udp {
namespace {

bool is_forbidden() {
  rlimit limit{1, 1};
  return ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 &&
         ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

TEST(CoreDumps, AreForbiddenToTheProcessAndToItsChildren) {
  OwnProcess process([] {
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (is_forbidden()) _exit(2);  // the test would show nothing
    forbid_core_dumps();
    OwnProcess child([] { _exit(is_forbidden() ? 0 : 1); });
    _exit(is_forbidden() && child.ended_well() ? 0 : 1);
  });
  EXPECT_TRUE(process.ended_well());
}

}  // namespace
}  // namespace swarm::udp
