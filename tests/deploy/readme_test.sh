#!/usr/bin/env bash
# The commands of the README, in its order, in one shell and a folder that is new but for scenarios
# and scripts; network, processes and /tmp are the test's own. A simulation that says no --runs has
# 4 of them. Of a block with a script only this is tested, that the script is there.
# Usage: readme_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail

if [ "${2:-}" != inside ]; then
  # shellcheck source=tests/deploy/common.sh
  . "$(dirname "$0")/common.sh"
  needs mktorrent mktorrent
  inside=(unshare --net --mount --pid --mount-proc --fork --kill-child)
  [ "$(id -u)" -eq 0 ] || inside+=(--map-root-user)
  if ! "${inside[@]}" true 2>/dev/null; then
    echo "skipped: no namespaces can be made here"
    exit 77
  fi
  programs=$(realpath "$1")
  SCRATCH=$scratch "${inside[@]}" "$(realpath "$0")" "$programs" inside
  exit
fi

project=$(cd "$(dirname "$0")/../.." && pwd)
mkdir "$SCRATCH/programs" "$SCRATCH/fresh" "$SCRATCH/tmp"
cp -r "$project/scenarios" "$project/scripts" "$project/README.md" "$SCRATCH/fresh"
mount --bind "$1" "$SCRATCH/programs"
mount --rbind "$SCRATCH" /mnt
mount --bind /mnt/tmp /tmp
cd /mnt/fresh
PATH=/mnt/programs:$PATH
ip link set lo up
ip route add 239.0.0.0/8 dev lo

block=''
fail() {
  echo "$*" >&2
  exit 1
}
trap 'echo "a command of this block failed: $block" >&2' ERR

# wait_for WHAT COMMAND...: for a minute at most
wait_for() {
  local what=$1 tries
  shift
  for ((tries = 0; tries < 600; ++tries)); do
    ! "$@" >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  fail "in a minute there was not: $what"
}

# Exit code 1 is what the README says of its sweep; 3: so few runs have not shown enough.
swarm-sim() {
  local code=0 runs=(--runs 4)
  [[ $1 != plot && $* != *--runs* ]] || runs=()
  command swarm-sim "$@" "${runs[@]}" >/tmp/sim.log || code=$?
  [[ $code -eq 0 || ($1 == sweep && $code -eq 1) || (${#runs[@]} -gt 0 && $code -eq 3) ]] ||
    fail "swarm-sim $* ended with $code: $(tail -n 20 /tmp/sim.log)"
}

names_a_master() { command swarm-tracker status --data-directory /tmp/swarm-1 | grep -q master; }

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

set -m
inside=false number=0
while IFS= read -r line <&3; do
  if [[ $line != '```'* ]]; then
    [ "$inside" = false ] || block+=$line$'\n'
    continue
  elif [ "$inside" = false ]; then
    inside=true language=${line#'```'} block=''
    continue
  fi
  inside=false
  [ -z "$language" ] || continue
  number=$((number + 1))
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
    *"for i in 1 2 3"*) wait_for "a master" names_a_master ;;
  esac
done 3<README.md
[ "$number" -ge 9 ] || fail "the README has $number blocks of commands only"
