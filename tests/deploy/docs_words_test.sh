#!/usr/bin/env bash
# What README, CONTRIBUTING and docs name within a sentence is there: scripts, programs of tests, scenarios, and
# the commands and options of the three programs. The documents that no other test runs have no
# commands in a block.
# Usage: docs_words_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
# shellcheck source=tests/deploy/documents.sh
. "$(dirname "$0")/documents.sh"

read_blocks docs/ARCHITECTURE.md
not_run 'next_wake()' "a drawing"
not_run 'lifeline' "a drawing"
not_run 'replica_receive' "a drawing"
no_more_blocks
read_blocks docs/PROTOCOL.md
for words in 'request   := connect' 'request   := connect' 'target    :=' 'datagram := "TSP"' 'hello ' \
  'datagram := clear' 'type  message' 'A -> B   OPEN' 'operation := 1' 'snapshot :='; do
  not_run "$words" "a grammar or a drawing"
done
no_more_blocks
read_blocks docs/GLOSSARY.md
no_more_blocks
nft add table inet filter
nft add chain inet filter input '{ type filter hook input priority 0; }'
read_blocks docs/SECURITY.md
for words in 'iifname' 'ip saddr'; do
  take "$words"
  eval "$block"
done
no_more_blocks
[ "$(nft list chain inet filter input | grep -c 'udp dport 7000 drop')" -eq 2 ] ||
  fail "rules of docs/SECURITY.md are missing"
read_blocks CONTRIBUTING.md
not_run 'cmake --preset release' "it builds everything"
not_run 'scripts/test' "it builds and tests everything"
not_run 'SWARM_WRITE_GOLDEN=1' "it takes what is wrong for right"
no_more_blocks
for document in docs/*.md; do
  case ${document##*/} in
    ARCHITECTURE.md | PROTOCOL.md | GLOSSARY.md | SECURITY.md) ;;
    OPERATING.md | PEERS.md | SCENARIOS.md | FAILURE-MODEL.md) ;; # in their own tests
    *) fail "no test knows $document" ;;
  esac
done

missing=0
complain() {
  echo "$*" >&2
  missing=1
}

# Code within a sentence may go on in the next line.
words=$(awk '/^```/ { block = !block; next } !block' README.md CONTRIBUTING.md docs/*.md | tr '\n' ' ' |
  grep -oE '`[^`]+`' | tr -d '`' | sort -u)
named=0
for program in swarm-sim swarm-tracker swarm-peer; do
  help=$(command "$program" --help)
  while read -r _ arguments; do
    named=$((named + 1))
    [[ ! $arguments =~ ^([a-z][a-z-]+) ]] ||
      grep -qE "^(Usage:)? +([a-z-]+, )*(swarm-[a-z]+ )?${BASH_REMATCH[1]}([ ,]|$)" <<<"$help" ||
      complain "$program has no command '${BASH_REMATCH[1]}': $program $arguments"
    for option in $(grep -oE -e '(^| )--[a-z][a-z0-9-]*' <<<"$arguments" || true); do
      grep -qE -e "$option([^a-z0-9-]|$)" <<<"$help" ||
        complain "$program has no $option: $program $arguments"
    done
  done < <(grep -E "^(sudo )?$program " <<<"$words" | sed 's/^sudo //')
done
for path in $(grep -oE '(^| )(scripts|scenarios|tests)/[A-Za-z0-9_./-]+' <<<"$words"); do
  [[ $path != *NAME* ]] || continue
  named=$((named + 1))
  [ -e "${path%/}" ] || complain "there is no $path"
done
for path in $(grep -oE '(^| )build/release/tests/[a-z_/]+' <<<"$words"); do
  name=${path##*/}
  named=$((named + 1))
  grep -qE "add_executable\($name |$name" tests/CMakeLists.txt \
    tests/bench/CMakeLists.txt || complain "nothing builds $path"
done
# Each test that docs/SECURITY.md names is there. A long name may go on in the next line.
find tests -name '*_test.cpp' -exec cat {} + | tr -s '\n ' ' ' |
  grep -oE '\bTEST(_F|_P)?\( ?[A-Za-z0-9]+, [A-Za-z0-9]+' |
  sed -E 's/.*\( ?//; s/, /./' | sort -u >/tmp/tests
for test in $(grep -oE '`[A-Za-z0-9]+\.[A-Z][A-Za-z0-9]+`' docs/SECURITY.md | tr -d '`' | sort -u); do
  named=$((named + 1))
  grep -qxF "$test" /tmp/tests || complain "there is no test $test"
done
[ "$named" -ge 30 ] || fail "only $named commands and paths were found"
tests/deploy/scripts_test.sh --check || missing=1
exit "$missing"
