#include "observe/live/log_line.hpp"

#include <fmt/format.h>

#include <concepts>

#include "engine/base/quantity.hpp"
#include "observe/live/trace.hpp"

namespace swarm::observe {
namespace {

// error: this instance no longer takes part in the swarm. warning: an operator should look at it.
// notice: the swarm has changed. info: the normal course of events.
using enum Severity;

LogLine line(const event::RoleChanged& e) {
  const auto term = e.term.value;
  switch (e.role) {
    case Role::stranger:
      return {info, "belongs to no swarm yet, and looks for one"};
    case Role::learner:
      return {info, fmt::format("is a learner{}: receives the database, has no vote",
                                term > 0 ? fmt::format(" in term {}", term) : "")};
    case Role::slave:
      return {info, fmt::format("is a slave in term {}", term)};
    case Role::candidate:
      return {info,
              fmt::format("is a candidate in term {}: asks the others for their votes", term)};
    case Role::master:
      return {info, fmt::format("is the master of term {}; answers peers once its first block is "
                                "committed",
                                term)};
    case Role::removed:
      return {warning, "takes no part in the swarm any more"};
  }
  return {};
}

LogLine line(const event::TermAdopted& e) {
  return {info, fmt::format("follows term {} now", e.term.value)};
}

LogLine line(const event::MasterSuspected& e) {
  const auto master = e.master.value;
  const auto term = e.term.value;
  switch (e.cause) {
    case Cause::silence:
      return {notice, fmt::format("suspects the master, member {}, in term {}: it was not heard "
                                  "for as long as it was promised to; its host, its process or the "
                                  "network between them hangs or is gone",
                                  master, term)};
    case Cause::certificate:
      return {notice, fmt::format("knows that the master, member {}, in term {} is dead: its "
                                  "supervisor says that the process has ended",
                                  master, term)};
    case Cause::handed_over:
      return {notice, fmt::format("is asked by the master, member {}, to take over from it in term "
                                  "{}",
                                  master, term)};
    default:
      return {notice, fmt::format("suspects the master, member {}, in term {} ({})", master, term,
                                  name_of(e.cause))};
  }
}

std::string_view why_elected(Cause cause) {
  switch (cause) {
    case Cause::silence:
      return "no master was heard";
    case Cause::certificate:
      return "the master's process has ended";
    case Cause::handed_over:
      return "the master handed over";
    default:
      return name_of(cause);
  }
}

LogLine line(const event::ElectionStarted& e) {
  return {info,
          fmt::format("stands for election in term {}: {}", e.term.value, why_elected(e.cause))};
}

LogLine line(const event::ElectionWon& e) {
  return {notice,
          fmt::format("has won the election of term {}: {}", e.term.value, why_elected(e.cause))};
}

LogLine line(const event::Serving& e) {
  return {notice, fmt::format("answers peers as the master of term {}, from block {} on",
                              e.term.value, e.index.value)};
}

LogLine line(const event::SteppedDown& e) {
  const auto term = e.term.value;
  switch (e.cause) {
    case Cause::higher_term:
      return {notice, fmt::format("is no longer the master of term {}: another instance is in a "
                                  "higher term",
                                  term)};
    case Cause::no_quorum:
      return {warning, fmt::format("is no longer the master of term {}: no majority of the members "
                                   "answers; look at its network, and at the others",
                                   term)};
    case Cause::handed_over:
      return {notice, fmt::format("is no longer the master of term {}: it handed over", term)};
    default:
      return {notice,
              fmt::format("is no longer the master of term {} ({})", term, name_of(e.cause))};
  }
}

LogLine line(const event::LogTruncated& e) {
  return {info, fmt::format("drops its blocks from {} on: they were never committed, and the "
                            "master has others there",
                            e.from.value)};
}

LogLine line(const event::ConfigChanged& e) {
  return {notice, fmt::format("the swarm has {} {} by block {}: {} of them with a vote", e.members,
                              e.members == 1 ? "member" : "members", e.index.value, e.voters)};
}

LogLine line(const event::SnapshotSent& e) {
  return {info, fmt::format("sends member {} a snapshot of the database as of block {}", e.to.value,
                            e.index.value)};
}

LogLine line(const event::SnapshotInstalled& e) {
  return {info,
          fmt::format("has installed a snapshot of the database as of block {}", e.index.value)};
}

LogLine line(const event::PeerExpired& e) {
  return {debug,
          fmt::format("the peer {} was not heard for a lifetime: it expires", to_string(e.peer))};
}

LogLine line(const event::HandOver& e) {
  return {notice, fmt::format("hands over to member {}, as the master of term {}", e.to.value,
                              e.term.value)};
}

LogLine line(const event::HandOverGivenUp& e) {
  return {
      warning,
      fmt::format("cannot hand over, as the master of term {}, and gives it up: for four promises "
                  "no other member had everything on its disk; look at the disks and at the "
                  "other members",
                  e.term.value)};
}

LogLine line(const event::GroupUnheard& e) {
  return {warning,
          fmt::format("hears nothing of what peers send to the group, though {} other {}: look at "
                      "this host's firewall, cable and switch port (does the switch forget the "
                      "group? IGMP snooping wants a querier)",
                      e.witnesses, e.witnesses == 1 ? "member does" : "members do")};
}

LogLine line(const event::GroupHeard&) {
  return {notice, "hears again what peers send to the group"};
}

LogLine line(const event::DeafHandOver& e) {
  return {warning,
          fmt::format("gives its place as the master of term {} to a member that hears the "
                      "group: peers do not reach this one",
                      e.term.value)};
}

LogLine line(const event::ClockWentBack& e) {
  return {warning, fmt::format("the clock of this host went back by {}: time goes on from where it "
                               "was, and a master answers when it has heard its slaves anew; a "
                               "migrated machine, or one whose clock is broken",
                               to_text(e.by))};
}

LogLine line(const event::DiskSlow& e) {
  return {warning, fmt::format("the disk has not confirmed a write for {}: it is slow or hangs, "
                               "look at it; hands over if it is the master, and ends when none "
                               "is confirmed for sync-exit",
                               to_text(e.pending))};
}

LogLine line(const event::Founded& e) {
  return {notice, fmt::format("belongs to the swarm {:016x}, as member {}", e.cluster.value,
                              e.member.value)};
}

LogLine line(const event::Refused& e) {
  switch (e.why) {
    case event::Refused::Why::too_many_candidates:
      return {error,
              "takes no part: more fresh instances than bootstrap-expect were heard; start "
              "exactly so many with `first-start = bootstrap`, all others with "
              "`first-start = join`"};
    case event::Refused::Why::swarm_exists:
      return {error,
              "takes no part: there is a swarm under this secret already, and this "
              "instance's disk is empty; start it with `first-start = join`, or, if the disks of a "
              "majority are lost and nobody serves any more, found a new swarm with all data "
              "directories empty"};
    case event::Refused::Why::removed:
      return {error,
              "takes no part: this disk was removed from the swarm; move the data directory "
              "away, and start with `first-start = join` to come back as a new member"};
    case event::Refused::Why::fell_back:
      return {error,
              "takes no part: this disk has acknowledged more than it holds, as another member "
              "knows: it is an older copy; move the data directory aside, and start with an empty "
              "one and `first-start = join`: this instance joins anew"};
    case event::Refused::Why::contradicted:
      return {error,
              "takes no part: what this disk holds as committed is not what the swarm has "
              "committed, so that one or the other is an older copy; keep this data directory, and "
              "to go on with the swarm as it is move it aside, and start with an empty one and "
              "`first-start = join`: this instance joins anew"};
    case event::Refused::Why::wrong_tables:
      return {error,
              "takes no part: its tables are not those of the majority, so that its disk or its "
              "memory is damaged; move the data directory aside, and start with an empty one and "
              "`first-start = join`: this instance joins anew"};
    case event::Refused::Why::two_processes:
      return {error,
              "takes no part: two processes use this data directory or copies of it, and what "
              "each has acknowledged the other may lack; see that one of them is ended for good, "
              "move the data directory of the other aside, and start it with an empty one and "
              "`first-start = join`: it joins anew"};
  }
  return {};
}

LogLine line(const event::DisksDiffer& e) {
  switch (e.what) {
    case event::DisksDiffer::What::fell_back:
      return {error, fmt::format("a process with the disk of member {} has less than the {} "
                                 "blocks that this disk had acknowledged: it uses an older copy of "
                                 "the data directory",
                                 e.member.value, e.here.value)};
    case event::DisksDiffer::What::logs:
      return {error,
              fmt::format("member {} contradicts this one in what is committed (here up to block "
                          "{}{}): one of the two data directories is an older copy",
                          e.member.value, e.here.value,
                          e.there ? fmt::format(", there up to {}", e.there.value) : "")};
    case event::DisksDiffer::What::tables:
      return {error, fmt::format("the tables of member {} differ from those of this one at block "
                                 "{}: one of the two is damaged",
                                 e.member.value, e.here.value)};
    case event::DisksDiffer::What::two_processes:
      return {error, fmt::format("two processes have the disk of member {}: its data directory was "
                                 "copied; stop one, move its directory aside and start it with an "
                                 "empty one",
                                 e.member.value)};
  }
  return {};
}

LogLine line(const event::Rejected& e) {
  return {debug, fmt::format("a datagram was dropped: {}", name_of(e.reason))};
}

LogLine line(const event::KeptAnswered& e) {
  return {info, fmt::format("has answered {} {} that came while there was no master", e.requests,
                            e.requests == 1 ? "request" : "requests")};
}

LogLine line(const event::NotStored&) {
  return {debug,
          "a peer was answered and not stored: a limit is reached (max-contents, max-peers, "
          "max-contents-per-peer, max-contents-per-network, max-memory)"};
}

// The first ten digits of a hash, which are enough to tell a peer's contents apart.
std::string short_name(const InfoHash& content) {
  return to_hex(content.bytes).substr(0, 10);
}

LogLine line(const event::ContentExpired& e) {
  return {debug, fmt::format("the peer {} did not announce {} for a lifetime: that expires",
                             to_string(e.peer), short_name(e.info_hash))};
}

LogLine line(const event::ContentOpened& e) {
  return {info, fmt::format("has {} of the {} {} of content {}", e.had, e.chunks,
                            e.chunks == 1 ? "chunk" : "chunks", short_name(e.content))};
}

LogLine line(const event::InfoFetched& e) {
  return {info, fmt::format("knows what content {} is: another peer sent its description, and it "
                            "has the right hash",
                            short_name(e.content))};
}

LogLine line(const event::ChunkStored& e) {
  return {debug, fmt::format("chunk {} of content {} is verified and on disk", e.chunk,
                             short_name(e.content))};
}

LogLine line(const event::ChunkLost& e) {
  return {warning, fmt::format("chunk {} of content {} is not what its files hold: they were "
                               "changed or damaged; it is fetched again",
                               e.chunk, short_name(e.content))};
}

LogLine line(const event::ContentComplete& e) {
  return {notice, fmt::format("has all of content {}, verified", short_name(e.content))};
}

LogLine line(const event::ContentFailed& e) {
  return {error, fmt::format("stops with content {}: its files cannot be written or read, or its "
                             "description is none; look at the disk, then start again",
                             short_name(e.content))};
}

LogLine line(const event::PeerDropped& e) {
  using Why = event::PeerDropped::Why;
  const auto peer = to_string(e.peer);
  const auto content = short_name(e.content);
  switch (e.why) {
    case Why::left:
      return {debug, fmt::format("the peer {} has left content {}", peer, content)};
    case Why::silent:
      return {info, fmt::format("the peer {} of content {} is not heard any more", peer, content)};
    case Why::restarted:
      return {debug, fmt::format("the peer {} of content {} has started anew", peer, content)};
    case Why::poison:
      return {warning, fmt::format("the peer {} sent what is not content {}: it is asked for "
                                   "nothing more",
                                   peer, content)};
    case Why::refused:
      return {info, fmt::format("the peer {} refuses to exchange content {}", peer, content)};
    case Why::not_needed:
      return {debug, fmt::format("the peer {} of content {} is not needed: both have all of it",
                                 peer, content)};
  }
  return {};
}

// Events that come with each datagram or block, and events of a peer's requests to the trackers.
// They get no sentence.
template <class E>
concept Counted = std::same_as<E, event::Committed> || std::same_as<E, event::BlockApplied> ||
    std::same_as<E, event::Answered> || std::same_as<E, event::Relayed> ||
    std::same_as<E, event::PeerRegistered> || std::same_as<E, event::PeerStopping> ||
    std::same_as<E, event::PeerError>;

LogLine line(const Counted auto&) {
  return {};
}

// Events of severity debug that may come with each datagram. Their sentence is formed only if debug
// is logged.
template <class E>
concept Detail = std::same_as<E, event::Rejected> || std::same_as<E, event::NotStored> ||
    std::same_as<E, event::PeerExpired> || std::same_as<E, event::ContentExpired>;

template <class E>
LogLine said(const E& event, Severity least) {
  if (Detail<E> && least < debug) return {debug, {}};
  auto made = line(event);
  if (made.severity > least) made.sentence.clear();
  return made;
}

}  // namespace

LogLine log_line(const Event& event, Severity least) {
  return std::visit([least](const auto& e) { return said(e, least); }, event);
}

}  // namespace swarm::observe
