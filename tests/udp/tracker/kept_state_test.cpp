// What a worker leaves to the next one, and a reading that never ends.
#include "transport/udp/tracker/kept_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>

#include "tests/udp/net/tls_files.hpp"
#include "tests/udp/own_process.hpp"
#include "transport/udp/net/tls_identity.hpp"
#include "transport/udp/system/patient_call.hpp"

namespace swarm::udp {
namespace {

using testing::HasSubstr;

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text_in(const SharedBlob& blob) {
  const auto bytes = blob.get();
  return bytes ? std::string(bytes->begin(), bytes->end()) : "nothing";
}

TEST(SharedBlob, IsLeftByAProcessThatHasEnded) {
  SharedBlob blob;
  EXPECT_EQ(text_in(blob), "nothing");
  for (const std::string text : {"first", "a longer second one", "", "4th"}) {
    OwnProcess worker([&] { blob.put({bytes_of(text), bytes_of("!")}); });
    EXPECT_TRUE(worker.ended_well());
    EXPECT_EQ(text_in(blob), text + "!");
  }
}

ContentsTaken list_of(ContentList::Kind kind, std::size_t count) {
  ContentsTaken contents;
  contents.kind = kind;
  contents.contents.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    contents.contents[i].bytes[0] = static_cast<std::uint8_t>(i + 1);
  return contents;
}

TEST(KeptState, IsTheReloadableKeysAndTheList) {
  const KeptState empty;
  Configuration untouched;
  EXPECT_FALSE(empty.get(untouched));

  KeptState kept;
  const auto was = parse_configuration(
      "max-contents = 7\nlog-level = debug\ndeny-list = /etc/some list\npeers-port = 1\n", "a");
  kept.put(was, list_of(ContentList::Kind::deny, 3));
  auto is = parse_configuration("max-contents = 9\nallow-list = /etc/other\n", "b");
  ASSERT_TRUE(kept.get(is));
  EXPECT_EQ(is.tracker.max_contents, 7u);
  EXPECT_EQ(is.log_level, LogLevel::debug);
  EXPECT_EQ(is.deny_list, "/etc/some list");
  EXPECT_EQ(is.allow_list, "");
  EXPECT_EQ(is.peers_port, Configuration().peers_port) << "needs a restart";
  ASSERT_NE(is.tracker.contents_taken, nullptr);
  EXPECT_EQ(*is.tracker.contents_taken,
            ContentList(ContentList::Kind::deny, list_of(ContentList::Kind::deny, 3).contents));

  kept.put(was, {});
  ASSERT_TRUE(kept.get(is));
  EXPECT_EQ(is.tracker.contents_taken, nullptr);
  kept.put(was, list_of(ContentList::Kind::allow, 0));
  ASSERT_TRUE(kept.get(is));
  EXPECT_EQ(is.tracker.contents_taken->size(), 0u);
  EXPECT_EQ(is.tracker.contents_taken->kind(), ContentList::Kind::allow);
}

TEST(KeptState, IsTheTokenAndTheIdentityByteByByte) {
  const auto pem = tls::self_signed("here");
  const std::string zero(1, '\0');
  for (const auto& certificates : {pem.certificate, pem.certificate + zero}) {
    Configuration was, is;
    was.http_token = "0123456789abcdef";
    was.tls = std::make_shared<TlsIdentity>(certificates, pem.key);
    KeptState kept;
    kept.put(was, {});
    ASSERT_TRUE(kept.get(is));
    EXPECT_EQ(is.http_token, was.http_token);
    ASSERT_NE(is.tls, nullptr) << "TLS would be off";
    EXPECT_EQ(is.tls->certificates(), certificates);
    EXPECT_EQ(is.tls->key(), pem.key);
    was.tls = nullptr;
    kept.put(was, {});
    ASSERT_TRUE(kept.get(is));
    EXPECT_EQ(is.http_token, was.http_token);
    EXPECT_EQ(is.tls, nullptr);
  }
}

// The thread that hangs may outlive the test: what it has is its own.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return open; });
  }
  void let_through() {
    const std::scoped_lock lock(mutex);
    open = true;
    changed.notify_all();
  }
};

std::string thrown_by(PatientCall<int>& call) {
  try {
    return "gave " + std::to_string(call());
  } catch (const std::exception& error) {
    return error.what();
  }
}

TEST(PatientCall, GivesWhatItIsGivenOrThrown) {
  const auto times = std::make_shared<std::atomic<int>>(0);
  PatientCall<int> call(
      "this",
      [times]() -> int {
        if (++*times == 2) throw std::runtime_error("a fault");
        return *times;
      },
      30s);
  EXPECT_EQ(thrown_by(call), "gave 1");
  EXPECT_EQ(thrown_by(call), "a fault");
  EXPECT_EQ(thrown_by(call), "gave 3");
}

TEST(PatientCall, DoesNotWaitForEverAndAsksNoSecondTimeWhileTheFirstHangs) {
  const auto gate = std::make_shared<Gate>();
  const auto times = std::make_shared<std::atomic<int>>(0);
  PatientCall<int> call(
      "reading the list",
      [gate, times] {
        ++*times;
        gate->wait();
        return 5;
      },
      1ms);
  EXPECT_THAT(thrown_by(call),
              HasSubstr("reading the list has not ended in 0 s: a disk or a mount"));
  EXPECT_EQ(thrown_by(call), "reading the list still hangs: a disk or a mount does not answer");
  EXPECT_LE(*times, 1);
  gate->let_through();
  std::string then = "still hangs";
  while (then.find("still hangs") != then.npos) then = thrown_by(call);
  // What came too late was dropped; this is a call of its own, in time or not.
  EXPECT_THAT(then, testing::AnyOf(HasSubstr("gave 5"), HasSubstr("has not ended in")));
}

}  // namespace
}  // namespace swarm::udp
