// Whatever the bytes are: a scenario, or a ScenarioError that begins with its place. Build with
// clang++ -fsanitize=fuzzer,address,undefined; seeds are in tests/fuzz/corpus/scenario.
#include <cstddef>
#include <cstdint>
#include <string>

#include "transport/sim/scenario/scenario_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  try {
    auto scenario = swarm::sim::parse_scenario(text, "fuzz.yaml");
    for (const auto& action : scenario.timeline) swarm::sim::to_text(action);
    for (const auto& expectation : scenario.expect) swarm::sim::to_text(expectation);
    // What was taken once is taken again when nothing of it changes.
    swarm::sim::set_key(scenario, "seed", "1");
  } catch (const swarm::sim::ScenarioError& error) {
    const std::string sentence = error.what();
    if (!sentence.starts_with("fuzz.yaml:")) __builtin_trap();
  }
  return 0;
}
