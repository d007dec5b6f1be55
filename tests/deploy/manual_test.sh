#!/usr/bin/env bash
# The manual pages are well-formed and name what the programs know.
# Usage: manual_test.sh SWARM_TRACKER SWARM_PEER
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
tracker=$1 peer=$2
missing=0

# has PAGE WORDS: the page says WORDS, as a macro or as text.
has() {
  grep -qF -e "$2" "$deploy/$1" && return
  echo "$1 does not say: $2" >&2
  missing=1
}

commands=$("$tracker" --help | sed -n '/^Commands$/,/^The commands/p' |
  grep -oE '^  [a-z-]+(, [a-z]+)*' | tr -d ,)
for command in $commands; do
  has swarm-tracker.8 "Cm $command"
done
flags=$("$peer" --help | grep -oE -e '--[a-z][a-z-]*' | sort -u)
[[ -n $commands && -n $flags ]] || fail "--help names no commands or no flags"
for flag in $flags; do
  has swarm-peer.1 "Fl Fl ${flag#--}"
done
for page in swarm-tracker.8 swarm-peer.1; do
  for section in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES "SEE ALSO"; do
    has "$page" ".Sh $section"
  done
done
[ "$missing" -eq 0 ] || exit 1

needs groff groff-base
for page in swarm-tracker.8 swarm-peer.1; do
  said=$(groff -ww -mandoc -Tutf8 -z "$deploy/$page" 2>&1)
  [ -z "$said" ] || fail "$page: $said"
done
