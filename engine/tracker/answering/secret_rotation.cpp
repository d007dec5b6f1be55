#include "engine/tracker/answering/secret_rotation.hpp"

#include "engine/wire/secret.hpp"

namespace swarm {

void SecretRotation::begin_serving() {
  serving_since_ = core_.swarm_time();
}

bool SecretRotation::is_due() const {
  const auto& last = core_.config().secret_since;
  const auto since = last == SwarmTime{} ? serving_since_ : last;
  const auto wait = static_cast<std::uint64_t>(settings_.secret_rotation / 1us);
  return core_.swarm_time() >= SwarmTime{since.us + wait};
}

void SecretRotation::review() {
  if (!core_.takes_requests() || !core_.may_change_config() || !is_due()) return;
  Config config = core_.config();
  config.previous_secret = config.current_secret;
  config.current_secret = wire::next_secret(swarm_secret_, config.current_secret,
                                            core_.draw(SecretPurpose::connection_key));
  config.secret_since = core_.swarm_time();
  core_.propose_config(std::move(config));
}

void SecretRotation::use_secrets() {
  if (core_.is_master() && !core_.config_is_committed()) return;
  const auto& config = core_.config();
  // Members of the previous version use the values of the CONFIG themselves as keys.
  if (speaks_previous_) return sender_.set_secrets(config.current_secret, config.previous_secret);
  const auto key = [this](const Secret& in_config) {
    return in_config == Secret{} ? Secret{} : wire::connection_key(swarm_secret_, in_config);
  };
  sender_.set_secrets(key(config.current_secret), key(config.previous_secret));
}

}  // namespace swarm
