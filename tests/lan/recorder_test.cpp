// An attacker on the LAN records what the trackers say to each other, and plays it back all the
// time. Whatever happens to the trackers meanwhile, a recording has no effect.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/lan/harness/recorder.hpp"
#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {
namespace {

using Recorded = Recorder::Recorded;
using To = Recorder::To;

// Nobody is elected because this machine is busy: a new term would show an effect of the attacker.
const Keys patient{{"promise", "2s"}, {"promise-max", "2s"}};

std::string rejected_as(const std::string& reason) {
  return "swarm_tracker_rejected_datagrams_total{reason=\"" + reason + "\"}";
}

class ARecorder : public LanStage {
 protected:
  void SetUp() override {
    LanStage::SetUp();
    if (!IsSkipped()) attacker_ = std::make_unique<Recorder>(site(), hosts_, peers_host);
  }
  void TearDown() override {
    attacker_.reset();
    LanStage::TearDown();
  }
  Recorder& attacker() { return *attacker_; }

  Recorder::Choice sent_by(const TrackerProcess& tracker) {
    const Endpoint address{site().address(tracker.host()), Recorder::cluster_port};
    return [address](const Recorded& heard) { return heard.from == address; };
  }
  // What a master says to show that it lives, and to replicate.
  Recorder::Choice masters_words_of(const TrackerProcess& tracker) {
    return [sent = sent_by(tracker)](const Recorded& heard) {
      return sent(heard) && (heard.is<wire::KeepAlive>() || heard.is<wire::Prepare>());
    };
  }
  template <class Message>
  bool has_recorded() const {
    const auto all = attacker_->recorded();
    return std::ranges::any_of(all, [](const Recorded& one) { return one.is<Message>(); });
  }

  // A test in which no copy reaches a tracker shows nothing.
  double refused(unsigned host) {
    return metric(host, rejected_as("repeated")) + metric(host, rejected_as("unknown_session"));
  }
  void await_refused(unsigned host, double more) {
    const double least = refused(host) + more;
    eventually("copies reach " + t(host).name(), [&] { return refused(host) >= least; });
  }

  // What each tracker says about the swarm: a line of text for each.
  std::string picture() const {
    std::string text;
    for (const auto* tracker : running()) {
      std::optional<observe::Status> status;
      eventually("the status of " + tracker->name(),
                 [&] { return (status = tracker->status()).has_value(); });
      text += fmt::format("{}: swarm {:x}, term {}, master {}:", tracker->name(),
                          status->cluster.value, status->term.value, status->master.value);
      for (const auto& report : status->members)
        text += fmt::format(
            " {} ({:x}, {}, standing {}{}{})", report.member.id.value, report.member.store.value,
            to_string(report.member.cluster), static_cast<int>(report.member.standing),
            report.moved() ? ", moved" : "", report.two_processes ? ", copied" : "");
      text += '\n';
    }
    return text;
  }
  // While the attacker plays everything so often, peers are registered, and the swarm is always the
  // same.
  void expect_no_effect(std::size_t rounds) {
    const std::string before = picture();
    std::map<unsigned, double> refused_before;
    for (const unsigned host : hosts_) refused_before[host] = refused(host);
    const std::size_t until = attacker().rounds() + rounds;
    while (attacker().rounds() < until) {
      await_registrations(20);
      ASSERT_EQ(picture(), before);
    }
    for (const unsigned host : hosts_) EXPECT_GE(refused(host), refused_before[host] + 100) << host;
  }

 private:
  const std::vector<unsigned> hosts_{1, 2, 3};
  std::unique_ptr<Recorder> attacker_;
};

TEST_F(ARecorder, DoesNotKeepADeadMasterAlive) {
  found();
  load();
  await_registrations();
  auto& old = master();
  attacker().play(To::its_receiver, masters_words_of(old));
  old.kill();
  await_master_other_than(old);
  await_registrations();
  for (const auto* tracker : running()) await_refused(tracker->host(), 100);
  old.start();
  await_members();
  await_registrations();
  verdict();
}

// The master lives on behind its cable, and its sessions with the others are still good.
TEST_F(ARecorder, DoesNotKeepAMasterThatIsCutOff) {
  found();
  load();
  await_registrations();
  const auto& old = master();
  attacker().play(To::its_receiver, masters_words_of(old));
  site().unplug(old.host());
  await_master_other_than(old);
  await_registrations();
  for (const auto* tracker : running())
    if (tracker != &old) await_refused(tracker->host(), 100);
  site().plug(old.host());
  await_members();
  await_registrations();
  verdict();
}

// Also what they say while it plays.
TEST_F(ARecorder, ChangesNothingWithEverythingThatItHears) {
  found(patient);
  load();
  await_registrations();
  attacker().play(To::everybody);
  expect_no_effect(2);
  verdict();
}

// R22. Its former store must be silent before it is taken in anew: recordings do not count.
TEST_F(ARecorder, DoesNotKeepAWipedMemberFromJoining) {
  found({{"removal-silence", "1s"}});
  load();
  await_registrations();
  auto& wiped = slave();
  wiped.kill();
  attacker().stop_recording();
  attacker().play(To::everybody, sent_by(wiped));
  wiped.wipe();
  start(wiped.host(), {{"first-start", "join"}});
  await_members();
  await_registrations();
  for (const auto* tracker : running()) await_refused(tracker->host(), 100);
  verdict();
}

// R21. With the same secret, on the same hosts.
TEST_F(ARecorder, DoesNotKeepASwarmFromBeingFoundedAnew) {
  found();
  start(4, {{"first-start", "join"}});
  await_members(4);
  load();
  await_registrations();
  end_load();
  const auto former = master().status()->cluster;
  for (const unsigned host : {1u, 2u, 3u, 4u}) {
    t(host).kill();
    t(host).wipe();
  }
  attacker().stop_recording();
  EXPECT_TRUE(has_recorded<wire::Open>() && has_recorded<wire::Prove>() &&
              has_recorded<wire::Hello>() && has_recorded<wire::GenesisOffer>() &&
              has_recorded<wire::Join>() && has_recorded<wire::KeepAlive>());
  attacker().play(To::everybody);
  found();
  EXPECT_NE(master().status()->cluster, former);
  load();
  await_registrations();
  for (const auto* tracker : running()) await_refused(tracker->host(), 100);
  verdict();
}

// The trackers find each other again while it plays what their earlier processes have said.
TEST_F(ARecorder, ChangesNothingAfterAllWereStartedAgain) {
  found(patient);
  load();
  await_registrations();
  for (const unsigned host : {1u, 2u, 3u}) t(host).kill();
  attacker().stop_recording();
  attacker().play(To::everybody);
  for (const unsigned host : {1u, 2u, 3u}) start(host);
  await_members();
  await_registrations();
  expect_no_effect(2);
  verdict();
}

}  // namespace
}  // namespace swarm::lan
