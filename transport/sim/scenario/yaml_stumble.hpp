// Finds what is probably wrong in a text that the YAML parser rejected. The parser says what it
// expected next, which is rarely what the writer must correct.
#pragma once

#include <string>

#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {

// `stumble`: the place at which the parser gave up. `message`: the parser's message. The returned
// error has the place at which the mistake begins. For a bracket that is not closed, this is the
// place of the bracket.
YamlError probable_slip(const std::string& text, Place stumble, const std::string& message);

// Returns an error at `place`. It says that the quote that opens there is not closed on its line.
YamlError open_quote(Place place, char quote);

}  // namespace swarm::sim
