#include "engine/base/did_you_mean.hpp"

#include <algorithm>
#include <numeric>

namespace swarm {
namespace {

// Levenshtein distance, computed row by row. A swap of two neighbouring letters counts as one edit.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    next[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = row[j] + (a[i] == b[j] ? 0 : 1);
      next[j + 1] = std::min({replaced, row[j + 1] + 1, next[j] + 1});
      const bool swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (swapped) next[j + 1] = std::min(next[j + 1], before[j - 1] + 1);
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

// Returns the word in lower case, with `_` for each `-`. So words that differ only in case, or in
// `-` and `_`, count as equal.
std::string plain(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t longest_word = 64, few = 12;
  std::string_view best;
  // At most one error per three letters.
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  if (word.size() <= longest_word)
    for (const std::string_view candidate : known)
      if (const auto d = distance(plain(word), plain(candidate));
          d < least && d < candidate.size()) {
        least = d;
        best = candidate;
      }
  if (!best.empty()) return ", did you mean `" + std::string(best) + "`?";
  if (known.empty() || known.size() > few) return "";
  std::string list;
  for (const std::string_view candidate : known)
    list += (list.empty() ? "" : ", ") + std::string(candidate);
  return ", known are " + list;
}

}  // namespace swarm
