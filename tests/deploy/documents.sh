# The commands of a document, run as it is written; sourced by the tests that do so, never run.
# A test that sources this is run once more, with its own arguments, where network, processes and
# /tmp are its own: in a folder that is new but for the sources of this project. Its first
# argument is the folder of the programs. There is one interface beside lo, eth0, with the default
# route, and the addresses 10.0.0.1 to 10.0.0.3 of trackers and 10.0.0.5 of peers.
# Every block of a document is taken in its order, to be run, or named with the reason why it is
# not; a block that is neither fails the test.
# shellcheck shell=bash

# shellcheck source=tests/deploy/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
if [ -z "${SCRATCH:-}" ]; then
  needs mktorrent mktorrent
  needs curl curl
  needs nft nftables
  inside=(unshare --net --mount --pid --mount-proc --fork --kill-child)
  [ "$(id -u)" -eq 0 ] || inside+=(--map-root-user)
  if ! "${inside[@]}" ip link add eth0 type veth peer name eth1 2>/dev/null; then
    echo "skipped: no namespaces can be made here"
    exit 77
  fi
  programs=$(realpath "$1")
  SCRATCH=$scratch "${inside[@]}" "$(realpath "$0")" "$programs" "${@:2}"
  exit
fi

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir "$SCRATCH/programs" "$SCRATCH/fresh" "$SCRATCH/tmp"
for part in README.md CONTRIBUTING.md docs scenarios scripts tests transport; do
  cp -r "$project/$part" "$SCRATCH/fresh"
done
mount --bind "$1" "$SCRATCH/programs"
mount --rbind "$SCRATCH" /mnt
mount --bind /mnt/tmp /tmp
cd /mnt/fresh || exit # the project itself may be in what was /tmp
PATH=/mnt/programs:$PATH
unset SCRATCH
ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth1 up
ip link set eth0 up
for host in 5 1 2 3; do
  ip address add "10.0.0.$host/24" dev eth0
done
ip route add default via 10.0.0.254 dev eth0
ip route add 239.0.0.0/8 dev lo table 100
ip rule add from 127.0.0.0/8 table 100

set -mE
block=''
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

names_a_master() { command swarm-tracker status --data-directory "$1" | grep -qE '· master [0-9]'; }

# swarm-sim: a command that says no --runs has 4 of them. Exit code 1 is what the documents say of
# their sweeps; 3: so few runs have not shown enough.
swarm-sim() {
  local code=0 runs=(--runs 4)
  [[ $1 =~ ^(plot|check|storm)$ || $* == *--runs* ]] && runs=()
  command swarm-sim "$@" "${runs[@]}" >/tmp/sim.log 2>&1 || code=$?
  [[ $code -eq 0 || ($1 == sweep && $code -eq 1) || (${#runs[@]} -gt 0 && $code -eq 3) ]] ||
    fail "swarm-sim $* ended with $code: $(tail -n 20 /tmp/sim.log)"
}

# read_blocks DOCUMENT: its fenced blocks become blocks and languages.
read_blocks() {
  local line text='' open=false
  document=$1 blocks=() languages=() taken=0
  while IFS= read -r line; do
    if [[ $line != '```'* ]]; then
      [ "$open" = false ] || text+=$line$'\n'
    elif [ "$open" = false ]; then
      open=true text='' languages+=("${line#'```'}")
    else
      open=false blocks+=("$text")
    fi
  done <"$document"
  [ "$open" = false ] || fail "$document: a block has no end"
}

# take WORDS: the next block, which holds WORDS, becomes $block.
take() {
  [ "$taken" -lt "${#blocks[@]}" ] || fail "$document has no further block; looked for: $1"
  block=${blocks[taken]} taken=$((taken + 1))
  [[ $block == *"$1"* ]] ||
    fail "$document: before the block of '$1' is one that this test neither runs nor names: $block"
  echo "== $block"
}

# not_run WORDS REASON: the next block is no command, or cannot be one here.
not_run() {
  take "$1"
  echo "not run: $2"
}

no_more_blocks() {
  [ "$taken" -eq "${#blocks[@]}" ] ||
    fail "$document: a block that this test neither runs nor names: ${blocks[taken]}"
}
