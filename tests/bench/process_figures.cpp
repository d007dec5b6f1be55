#include "tests/bench/process_figures.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace swarm::bench {
namespace {

std::string read_line(std::int64_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  std::string line;
  if (!std::getline(in, line))
    throw std::runtime_error("there is no process " + std::to_string(pid));
  return line;
}

}  // namespace

Duration cpu_time(std::int64_t pid) {
  const std::string line = read_line(pid, "stat");
  std::istringstream fields(line.substr(line.rfind(')') + 1));  // the name may hold anything
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  std::int64_t user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * Duration(1s) / sysconf(_SC_CLK_TCK);
}

std::uint64_t resident_bytes(std::int64_t pid) {
  std::istringstream fields(read_line(pid, "statm"));
  std::uint64_t pages = 0;
  fields >> pages >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

bool is_alive(std::int64_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return false;
  const auto state = line.find_first_not_of(' ', line.rfind(')') + 1);
  return state != line.npos && line[state] != 'Z';
}

}  // namespace swarm::bench
