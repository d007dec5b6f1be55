#!/usr/bin/env bash
# The systemd unit is without mistakes and exposes little; its user can be made.
# Usage: unit_test.sh SWARM_TRACKER
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
needs systemd-analyze systemd
tracker=$1

# As installed, but with the program of this build.
unit=$scratch/swarm-tracker.service
sed "s|^ExecStart=/usr/bin/swarm-tracker|ExecStart=$tracker|" "$deploy/swarm-tracker.service" \
  >"$unit"
grep -q "^ExecStart=$tracker run$" "$unit" || fail "the unit does not start /usr/bin/swarm-tracker"

grep -q '^LimitCORE=0$' "$unit" || fail "a crash would write the secrets into a core dump"

manual=no
if command -v man >/dev/null; then
  manual=yes
  mkdir -p "$scratch/man/man8"
  gzip -9nc "$deploy/swarm-tracker.8" >"$scratch/man/man8/swarm-tracker.8.gz"
fi
said=$(MANPATH=$scratch/man systemd-analyze verify --recursive-errors=no --man=$manual "$unit" \
  2>&1) || fail "systemd-analyze verify: $said"
[ -z "$said" ] || fail "systemd-analyze verify is not silent: $said"

# In tenths: 2.0.
systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" >"$scratch/security" || {
  cat "$scratch/security"
  fail "the unit is too exposed"
}
tail -n 1 "$scratch/security"

if command -v systemd-sysusers >/dev/null; then
  mkdir -p "$scratch/root/etc"
  systemd-sysusers --root="$scratch/root" "$deploy/swarm-tracker.sysusers.conf" 2>/dev/null
  grep -q '^swarm-tracker:' "$scratch/root/etc/passwd" || fail "systemd-sysusers made no user"
fi
