// What is probably wrong in a text at which the parser of YAML stumbled. The parser says what it
// wanted to see next, which is rarely what the writer has to mend.
#pragma once

#include <string>

#include "transport/sim/scenario/yaml_document.hpp"

namespace swarm::sim {

// `stumble`: where the parser gave up; `message`: what it said. The place of the error is where the
// slip begins: of a bracket that is not closed, the bracket.
YamlError probable_slip(const std::string& text, Place stumble, const std::string& message);

// This quote is not closed on its line.
YamlError open_quote(Place place, char quote);

}  // namespace swarm::sim
