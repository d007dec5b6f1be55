// Writes the files of a plot and runs gnuplot. No other file runs gnuplot.
#include <fmt/format.h>
#include <gnuplot-iostream.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <stdexcept>

#include "observe/plots/plots.hpp"

namespace swarm::observe {
namespace {

namespace fs = std::filesystem;

bool gnuplot_is_installed() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((fs::path(folder) / "gnuplot").c_str(), X_OK) == 0) return true;
  }
  return false;
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error(fmt::format("{} cannot be written.", file.string()));
}

// gnuplot loads the same .gp file that a user would load. Only two short lines go through the pipe
// to gnuplot. So writing to the pipe cannot fail if gnuplot gives up early.
void draw(const std::string& name, const fs::path& out) {
  Gnuplot gnuplot("gnuplot");
  gnuplot << "cd " << quoted_name(out.string()) << "\nload " << quoted_name(name + ".gp") << "\n";
  gnuplot.flush();
}

}  // namespace

std::vector<std::string> write_plot(const Plot& plot, const fs::path& out, std::ostream& messages) {
  std::error_code error;
  fs::create_directories(out, error);
  if (error) {
    throw std::runtime_error(
        fmt::format("the folder {} cannot be made: {}.", out.string(), error.message()));
  }
  const auto path = [&](const char* ending) { return out / (plot.name + ending); };
  write_text(path(".csv"), plot.csv);
  write_text(path(".gp"), plot.script);
  std::vector<std::string> files{path(".csv").string(), path(".gp").string()};
  if (!gnuplot_is_installed()) {
    messages << fmt::format(
        "gnuplot is not installed (apt-get install gnuplot-nox): {} is written, not drawn.\n",
        path(".gp").string());
    return files;
  }
  for (const auto* ending : {".svg", ".png"}) fs::remove(path(ending));
  draw(plot.name, out);
  for (const auto* ending : {".svg", ".png"}) {
    if (fs::exists(path(ending)) && fs::file_size(path(ending)) > 0) {
      files.insert(files.begin(), path(ending).string());
    } else {
      messages << fmt::format("gnuplot did not draw {}; what it says is above.\n",
                              path(ending).string());
    }
  }
  return files;
}

}  // namespace swarm::observe
