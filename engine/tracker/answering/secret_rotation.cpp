#include "engine/tracker/answering/secret_rotation.hpp"

#include "engine/consensus/parts.hpp"
#include "engine/wire/secret.hpp"

namespace swarm {

void SecretRotation::begin_serving() {
  serving_since_ = p_.swarm_time();
}

bool SecretRotation::is_due() const {
  const auto& last = p_.config().secret_since;
  const auto since = last == SwarmTime{} ? serving_since_ : last;
  const auto wait = static_cast<std::uint64_t>(p_.settings.secret_rotation / 1us);
  return p_.swarm_time() >= SwarmTime{since.us + wait};
}

void SecretRotation::review() {
  const auto& master = p_.master_consensus;
  if (!p_.accepts_requests() || !master.may_change_members() || !is_due()) return;
  Config config = p_.config();
  config.previous_secret = config.current_secret;
  config.current_secret =
      wire::next_secret(p_.settings.swarm_secret, config.current_secret, p_.random.next());
  config.secret_since = p_.swarm_time();
  p_.master_consensus.propose_config(std::move(config));
}

void SecretRotation::use_secrets() {
  if (p_.is_master() && p_.log.config_index() > p_.commit) return;
  p_.sender.set_secrets(p_.config().current_secret, p_.config().previous_secret);
}

}  // namespace swarm
