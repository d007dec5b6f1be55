# Functions that the scripts share. A script sources this file, and never runs it. The file changes
# the working directory to the project's folder.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# quietly WHAT LOG COMMAND...: runs COMMAND, and prints that it does WHAT, and how long it took. The
# output of COMMAND goes to the file LOG, and is shown only if COMMAND fails.
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

# build PRESET [TARGET...]: configures and builds the targets; without targets, everything.
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

# run_tests PRESET: runs all tests that ctest knows, and prints its closing lines.
run_tests() {
  local log=build/$1-tests.log
  quietly "testing ($1)" "$log" \
    ctest --preset "$1" --parallel "$(nproc)" --no-tests=error
  grep -E 'tests passed|Total Test time' "$log"
}
