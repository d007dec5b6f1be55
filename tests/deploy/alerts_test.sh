#!/usr/bin/env bash
# Prometheus takes the alerts of docs/OPERATING.md.
# Usage: alerts_test.sh OPERATING_MD
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
needs promtool prometheus

# shellcheck disable=SC2016 # the backquotes are Markdown's
sed -n '/^```yaml$/,/^```$/p' "$1" | sed '/^```/d' >"$scratch/rules.yml"
grep -q 'alert:' "$scratch/rules.yml" || fail "$1 has no alerts"
promtool check rules "$scratch/rules.yml"
