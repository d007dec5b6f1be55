#!/usr/bin/env bash
# The commands of the README, in its order and in one shell. Of a block with a script only this is
# tested, that the script is there: scripts_test.sh runs them.
# Usage: readme_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
# shellcheck source=tests/deploy/documents.sh
. "$(dirname "$0")/documents.sh"

# The next sentence of the README is done meanwhile: the process that answers is killed.
watch() {
  local pid last
  command swarm-peer "$@" >/tmp/watched 2>&1 &
  pid=$!
  wait_for "an answer to watch" grep -q 'answered by' /tmp/watched
  last=$(sed -nE 's/.*answered by 127\.0\.0\.([1-3]).*/\1/p;T;q' /tmp/watched)
  kill -9 "$(pgrep -n -f -- "--name tracker-$last ")"
  wait_for "another tracker that answers" \
    grep -q "now answered by .*(127\.0\.0\.$last before)" /tmp/watched
  kill -INT "$pid"
  wait "$pid" || [ $? -eq 130 ]
}

swarm-peer() {
  case $1 in
    watch) watch "$@" ;;
    fetch)
      timeout 60 "$(type -P swarm-peer)" "$@"
      cmp holiday.mp4 /tmp/fetched/holiday.mp4
      ;;
    *) command swarm-peer "$@" ;;
  esac
}

read_blocks README.md
number=0
for index in "${!blocks[@]}"; do
  [ -z "${languages[index]}" ] || continue
  block=${blocks[index]} number=$((number + 1))
  scripts=$(grep -oE '^scripts/[a-z/0-9-]+' <<<"$block" || true)
  for script in $scripts; do
    [ -x "$script" ] || fail "there is no $script"
  done
  [ -z "$scripts" ] || continue
  echo "== $block"
  eval "$block"
  # What the README lets the reader wait for.
  case $block in
    *"swarm-peer share"*) wait_for holiday.mp4.torrent test -s holiday.mp4.torrent ;;
    *"for i in 1 2 3"*) wait_for "a master" names_a_master /tmp/swarm-1 ;;
  esac
done
[ "$number" -ge 9 ] || fail "the README has $number blocks of commands only"
