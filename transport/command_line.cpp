#include "transport/command_line.hpp"

#include <fmt/format.h>

#include <boost/program_options.hpp>

#include "engine/base/did_you_mean.hpp"

namespace swarm {
namespace {

namespace options = boost::program_options;
using Texts = std::vector<std::string>;

std::string no_such_option(const std::string& option, const options::options_description& known) {
  Texts names;
  for (const auto& one : known.options()) names.push_back("--" + one->long_name());
  return fmt::format("there is no option {}{}", option,
                     did_you_mean(option, {names.begin(), names.end()}));
}

}  // namespace

options::variables_map parse_command_line(const Texts& arguments,
                                          const options::options_description& described) {
  namespace style = options::command_line_style;
  options::options_description all;
  all.add(described).add_options()("words", options::value<Texts>());
  options::positional_options_description positions;
  positions.add("words", -1);
  options::variables_map values;
  try {
    options::store(options::command_line_parser(arguments)
                       .options(all)
                       .positional(positions)
                       .style(style::unix_style & ~style::allow_guessing)
                       .run(),
                   values);
  } catch (const options::unknown_option& error) {
    throw CommandLineError(no_such_option(error.get_option_name(), described));
  } catch (const options::error& error) {
    throw CommandLineError(error.what());
  }
  return values;
}

}  // namespace swarm
