#!/usr/bin/env bash
# Every script that README or docs name, in one fresh clone, after one another, with figures that
# make minutes of hours; then the commands of docs that take minutes. For scripts/test --long.
# Usage: scripts_test.sh --check                    only: is there a line for each of them here?
#        scripts_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
cd "$(dirname "$0")/../.."

# What is said after the name of each.
declare -A arguments=(
  [scripts/bench/engine]=--benchmark_min_time=0.05
  [scripts/bench/tracker]=1
  [scripts/bench/transfer]=64
  [scripts/campaign]='--runs 20 master-crash slow-disk churn'
  [scripts/demo]=''
  [scripts/fuzz]=5
  [scripts/lab/garbage]=30
  [scripts/lab/elections]='--runs 2 --storms 20'
  [scripts/lab/large]='join 12 10000'
  [scripts/lab/thin-line]=--quick
  [scripts/lint]=--quick
  [scripts/package]=''
  [scripts/lab/peers-in-namespaces]=16
  [scripts/lab/raft-figure-16]=10
)
# Why some are not run.
declare -A left_out=(
  [scripts/lab/real-clients]="it installs clients whose services Debian starts on this machine"
  [scripts/sanitize]="scripts/test --long runs it in its own folder, where half of it is built"
  [scripts/test]="it runs this"
)

# As the documents name them: README's table of folders leaves scripts/ out.
named=$({
  grep -ohE 'scripts/[a-z0-9/-]*[a-z0-9]' README.md docs/*.md
  grep -E '^\| `scripts/`' README.md | grep -oE '`[a-z0-9/-]*[a-z0-9]`' | tr -d '`' | sed 's|^|scripts/|'
} | sort -u)
for script in $named; do
  [ -x "$script" ] || fail "there is no $script"
  [[ -v arguments[$script] || -v left_out[$script] ]] ||
    fail "the documents name $script: it is neither run by $0 nor left out with a reason"
done
for script in "${!arguments[@]}" "${!left_out[@]}"; do
  grep -qx "$script" <<<"$named" || fail "no document names $script"
done
[ "$1" != --check ] || exit 0

programs=$(realpath "$1")
git ls-files -z | tar --null --files-from=- -cf - | tar -xf - -C "$scratch"
cd "$scratch"

# Those that only measure use what is built already; the others build.
export PROGRAMS=$programs ROUNDS=1
failed=()
run() {
  local log=$scratch/log begin=$SECONDS code=0
  "$@" >"$log" 2>&1 </dev/null || code=$?
  echo "$* ended with $code after $((SECONDS - begin)) s"
  # 3: so few runs have not shown enough.
  [[ $code -eq 0 || ($code -eq 3 && $* == *--runs*) ]] || {
    tail -n 30 "$log"
    failed+=("$*")
  }
}
for script in $named; do
  [[ -v arguments[$script] ]] || continue
  read -ra more <<<"${arguments[$script]}"
  run "$script" "${more[@]}"
done
PATH=$programs:$PATH
for words in 'swarm-sim run scenarios/soak.yaml --runs 40' 'swarm-sim storm --seeds 1000' \
  'swarm-sim run scenarios/large-swarm.yaml' 'SETTINGS='; do
  command=$(grep -ohE "^$words.*" README.md docs/*.md | head -n 1 || true)
  [ -n "$command" ] || fail "no document has this command any more: $words"
  run bash -c "${command/%join/join 12 10000}"
done
[ ${#failed[@]} -eq 0 ] || fail "failed: $(printf '\n  %s' "${failed[@]}")"
