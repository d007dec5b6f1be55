#include "transport/udp/tracker/operator_commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <functional>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

#include "observe/live/status.hpp"
#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/net/http_server.hpp"
#include "transport/udp/tracker/supervisor_door.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string a_status() {
  observe::Status status;
  status.cluster = {0x0f3a};
  status.term = {7};
  return observe::status_json(status);
}

// An instance as far as its control socket shows it, in a data directory of its own.
class Instance {
 public:
  explicit Instance(HttpResponse answer) : answer_(std::move(answer)) {
    thread_ = std::thread([this] { io_.run(); });
    start();
  }
  ~Instance() {
    stop();
    io_.stop();
    thread_.join();
  }

  void start() {
    on_its_thread([this] {
      server_ = HttpServer::control(io_, folder_ / "control.sock",
                                    [this](const HttpRequest& r) { return answer(r); });
    });
  }
  void stop() {
    on_its_thread([this] { server_.reset(); });
  }

  Configuration configuration() const {
    Configuration configuration;
    configuration.data_directory = folder_ / "";
    return configuration;
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void on_its_thread(const std::function<void()>& body) {
    std::promise<void> done;
    asio::post(io_, [&] {
      body();
      done.set_value();
    });
    done.get_future().wait();
  }
  HttpResponse answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    asked_.push_back((request.post ? "POST " : "GET ") + request.target);
    return answer_;
  }

  TemporaryDirectory folder_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  HttpResponse answer_;
};

struct Outcome {
  int code;
  std::string out, err;
};
Outcome status(const Configuration& configuration, const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  const int code = status_command(configuration, arguments, out, err);
  return {code, out.str(), err.str()};
}
Outcome order(const Configuration& configuration, const std::string& name,
              const std::vector<std::string>& arguments = {}) {
  std::ostringstream out, err;
  const int code = order_command(configuration, name, arguments, out, err);
  return {code, out.str(), err.str()};
}

// A supervisor as far as its door shows it, of an instance that has no worker which listens.
class Supervisor {
 public:
  Supervisor(const Configuration& configuration, bool worker_runs)
      : door_(configuration.data_directory / "control.sock"),
        thread_([this, worker_runs](const std::stop_token& end) {
          while (!end.stop_requested()) {
            pollfd wait{door_.descriptor(), POLLIN, 0};
            if (::poll(&wait, 1, 10) > 0) door_.answer(worker_runs, "the instance is busy");
          }
        }) {}

 private:
  SupervisorDoor door_;
  std::jthread thread_;
};

bool is_one_sentence(const std::string& text) {
  return text.starts_with("swarm-tracker: ") && text.ends_with('\n') &&
         std::count(text.begin(), text.end(), '\n') == 1;
}

TEST(StatusCommand, PrintsTheTable) {
  Instance instance({.body = a_status() + '\n'});
  const auto outcome = status(instance.configuration(), {});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, observe::status_table(observe::read_status(a_status()), false));
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(instance.asked(), ElementsAre("GET /status"));
}

TEST(StatusCommand, JsonIsTheLineAsItIs) {
  Instance instance({.body = "{\"newer\":\"than this program\"}\n"});
  const auto outcome = status(instance.configuration(), {"--json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "{\"newer\":\"than this program\"}\n");
}

TEST(StatusCommand, ItsControlSocketMayBeElsewhere) {
  Instance instance({.body = a_status()});
  auto configuration = instance.configuration();
  configuration.control_socket = configuration.data_directory / "control.sock";
  configuration.data_directory = "/nowhere";
  EXPECT_EQ(status(configuration, {}).code, 0);
}

TEST(StatusCommand, WrongUsageIsOneSentence) {
  Instance instance({.body = a_status()});
  for (const char* argument : {"--yaml", "all", "--jso", ""}) {
    const auto outcome = status(instance.configuration(), {"--json", argument});
    EXPECT_EQ(outcome.code, 2) << argument;
    EXPECT_TRUE(is_one_sentence(outcome.err)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_THAT(instance.asked(), IsEmpty());
}

TEST(StatusCommand, NoInstanceIsCodeFour) {
  const TemporaryDirectory folder;
  Configuration configuration;
  configuration.data_directory = folder / "";
  for (const auto& arguments : {std::vector<std::string>{}, {"--json"}, {"--watch"}}) {
    const auto outcome = status(configuration, arguments);
    EXPECT_EQ(outcome.code, 4);
    EXPECT_TRUE(is_one_sentence(outcome.err)) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("is swarm-tracker running"));
    EXPECT_EQ(outcome.out, "");
  }
}

// It runs, though its worker does not now.
TEST(StatusCommand, AnInstanceThatIsBeingStartedIsCodeOneAndItsSupervisorsSentence) {
  const TemporaryDirectory folder;
  Configuration configuration;
  configuration.data_directory = folder / "";
  const Supervisor supervisor(configuration, false);
  const auto asked = status(configuration, {});
  EXPECT_EQ(asked.code, 1);
  EXPECT_EQ(asked.err, "swarm-tracker: the instance is busy\n");
  const auto ordered = order(configuration, "handover");
  EXPECT_EQ(ordered.code, 1);
  EXPECT_EQ(ordered.err, "swarm-tracker: the instance is busy\n");
}

TEST(StatusCommand, AControlSocketThatWasRemovedIsSaidToBe) {
  const TemporaryDirectory folder;
  Configuration configuration;
  configuration.data_directory = folder / "";
  const Supervisor supervisor(configuration, true);
  const auto outcome = status(configuration, {});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(is_one_sentence(outcome.err)) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("control.sock: ask again; if it stays so, that file was"));
}

TEST(StatusCommand, WhatTheInstanceCannotTellIsCodeOne) {
  Instance instance({.status = 500, .body = "a fault inside\n"});
  const auto outcome = status(instance.configuration(), {});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "swarm-tracker: a fault inside\n");
}

TEST(StatusCommand, AnAnswerThatIsNoStatusIsCodeOne) {
  Instance instance({.body = "{}\n"});
  const auto outcome = status(instance.configuration(), {});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(is_one_sentence(outcome.err)) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

// A stream that does something after each line, and takes no more when told to end.
class Hooked : private std::stringbuf, public std::ostream {
 public:
  explicit Hooked(std::function<void(Hooked&)> hook)
      : std::ostream(static_cast<std::stringbuf*>(this)), hook_(std::move(hook)) {}
  std::string text() const { return str(); }
  void end() { setstate(badbit); }

 private:
  int sync() override {
    hook_(*this);
    return 0;
  }
  std::function<void(Hooked&)> hook_;
};

// The instance goes after the first line and comes back after the complaint; after the second
// line nobody reads any more.
TEST(StatusCommand, AWatchGoesOnWhenTheInstanceDoesNotAnswer) {
  Instance instance({.body = a_status()});
  int lines = 0;
  Hooked out([&](Hooked& self) { ++lines == 1 ? instance.stop() : self.end(); });
  Hooked err([&](Hooked&) { instance.start(); });
  EXPECT_EQ(status_command(instance.configuration(), {"--watch", "--json"}, out, err), 0);
  EXPECT_EQ(out.text(), a_status() + '\n' + a_status() + '\n');
  EXPECT_TRUE(is_one_sentence(err.text())) << err.text();
}

TEST(StatusCommand, AWatchClearsNoScreenWhereThereIsNone) {
  Instance instance({.body = a_status()});
  int tables = 0;
  Hooked out([&](Hooked& self) {
    if (++tables == 2) self.end();
  });
  std::ostringstream err;
  EXPECT_EQ(status_command(instance.configuration(), {"--watch"}, out, err), 0);
  const auto table = observe::status_table(observe::read_status(a_status()), false);
  EXPECT_EQ(out.text(), table + table);
}

TEST(OrderCommand, PostsAndPrintsTheSentence) {
  Instance instance({.body = "it will be done\n"});
  for (const char* name : {"handover", "leave", "init", "join"}) {
    const auto outcome = order(instance.configuration(), name);
    EXPECT_EQ(outcome.code, 0) << name;
    EXPECT_EQ(outcome.out, "it will be done\n");
    EXPECT_EQ(outcome.err, "");
  }
  EXPECT_EQ(order(instance.configuration(), "remove", {"3"}).code, 0);
  EXPECT_THAT(instance.asked(), ElementsAre("POST /handover", "POST /leave", "POST /init",
                                            "POST /join", "POST /remove/3"));
}

TEST(OrderCommand, ARefusalIsCodeOneAndTheInstancesSentence) {
  Instance instance({.status = 409, .body = "this instance is not the master\n"});
  const auto outcome = order(instance.configuration(), "handover");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "swarm-tracker: this instance is not the master\n");
}

TEST(OrderCommand, ARefusalWithoutAWordIsOneAllTheSame) {
  Instance instance({.status = 404, .body = ""});
  const auto outcome = order(instance.configuration(), "leave");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("status 404"));
}

TEST(OrderCommand, WrongUsageIsOneSentenceAndNothingIsAsked) {
  Instance instance({});
  const std::vector<std::pair<std::string, std::vector<std::string>>> wrong = {
      {"remove", {}},
      {"remove", {"1", "2"}},
      {"remove", {"0"}},
      {"remove", {"two"}},
      {"remove", {"-1"}},
      {"remove", {"4294967296"}},
      {"remove", {"../init"}},
      {"handover", {"2"}},
      {"leave", {"now"}},
      {"destroy", {}},
      {"", {}}};
  for (const auto& [name, arguments] : wrong) {
    const auto outcome = order(instance.configuration(), name, arguments);
    EXPECT_EQ(outcome.code, 2) << name;
    EXPECT_TRUE(is_one_sentence(outcome.err)) << outcome.err;
  }
  EXPECT_THAT(instance.asked(), IsEmpty());
}

TEST(OrderCommand, NoInstanceIsCodeFour) {
  const TemporaryDirectory folder;
  Configuration configuration;
  configuration.data_directory = folder / "";
  const auto outcome = order(configuration, "handover");
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(is_one_sentence(outcome.err)) << outcome.err;
}

}  // namespace
}  // namespace swarm::udp
