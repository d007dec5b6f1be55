// Makes a call that may never return, such as reading files on a mount that hangs. The call runs on
// its own detached thread, and the caller waits for its result for a limited time.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "engine/base/clock.hpp"

namespace swarm::udp {

// The call did not return in time. It continues on its thread, and its result is dropped.
struct TookTooLong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// At most one call runs at a time. The object may be used by one thread at a time. Objects that
// `call` refers to must live until the process ends, or `call` must own them.
template <class Result>
class PatientCall {
 public:
  // `what` names the call in error messages: "reading the configuration and what it names".
  PatientCall(std::string what, std::function<Result()> call, Duration patience)
      : what_(std::move(what)), call_(std::move(call)), patience_(patience) {}

  // Throws what the call throws. Throws TookTooLong if the call takes too long, or if an earlier
  // call is still running.
  Result operator()() {
    if (before_ && !before_->over())
      throw TookTooLong(what_ + " still hangs: a disk or a mount does not answer");
    auto state = std::make_shared<State>();
    before_ = state;
    std::thread([state, call = call_] { state->run(call); }).detach();
    return state->await(patience_, what_);
  }

 private:
  struct State {
    void run(const std::function<Result()>& call) {
      std::optional<Result> value;
      std::exception_ptr thrown;
      try {
        value.emplace(call());
      } catch (...) {
        thrown = std::current_exception();
      }
      const std::scoped_lock lock(mutex);
      result = std::move(value);
      error = thrown;
      ended = true;
      changed.notify_all();
    }
    Result await(Duration patience, const std::string& what) {
      std::unique_lock lock(mutex);
      if (!changed.wait_for(lock, patience, [this] { return ended; }))
        throw TookTooLong(what + " has not ended in " + std::to_string(patience / 1s) +
                          " s: a disk or a mount does not answer");
      if (error) std::rethrow_exception(error);
      return std::move(*result);
    }
    bool over() {
      const std::scoped_lock lock(mutex);
      return ended;
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool ended = false;
    std::optional<Result> result;
    std::exception_ptr error;
  };

  std::string what_;
  std::function<Result()> call_;
  Duration patience_;
  std::shared_ptr<State> before_;
};

}  // namespace swarm::udp
