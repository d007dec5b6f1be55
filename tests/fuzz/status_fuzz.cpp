// Whatever the bytes are: a status that is written and read again the same, or a sentence.
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "observe/live/status.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace swarm::observe;
  Status status;
  try {
    status = read_status({reinterpret_cast<const char*>(data), size});
  } catch (const std::runtime_error& error) {
    if (!std::string_view(error.what()).starts_with("this is no status: ")) std::abort();
    return 0;
  }
  const auto json = status_json(status);
  if (json.find('\n') != json.npos) std::abort();
  if (status_json(read_status(json)) != json) std::abort();
  if (status_table(status, true).size() < status_table(status, false).size()) std::abort();
  return 0;
}
