#include <unistd.h>

#include <iostream>

#include "transport/udp/tracker/tracker_program.hpp"

int main(int count, char** arguments) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const int code = swarm::udp::run_tracker_program({arguments + 1, arguments + count}, environment,
                                                   std::cout, std::cerr);
  if (std::cout.flush()) return code;
  std::cerr << "swarm-tracker: the output cannot be written\n";
  return code == 0 ? 1 : code;
}
