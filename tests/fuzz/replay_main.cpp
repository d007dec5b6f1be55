// Runs a fuzzer without libFuzzer, as a regression test: every file of its corpus as it is, then
// inputs drawn from a seed: random bytes, and mutations of the corpus.
// Usage: NAME_fuzz_replay CORPUS_FOLDER [INPUTS [SEED]]
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/base/random.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr const char* culprit_file = "fuzz-culprit.bin";
const Input* current = nullptr;  // for the signal handler

// Keeps the input that ended the program, then lets the signal do what it does.
extern "C" void keep_culprit(int signal) {
  std::signal(signal, SIG_DFL);
  if (FILE* file = current ? std::fopen(culprit_file, "wb") : nullptr) {
    std::fwrite(current->data(), 1, current->size(), file);
    std::fclose(file);
    std::fprintf(stderr, "the input is in %s\n", culprit_file);
  }
  std::raise(signal);
}

void feed(const Input& input) {
  current = &input;
  LLVMFuzzerTestOneInput(input.data(), input.size());
  current = nullptr;
}

std::vector<Input> read_corpus(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.is_regular_file()) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

class Drawer {
 public:
  Drawer(const std::vector<Input>& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  Input draw() {
    if (corpus_.empty() || random_.below(4) == 0) return random_bytes(random_.below(600));
    Input input = any();
    for (auto n = 1 + random_.below(4); n > 0; --n) mutate(input);
    return input;
  }

 private:
  const Input& any() { return corpus_[random_.below(corpus_.size())]; }
  std::uint8_t byte() { return static_cast<std::uint8_t>(random_.below(256)); }
  Input random_bytes(std::uint64_t size) {
    Input input(size);
    for (auto& b : input) b = byte();
    return input;
  }
  std::ptrdiff_t place(const Input& input) {
    return static_cast<std::ptrdiff_t>(random_.below(input.size() + 1));
  }

  void mutate(Input& input) {
    static constexpr std::uint8_t telling[] = {0, 1, 2, 127, 128, 255, ' ', '\n', ':', '-'};
    const auto at = input.begin() + place(input);
    const auto rest = input.end() - at;
    switch (random_.below(7)) {
      case 0:
        if (rest > 0) *at = byte();
        break;
      case 1:
        if (rest > 0) *at = telling[random_.below(std::size(telling))];
        break;
      case 2:
        if (rest > 0) *at = static_cast<std::uint8_t>(*at ^ (1u << random_.below(8)));
        break;
      case 3:
        input.erase(at, input.end());
        break;
      case 4: {
        const auto n = static_cast<std::ptrdiff_t>(random_.below(9));
        input.erase(at, at + std::min(n, rest));
        break;
      }
      case 5: {
        const Input extra = random_bytes(1 + random_.below(8));
        input.insert(at, extra.begin(), extra.end());
        break;
      }
      default: {  // the head of this one, the tail of another
        const Input& other = any();
        input.erase(at, input.end());
        input.insert(input.end(), other.begin() + place(other), other.end());
      }
    }
  }

  const std::vector<Input>& corpus_;
  swarm::Random random_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER [INPUTS [SEED]]\n", argv[0]);
    return 2;
  }
  const std::uint64_t inputs = argc > 2 ? std::stoull(argv[2]) : 20000;
  const std::uint64_t seed = argc > 3 ? std::stoull(argv[3]) : 1;
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
    std::signal(signal, keep_culprit);

  const auto corpus = read_corpus(argv[1]);
  for (const auto& input : corpus) feed(input);
  Drawer drawer(corpus, seed);
  for (std::uint64_t i = 0; i < inputs; ++i) feed(drawer.draw());
  std::printf("%zu files of the corpus and %llu drawn inputs (seed %llu)\n", corpus.size(),
              static_cast<unsigned long long>(inputs), static_cast<unsigned long long>(seed));
  return 0;
}
