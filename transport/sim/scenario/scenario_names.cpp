#include "transport/sim/scenario/scenario_names.hpp"

#include <array>

#include "engine/wire/cluster_protocol.hpp"
#include "transport/sim/scenario/scenario_reader.hpp"

namespace swarm::sim {

const Names<Action::Kind>& action_names() {
  using Kind = Action::Kind;
  static const Names<Kind> names{
      {"crash", Kind::crash},         {"kill", Kind::kill},       {"pause", Kind::pause},
      {"start", Kind::start},         {"stop", Kind::stop},       {"restart", Kind::restart},
      {"wipe", Kind::wipe},           {"remove", Kind::remove},   {"hand-over", Kind::hand_over},
      {"partition", Kind::partition}, {"isolate", Kind::isolate}, {"cut", Kind::cut},
      {"heal", Kind::heal},           {"disk", Kind::disk},       {"network", Kind::network},
      {"leave", Kind::leave},         {"damage", Kind::damage},   {"clock", Kind::clock},
      {"copy", Kind::copy},           {"files", Kind::files},     {"clone", Kind::clone},
      {"replay", Kind::replay}};
  return names;
}

const Names<Who::Kind>& role_names() {
  using Kind = Who::Kind;
  static const Names<Kind> names{{"master", Kind::master},
                                 {"any-slave", Kind::any_slave},
                                 {"successor", Kind::successor},
                                 {"all", Kind::all},
                                 {"all-slaves", Kind::all_slaves},
                                 {"majority", Kind::majority},
                                 {"minority", Kind::minority},
                                 {"master-side", Kind::master_side},
                                 {"rest", Kind::rest},
                                 {"peers", Kind::every_peer}};
  return names;
}

const Names<Expectation::Kind>& expectation_names() {
  using Kind = Expectation::Kind;
  static const Names<Kind> names{{"new_master", Kind::new_master},
                                 {"same_master", Kind::same_master},
                                 {"first_answer", Kind::first_answer},
                                 {"same_database", Kind::same_database},
                                 {"members", Kind::members},
                                 {"no_master", Kind::no_master},
                                 {"unanswered", Kind::unanswered},
                                 {"service", Kind::service_p50},
                                 {"always", Kind::always},
                                 {"sometimes", Kind::sometimes},
                                 {"complete", Kind::complete},
                                 {"uploads", Kind::uploads},
                                 {"downloads", Kind::downloads},
                                 {"sends", Kind::sends},
                                 {"answered", Kind::answered}};
  return names;
}

const std::vector<std::string>& invariant_names() {
  static const std::vector<std::string> names{
      "one_master_per_term",   "only_master_answers",        "no_lost_registration",
      "leases_never_overlap",  "committed_logs_agree",       "equal_digests",
      "applied_never_back",    "no_answer_of_an_older_term", "expire_only_after_lifetime",
      "says_what_is_durable",  "promise_covers_lease",       "one_change_of_members",
      "own_state_is_sound",    "no_assertion_fails",         "complete_is_the_source",
      "chunk_rows_are_true",   "sends_only_the_source",      "never_amplifies",
      "clients_hear_no_error", "completed_is_kept",          "clients_stay"};
  return names;
}

std::span<const std::string_view> message_names() {
  static constexpr std::array<std::string_view, std::variant_size_v<wire::Body>> names{
      "KA",
      "KA_ACK",
      "STATUS",
      "PREVOTE",
      "PREVOTE_REPLY",
      "VOTE",
      "VOTE_REPLY",
      "PREPARE",
      "READY",
      "BLOCK",
      "FETCH",
      "HANDOVER",
      "DEAD",
      "HELLO",
      "GENESIS",
      "GENESIS_ACK",
      "JOIN",
      "JOIN_REPLY",
      "SNAPSHOT_META",
      "SNAPSHOT_GET",
      "SNAPSHOT_DATA",
      "ORDER",
      "RELAY",
      "RELAY_REPLY",
      "HEARING",
      "WITNESS",
      "UNVERIFIED",
      "OPEN",
      "CHALLENGE",
      "PROVE"};
  static_assert(!names.back().empty(), "each message has a name");
  return names;
}

bool is_of_exchange(std::string_view invariant) {
  return invariant == "complete_is_the_source" || invariant == "chunk_rows_are_true" ||
         invariant == "sends_only_the_source" || invariant == "never_amplifies";
}

bool is_of_clients(std::string_view invariant) {
  return invariant == "clients_hear_no_error" || invariant == "completed_is_kept" ||
         invariant == "clients_stay";
}

const std::vector<std::string>& counter_names() {
  static const std::vector<std::string> names{"elections_contested", "logs_conflicted",
                                              "snapshots_installed", "snapshot_bytes_installed",
                                              "snapshot_bytes_sent", "kept_requests_answered",
                                              "requests_relayed",    "peers_expired",
                                              "hand_overs",          "deaf_hand_overs",
                                              "clocks_went_back",    "certificates_used",
                                              "members_joined",      "datagrams_lost",
                                              "datagrams_reordered", "disks_hung",
                                              "disks_differ",        "directories_refused",
                                              "blocks_refetched",    "stepped_down_without_quorum",
                                              "infos_fetched",       "damage_found",
                                              "poisoners_dropped",   "silent_peers_dropped",
                                              "peers_restarted",     "clients_turned",
                                              "datagrams_recorded",  "datagrams_played"};
  return names;
}

}  // namespace swarm::sim
