# What the scripts share; sourced by them, never run. After it the working directory is the
# project's.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# quietly WHAT LOG COMMAND...: one line on what is done and how long it took; the output goes to
# the file LOG and is shown only when COMMAND fails.
quietly() {
  local what=$1 log=$2 begin=$SECONDS
  shift 2
  mkdir -p "$(dirname "$log")"
  echo "$what ..." >&2
  if ! "$@" >"$log" 2>&1; then
    tail -n 100 "$log" >&2
    fail "failed: $what (all of it in $log)"
  fi
  echo "$what: done in $((SECONDS - begin)) s" >&2
}

# build PRESET [TARGET...]
build() {
  local preset=$1 log=build/$1.log targets=()
  shift
  [ $# -eq 0 ] || targets=(--target "$@")
  quietly "building ${*:-everything} ($preset)" "$log" \
    configure_and_build "$preset" "${targets[@]}"
}

configure_and_build() {
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build --preset "$preset" --parallel "$(nproc)" "$@"
}

# run_tests PRESET: everything that ctest knows; its closing lines are printed.
run_tests() {
  local log=build/$1-tests.log
  quietly "testing ($1)" "$log" \
    ctest --preset "$1" --parallel "$(nproc)" --no-tests=error
  grep -E 'tests passed|Total Test time' "$log"
}
