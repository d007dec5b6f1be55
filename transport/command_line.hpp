// A command line of options and words, as swarm-sim and swarm-peer have it (Boost.Program_options).
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace boost::program_options {
class options_description;
class variables_map;
}  // namespace boost::program_options

namespace swarm {

// One sentence for the user: what is wrong, and what would be right.
struct CommandLineError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// `arguments` without the program's name. What is no option is in "words", a vector of strings.
// Options are not guessed from their beginnings. Throws CommandLineError; for an option that is not
// described it names the nearest one.
boost::program_options::variables_map parse_command_line(
    const std::vector<std::string>& arguments,
    const boost::program_options::options_description& described);

}  // namespace swarm
