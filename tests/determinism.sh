#!/usr/bin/env bash
# The same scenario and seeds give the same fingerprints: run twice, and in every build given.
# Usage: tests/determinism.sh SWARM_SIM [SWARM_SIM...]
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: ${0##*/} SWARM_SIM [SWARM_SIM...]" >&2; exit 2; }
scenarios=$(cd "$(dirname "$0")/../scenarios" && pwd)
names=(master-crash lossy-network slave-joins churn)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# fingerprints PROGRAM NAME FOLDER: those of two runs, and the exit code.
fingerprints() {
  local code=0
  "$1" run "$scenarios/$2.yaml" --seed 7 --runs 2 -o "$3" --quiet >"$3.log" 2>&1 || code=$?
  case $code in
    0 | 1 | 3) ;;  # whether the expectations hold is for other tests
    *)
      tail -n 20 "$3.log" >&2
      echo "$1 ended with $code on $2" >&2
      return 1
      ;;
  esac
  grep -oE '"fingerprint"[[:space:]]*:[[:space:]]*[^],}]*' "$3/summary.json" || {
    echo "$3/summary.json has no fingerprint" >&2
    return 1
  }
  echo "exit code $code"
}

programs=("$1" "$@")
wrong=0
for name in "${names[@]}"; do
  first=''
  for i in "${!programs[@]}"; do
    found=$(fingerprints "${programs[$i]}" "$name" "$folder/$name-$i")
    [ "$i" -gt 0 ] || first=$found
    if [ "$found" != "$first" ]; then
      echo "$name: ${programs[0]} and ${programs[$i]} differ:" >&2
      diff <(echo "$first") <(echo "$found") >&2 || true
      wrong=1
    fi
  done
  echo "$name: $(echo "$first" | grep -c fingerprint) fingerprints, ${#programs[@]} times compared"
done
exit "$wrong"
