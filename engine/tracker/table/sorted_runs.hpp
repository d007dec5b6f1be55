// Sorts the rows of a large table in steps: it sorts short runs and merges them. The time to take
// the next row grows with the logarithm of the number of runs.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace swarm {

template <class Row>
class SortedRuns {
 public:
  // Adds rows in any order. Call it only before the first front(). Several small additions become
  // one run, because taking a row is quicker with few runs.
  void add(std::vector<Row> rows) {
    size_ += rows.size();
    if (open_.empty()) open_.reserve(rows_of_run);
    open_.insert(open_.end(), rows.begin(), rows.end());
    if (open_.size() >= rows_of_run) close();
  }
  std::size_t size() const { return size_; }  // the rows that are not taken yet
  bool empty() const { return size_ == 0; }

  const Row& front() {
    if (!open_.empty()) close();
    if (!heaped_) std::make_heap(heads_.begin(), heads_.end(), later());
    heaped_ = true;
    return row(heads_.front());
  }
  void pop() {  // removes the row that front() returned
    std::pop_heap(heads_.begin(), heads_.end(), later());
    Head& head = heads_.back();
    --size_;
    if (++head.at < runs_[head.run].size())
      return std::push_heap(heads_.begin(), heads_.end(), later());
    std::vector<Row>().swap(runs_[head.run]);
    heads_.pop_back();
  }

 private:
  struct Head {
    std::size_t run, at;
  };
  const Row& row(const Head& head) const { return runs_[head.run][head.at]; }
  auto later() const {
    return [this](const Head& a, const Head& b) {
      if (row(a) == row(b)) return a.run > b.run;
      return row(b) < row(a);
    };
  }

  static constexpr std::size_t rows_of_run = 4096;
  void close() {
    std::sort(open_.begin(), open_.end());
    heads_.push_back({runs_.size(), 0});
    runs_.push_back(std::exchange(open_, {}));
    heaped_ = false;
  }

  std::vector<Row> open_;
  std::vector<std::vector<Row>> runs_;
  std::vector<Head> heads_;  // a heap: of each run, the first row that is not taken
  std::size_t size_ = 0;
  bool heaped_ = true;
};

}  // namespace swarm
