#!/usr/bin/env bash
# The commands of PEERS, in its order: ann, bob and cid have a folder and a home each, on one host.
# Lines after a prompt are what the command prints, with other figures.
# Usage: docs_peers_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
# shellcheck source=tests/deploy/documents.sh
. "$(dirname "$0")/documents.sh"
unset XDG_STATE_HOME

export SWARM_TRACKER_SECRET=the-secret-of-a-trial
swarm-tracker --interface 10.0.0.1 --data-directory /tmp/tracker --bootstrap-expect 1 \
  --http-address none 2>/tmp/tracker.log &
wait_for "a master" names_a_master /tmp/tracker
mkdir /tmp/ann /tmp/bob /tmp/cid
head -c 8M /dev/urandom >/tmp/ann/holiday.mp4
printed=40da1f6b5a7c8be9fd08adbcb61ffa4b6fdb0563 hash=$printed

declare -A pids
# start WHO COMMAND: what it prints goes to /tmp/WHO.log
start() {
  [ -z "${pids[$1]:-}" ] || fail "$1 is at another command still, and is to do: $2"
  cd "/tmp/$1"
  HOME=/tmp/$1 bash -c "exec ${2//$printed/$hash}" >"/tmp/$1.log" 2>&1 &
  pids[$1]=$!
  cd /mnt/fresh
}

# ends WHO [CODE]: the command does, with exit code 0 or CODE.
ends() {
  local code=0
  wait "${pids[$1]}" || code=$?
  [[ $code -eq 0 || $code -eq ${2:-0} ]] || fail "$1's command ended with $code: $(<"/tmp/$1.log")"
  unset "pids[$1]"
}

# stop WHO: by Ctrl-C
stop() {
  kill -INT "${pids[$1]}"
  ends "$1" 130
}

# start_all: the commands of the block
start_all() {
  local line commands=0
  while IFS= read -r line; do
    [[ $line =~ ^([a-z]+)'$ '(.*)$ ]] || continue
    start "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    commands=$((commands + 1))
  done <<<"$block"
  [ "$commands" -gt 0 ] || fail "no command: $block"
}

# says FILE: it holds the block's lines without a prompt, with whatever figures.
says() {
  local line pattern
  while IFS= read -r line; do
    [[ -n $line && ! $line =~ ^[a-z]+'$ ' ]] || continue
    pattern=$(sed -E "s/$printed/HASH/; s/[0-9]+([.:][0-9]+)*/FIGURE/g; s/FIGURE [kMG]?B/SIZE/g;
      s/[][().*?+|{}^\$]/\\\\&/g; s/ +/ +/g; s/FIGURE/[0-9.:]+/g; s/SIZE/[0-9.]+ [kMG]?B/g" \
      <<<"$line")
    pattern=${pattern/HASH/$hash}
    grep -qE "$pattern" "$1" || fail "nothing like '$line' ($pattern) was printed: $(<"$1")"
  done <<<"$block"
}

read_blocks docs/PEERS.md
take 'ann$ swarm-peer share holiday.mp4'
start_all
wait_for "what ann shares" grep -q 'known to the trackers' /tmp/ann.log
hash=$(sed -n '1s/ .*//p' /tmp/ann.log)
says /tmp/ann.log

take 'bob$ swarm-peer fetch'
cp /tmp/ann/holiday.mp4.torrent /tmp/bob
cp /tmp/ann/holiday.mp4.torrent /tmp/cid
start_all
ends bob
wait_for "all of it at cid's" grep -q 'Videos/holiday.mp4$' /tmp/cid.log
for copy in bob cid/Videos; do
  cmp /tmp/ann/holiday.mp4 "/tmp/$copy/holiday.mp4"
done
block=$(grep -v '%' <<<"$block") # the progress, which is for a terminal only
says /tmp/cid.log
stop cid

take 'cid$ swarm-peer share'
start_all
for who in cid bob; do
  wait_for "what $who shares" grep -q 'known to the trackers' "/tmp/$who.log"
done

take 'in use'
(cd /tmp/cid && HOME=/tmp/cid swarm-peer status) >/tmp/status
block=${block//\/home/\/tmp}
says /tmp/status
stop bob
stop cid

take 'swarm-peer verify'
start cid "${block%$'\n'}"
ends cid

take 'swarm-peer forget'
start cid "${block%$'\n'}"
ends cid
! HOME=/tmp/cid swarm-peer status | grep "$hash" || fail "it is not forgotten"

not_run 'sysctl -w net.core.rmem_max' "it is for the whole machine; the package sets its keys"
for key in $(grep -oE 'net\.core\.[a-z_]+' <<<"$block"); do
  grep -q "^$key" transport/udp/deploy/swarm-tracker.sysctl.conf || fail "the package sets no $key"
done
no_more_blocks
stop ann
kill %1
