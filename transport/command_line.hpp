// Parses the command lines of swarm-sim and swarm-peer, which consist of options and words
// (Boost.Program_options).
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace boost::program_options {
class options_description;
class variables_map;
}  // namespace boost::program_options

namespace swarm {

// `what()` is one sentence for the user. It says what is wrong, and what would be right.
struct CommandLineError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Parses `arguments`, which must not contain the program's name. Arguments that are no options are
// stored under "words", as a vector of strings. Option names must not be abbreviated. Throws
// CommandLineError. If an option is not in `described`, the error names the most similar option.
boost::program_options::variables_map parse_command_line(
    const std::vector<std::string>& arguments,
    const boost::program_options::options_description& described);

}  // namespace swarm
