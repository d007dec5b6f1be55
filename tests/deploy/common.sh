# What the tests of this folder share; sourced by them, never run.
# shellcheck shell=bash

# shellcheck disable=SC2034 # used by those that source this
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../transport/udp/deploy" && pwd)
if [ -z "${SCRATCH:-}" ]; then # else in namespaces, by a test that has made it (documents.sh)
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
fi

fail() {
  echo "$*" >&2
  exit 1
}

# needs TOOL PACKAGE: the test is skipped without it.
needs() {
  command -v "$1" >/dev/null && return
  echo "skipped: there is no $1 here (Debian: $2)"
  exit 77
}
