#!/usr/bin/env bash
# The completion for bash offers what the programs take.
# Usage: completion_test.sh SWARM_TRACKER SWARM_PEER
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
tracker=$1 peer=$2
# shellcheck source=transport/udp/deploy/completion.bash
. "$deploy/completion.bash"

# offers FUNCTION WORD...: what bash would offer for the last word, sorted, on one line.
offers() {
  local function=$1
  shift
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}

# expect "WHAT IS OFFERED" FUNCTION WORD...
expect() {
  local want=$1 got
  shift
  got=$(offers "$@")
  [ "$got" = "$want" ] || fail "after '${*:2}': '$got' is offered, not '$want'"
}

expect "leave" _swarm_tracker "$tracker" l
expect "print-config" _swarm_tracker "$tracker" p
expect "--keep-alive" _swarm_tracker "$tracker" run --keep-al
expect "--json" _swarm_tracker "$tracker" status --js
expect "join" _swarm_tracker "$tracker" --first-start j
expect "join" _swarm_tracker "$tracker" --first-start = j
expect "bootstrap join manual" _swarm_tracker "$tracker" --first-start =
expect "--peers-address --peers-address6" _swarm_tracker "$tracker" run --peers-a
expect "auto none" _swarm_tracker "$tracker" --peers-address6 ''
expect "" _swarm_tracker "$tracker" run --no-such-flag
expect "announce" _swarm_peer "$peer" a
expect "--num-want" _swarm_peer "$peer" announce --num
expect "started stopped" _swarm_peer "$peer" announce --event st
expect "" _swarm_peer "$peer" announce --port 6

mkdir -p "$scratch/folder"
expect "$scratch/folder" _swarm_tracker "$tracker" --data-directory "$scratch/fol"
expect "$scratch/folder" _swarm_tracker "$tracker" --allow-list "$scratch/fol"
[[ " $(offers _swarm_tracker "$tracker" --interface '') " == *" lo "* ]] ||
  fail "the loopback interface is not offered"

# Contents are files, and those that the database knows.
expect "share status" _swarm_peer "$peer" s
expect "$scratch/folder" _swarm_peer "$peer" share "$scratch/fol"
expect "$scratch/folder" _swarm_peer "$peer" fetch x.torrent -o "$scratch/fol"
expect "" _swarm_peer "$peer" fetch --port "$scratch/fol"
cat >"$scratch/peer" <<'END'
#!/bin/sh
set -eu
[ "$*" = "status --json" ]
echo '{"what":"content","content":"0123456789abcdef0123456789abcdef01234567","name":"film"}'
END
chmod +x "$scratch/peer"
for command in status fetch verify share forget; do
  expect "0123456789abcdef0123456789abcdef01234567" _swarm_peer "$scratch/peer" "$command" 01
done

# The numbers of the members are those that a running instance tells.
cat >"$scratch/tracker" <<'END'
#!/bin/sh
set -eu
[ "$*" = "status --json" ]
echo '{"member":7,"members":[{"id":2,"address":"10.0.0.2:7000"},{"id":12},{"id":3}]}'
END
chmod +x "$scratch/tracker"
expect "12 2 3" _swarm_tracker "$scratch/tracker" remove ''
expect "12" _swarm_tracker "$scratch/tracker" remove 1

# What the completion knows by itself is what the programs know.
"$tracker" --help >"$scratch/tracker-help"
"$peer" --help >"$scratch/peer-help"
for word in $(offers _swarm_tracker "$tracker" '') bootstrap join manual majority in-sync error \
  warning notice info debug automatic text journal json; do
  grep -qw -e "$word" "$scratch/tracker-help" || fail "swarm-tracker --help does not know $word"
done
for word in $(offers _swarm_peer "$peer" '') started completed stopped none; do
  grep -qw -e "$word" "$scratch/peer-help" || fail "swarm-peer --help does not know $word"
done
