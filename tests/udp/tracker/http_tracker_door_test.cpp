#include "transport/udp/tracker/http_tracker_door.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Tcp = asio::ip::tcp;

// Keeps what it hears; the test answers.
struct Keeper final : Node {
  std::vector<Endpoint> clients;
  std::vector<std::string> targets;

  void start(Time, Outbox&) override {}
  void receive(Time, const Arrival& arrival, Bytes bytes, Outbox& out) override {
    EXPECT_EQ(arrival.channel, Channel::http);
    EXPECT_FALSE(arrival.multicast);
    clients.push_back(arrival.from);
    targets.emplace_back(bytes.begin(), bytes.end());
    if (targets.back() == "/announce?at-once") say(out, arrival.from, "at once");
  }
  void wake(Time, Outbox&) override {}
  void persisted(Time, Ticket, Outbox&) override {}
  Time next_wake() const override { return never; }

  static void say(Outbox& out, const Endpoint& to, const std::string& body) {
    out.send(Channel::http, to, {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()});
  }
};

class HttpTrackerDoorTest : public testing::Test, public HostCallbacks {
 protected:
  HttpTrackerDoorTest() { host_.start(); }

  void event(Time, const Event&) override {}
  void exit(std::string_view) override {}
  void answer_http(const Endpoint& to, Bytes body) override { door_.answer(to, body); }

  // A connection that has sent `text`.
  Tcp::socket asking(const std::string& text, std::size_t address = 0) {
    const auto at = door_.addresses().at(address);
    const auto colon = at.rfind(':');
    const auto host = at.starts_with('[') ? at.substr(1, colon - 2) : at.substr(0, colon);
    Tcp::socket socket(io_);
    socket.connect({asio::ip::make_address(host),
                    static_cast<std::uint16_t>(std::stoi(at.substr(colon + 1)))});
    asio::write(socket, asio::buffer(text));
    return socket;
  }
  Tcp::socket getting(const std::string& target, std::size_t address = 0) {
    return asking("GET " + target + " HTTP/1.1\r\nHost: here\r\n\r\n", address);
  }
  std::string all_of(Tcp::socket socket) {
    std::string text;
    bool over = false;
    asio::async_read(socket, asio::dynamic_buffer(text), [&](auto, std::size_t) { over = true; });
    EXPECT_TRUE(run_until(io_, [&] { return over; }));
    return text;
  }
  bool heard(std::size_t count) {
    return run_until(io_, [&] { return node_.targets.size() >= count; });
  }
  void say(const Endpoint& to, const std::string& body) {
    host_.step([&](Time, Outbox& out) { Keeper::say(out, to, body); });
  }

  asio::io_context io_;
  Keeper node_;
  NodeHost host_{io_, node_, *this};
  HttpTrackerDoor door_{io_, {"127.0.0.1:0", "[::1]:0"}, host_};
};

TEST_F(HttpTrackerDoorTest, ARequestIsAnArrivalAndItsAnswerABody) {
  const auto text = all_of(getting("/announce?at-once"));
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(text, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\nat once"));
}

TEST_F(HttpTrackerDoorTest, TheTargetArrivesAsItIs) {
  auto one = getting("/announce?info_hash=%00%ff&x=&&=y"), two = getting("/scrape");
  ASSERT_TRUE(heard(2));
  EXPECT_THAT(node_.targets,
              testing::UnorderedElementsAre("/announce?info_hash=%00%ff&x=&&=y", "/scrape"));
}

TEST_F(HttpTrackerDoorTest, TheServersNameAKeyAndASlashAtTheEndAreIgnored) {
  std::vector<Tcp::socket> clients;
  for (const std::string target :
       {"http://tracker.example:6969/announce?1", "HTTP://[::1]/KEY/announce?2", "/announce/?3",
        "/0123456789abcdef/announce?4", "//announce?5", "/KEY/scrape/?6", "https://name/scrape"})
    clients.push_back(getting(target));
  ASSERT_TRUE(heard(clients.size()));
  EXPECT_THAT(node_.targets,
              testing::UnorderedElementsAre("/announce?1", "/announce?2", "/announce?3",
                                            "/announce?4", "/announce?5", "/scrape?6", "/scrape"));
  EXPECT_THAT(all_of(getting("http://tracker.example:6969")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(all_of(getting("http://tracker.example?announce")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(all_of(getting("ftp://tracker.example/announce")), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpTrackerDoorTest, TheClientIsTheSourceOverBothFamilies) {
  auto four = getting("/announce"), six = getting("/announce", 1);
  ASSERT_TRUE(heard(2));
  std::vector<std::string> expected;
  for (const auto* socket : {&four, &six}) {
    std::ostringstream text;
    text << socket->local_endpoint();
    expected.push_back(text.str());
  }
  std::vector<std::string> clients;
  for (const auto& client : node_.clients) clients.push_back(to_string(client));
  EXPECT_THAT(clients, testing::UnorderedElementsAreArray(expected));
}

TEST_F(HttpTrackerDoorTest, AnswersComeLaterAndInAnyOrder) {
  auto one = getting("/announce?1");
  ASSERT_TRUE(heard(1));
  auto two = getting("/announce?2");
  ASSERT_TRUE(heard(2));
  say(node_.clients[1], "second");
  EXPECT_THAT(all_of(std::move(two)), EndsWith("\r\n\r\nsecond"));
  say(node_.clients[0], "first");
  EXPECT_THAT(all_of(std::move(one)), EndsWith("\r\n\r\nfirst"));
}

TEST_F(HttpTrackerDoorTest, AnEmptyAnswerIsARefusalThatSaysWhenToAskAgain) {
  auto client = getting("/announce?refused");
  ASSERT_TRUE(heard(1));
  say(node_.clients[0], "");
  const auto text = all_of(std::move(client));
  EXPECT_THAT(text, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(text, HasSubstr("Retry-After: 5\r\n"));
  EXPECT_THAT(text, EndsWith("\r\n\r\nno tracker can answer now: ask again later\n"));
  EXPECT_EQ(door_.counters().unanswered, 1u);
}

TEST_F(HttpTrackerDoorTest, AnAnswerToWhoIsGoneOrWasAnsweredIsNothing) {
  getting("/announce?gone").close();
  auto here = getting("/announce?here");
  ASSERT_TRUE(heard(2));
  for (const auto& client : node_.clients) say(client, "body");
  for (const auto& client : node_.clients) say(client, "again");
  EXPECT_THAT(all_of(std::move(here)), EndsWith("\r\n\r\nbody"));
}

TEST_F(HttpTrackerDoorTest, OtherPathsAndMethodsDoNotReachTheNode) {
  EXPECT_THAT(all_of(getting("/")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(all_of(getting("/announce/x")), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(all_of(getting("/metrics")), StartsWith("HTTP/1.1 404 "));
  for (const std::string method : {"POST", "HEAD", "PUT", "DELETE"})
    EXPECT_THAT(all_of(asking(method + " /announce HTTP/1.1\r\nContent-Length: 0\r\n\r\n")),
                StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(all_of(getting("/announce?" + std::string(8192, 'x'))), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(all_of(asking("nonsense\r\n\r\n")), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(node_.targets, ElementsAre());
}

TEST_F(HttpTrackerDoorTest, CountsWhatItServes) {
  all_of(getting("/announce?at-once"));
  all_of(getting("/announce?at-once", 1));
  all_of(getting("/else"));
  EXPECT_EQ(door_.counters().connections, 3u);
  EXPECT_EQ(door_.counters().requests, 3u);
}

}  // namespace
}  // namespace swarm::udp
