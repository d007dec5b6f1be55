#!/usr/bin/env bash
# The version stands in engine/base/version.hpp; the package's and the users' list of changes, which
# have to name it, name the same.
# Usage: version_test.sh VERSION_OF_CMAKE
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
cd "$(dirname "$0")/../.."
wrong=0

# is WHAT VERSION
is() {
  [ "$2" = "$version" ] && return
  echo "$1 says '$2', and engine/base/version.hpp '$version'" >&2
  wrong=1
}

version=$(sed -nE 's/^inline constexpr auto version = "([^"]+)";$/\1/p' engine/base/version.hpp)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "engine/base/version.hpp says '$version'"
is CMake "$1"
is debian/changelog "$(sed -nE '1s/^swarm-tracker \(([^)]+)\) .*/\1/p' "$deploy/debian/changelog")"
is "the newest section of CHANGELOG.md" \
  "$(sed -nE 's/^## ([0-9][^ ]*) .*/\1/p' CHANGELOG.md | head -n 1)"
grep -qx '## Unreleased' CHANGELOG.md || fail "CHANGELOG.md has no section for what is not released"
exit "$wrong"
