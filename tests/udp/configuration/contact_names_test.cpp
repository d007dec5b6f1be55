// Contacts by name. The resolver is the test's: it answers when the test lets it.
#include "transport/udp/configuration/contact_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "tests/udp/run_until.hpp"

namespace swarm::udp {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t ten(std::uint32_t host) {
  return 0x0a000000 + host;
}
constexpr Endpoint self{ten(1), 7000};

std::string kind_of(std::string_view text) {
  const auto contact = parse_contact(text, 7000);
  if (!contact) return "error";
  if (const auto* named = std::get_if<NamedContact>(&*contact))
    return "name " + named->name + " " + std::to_string(named->port);
  return to_string(std::get<Endpoint>(*contact));
}

TEST(Contact, IsAnAddressOrANameWithAPortOrWithout) {
  EXPECT_EQ(kind_of("192.0.2.2"), "192.0.2.2:7000");
  EXPECT_EQ(kind_of("192.0.2.2:7001"), "192.0.2.2:7001");
  EXPECT_EQ(kind_of("tracker-2"), "name tracker-2 7000");
  EXPECT_EQ(kind_of("tracker-2.example.org:7001"), "name tracker-2.example.org 7001");
  EXPECT_EQ(kind_of("2.tracker.example.org."), "name 2.tracker.example.org. 7000");
  for (const std::string text :
       {"", ":", ":7000", "192.0.2", "192.0.2.256", "192.0.2.2:0", "192.0.2.2:65536", "name:0",
        "name:port", "name:", "na me", "-name", ".name", "a..b", "2001:db8::1", "[::1]:7000",
        "name/path", "tracker-2,tracker-3"})
    EXPECT_EQ(kind_of(text), "error") << text;
  EXPECT_EQ(kind_of(std::string(254, 'a')), "error");
}

TEST(Contact, ThatIsNoneIsToldWhatItMayBe) {
  for (const std::string text : {"300.1.1.1", "a..b", "bad name", "https://t1.lan", "[::1]"}) {
    const auto contact = parse_contact(text, 7000);
    ASSERT_FALSE(contact) << text;
    EXPECT_THAT(contact.error(), testing::AllOf(testing::StartsWith("`" + text + "` is no contact"),
                                                testing::HasSubstr("a host's name, and a port")));
  }
}

// Shared with a thread of the resolver, which may outlive the test's objects.
class Resolver {
 public:
  using Found = tl::expected<std::vector<std::uint32_t>, std::string>;

  void set(const std::string& name, Found found) {
    const std::scoped_lock lock(state_->mutex);
    state_->found.insert_or_assign(name, std::move(found));
    state_->changed.notify_all();
  }
  std::size_t questions() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->questions;
  }
  // Waits as long as it knows nothing about a name.
  NameLookup lookup() const {
    return [state = state_](const std::string& name) {
      std::unique_lock lock(state->mutex);
      ++state->questions;
      state->changed.wait(lock, [&] { return state->found.contains(name); });
      return state->found.at(name);
    };
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, Found> found;
    std::size_t questions = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

struct ContactNamesTest : testing::Test {
  void ask(const std::vector<std::string>& which) {
    std::vector<NamedContact> contacts;
    for (const auto& name : which) contacts.push_back({name, 7000});
    names.emplace(
        io, self, contacts,
        ContactNames::Callbacks{[this](const auto& all) { found = all; },
                                [this](LogLevel level, const std::string& line) {
                                  (level == LogLevel::warning ? warnings : lines).push_back(line);
                                },
                                [this] { return wanted; }},
        resolver.lookup(), 1ms, 2ms);
  }
  bool until(const std::function<bool()>& condition) { return run_until(io, condition); }

  asio::io_context io;
  Resolver resolver;
  std::vector<Endpoint> found;
  std::vector<std::string> lines, warnings;
  bool wanted = true;
  std::optional<ContactNames> names;
};

TEST_F(ContactNamesTest, EachNameIsToldAsItComesWhileAnotherOneIsWaitedFor) {
  ask({"two", "three"});
  resolver.set("two", std::vector{ten(2)});
  ASSERT_TRUE(until([&] { return !found.empty(); }));
  EXPECT_THAT(found, ElementsAre(Endpoint{ten(2), 7000}));
  EXPECT_THAT(lines, ElementsAre("contact two: it is 10.0.0.2:7000"));
  resolver.set("three", std::vector{ten(3), ten(4)});
  ASSERT_TRUE(until([&] { return found.size() == 3; }));
}

TEST_F(ContactNamesTest, AnUnknownNameIsToldAndAskedForAgain) {
  resolver.set("two", tl::unexpected(std::string("Name or service not known")));
  ask({"two"});
  ASSERT_TRUE(until([&] { return resolver.questions() > 9; }));
  EXPECT_THAT(warnings, Contains(AllOf(HasSubstr("contact two: "), HasSubstr("(Name or service"),
                                       HasSubstr("asked for again"))));
  EXPECT_LT(warnings.size(), 6u) << "less and less often";
  EXPECT_THAT(found, IsEmpty());
  resolver.set("two", std::vector{ten(2)});
  ASSERT_TRUE(until([&] { return !found.empty(); }));
}

TEST_F(ContactNamesTest, AnAddressThatChangesIsFollowedAndALostOneStays) {
  resolver.set("two", std::vector{ten(2)});
  ask({"two"});
  ASSERT_TRUE(until([&] { return !found.empty(); }));
  resolver.set("two", tl::unexpected(std::string("no answer")));
  ASSERT_TRUE(until([&] { return !warnings.empty(); }));
  EXPECT_THAT(found, ElementsAre(Endpoint{ten(2), 7000}));
  resolver.set("two", std::vector{ten(9)});
  ASSERT_TRUE(until([&] { return found == std::vector{Endpoint{ten(9), 7000}}; }));
}

TEST_F(ContactNamesTest, WhoHasFoundItsSwarmAsksNoMore) {
  resolver.set("two", std::vector{ten(2)});
  ask({"two"});
  ASSERT_TRUE(until([&] { return resolver.questions() > 2; }));
  wanted = false;
  const auto late = resolver.questions() + 1;  // one may be on its way
  io.run_for(30ms);
  EXPECT_LE(resolver.questions(), late);
}

TEST_F(ContactNamesTest, ItselfAndAddressesThatNobodyElseHasAreLeftOut) {
  resolver.set("self", std::vector{ten(1), std::uint32_t{0x7f000101}, std::uint32_t{0xefff0001},
                                   std::uint32_t{0}});
  resolver.set("two", std::vector{ten(2), ten(2)});
  ask({"self", "two"});
  ASSERT_TRUE(until([&] { return !found.empty(); }));
  EXPECT_THAT(found, ElementsAre(Endpoint{ten(2), 7000}));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST_F(ContactNamesTest, ItsEndWaitsForNoAnswer) {
  ask({"two", "three"});
  ASSERT_TRUE(until([&] { return resolver.questions() == 1; }));
  names.reset();  // while the resolver hangs
  resolver.set("two", std::vector{ten(2)});
  io.run_for(5ms);
  EXPECT_THAT(found, IsEmpty());
}

TEST(NameLookup, AsksThisHost) {
  const auto found = system_lookup()("localhost");
  ASSERT_TRUE(found.has_value()) << found.error();
  EXPECT_THAT(*found, Contains(0x7f000001u));
}

}  // namespace
}  // namespace swarm::udp
