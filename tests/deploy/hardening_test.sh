#!/usr/bin/env bash
# What reads bytes of strangers is built so that a mistake is hard to exploit: loaded at an address
# that nobody knows, with tables that are read-only, a stack that is not executable and is checked.
# Usage: hardening_test.sh PROGRAM...
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
needs readelf binutils
needs objdump binutils
wrong=0

# has PROGRAM WHAT PATTERN: readelf prints a line of that pattern.
has() {
  grep -qE -e "$3" "$scratch/elf" && return
  echo "${1##*/}: $2 is missing" >&2
  wrong=1
}

for program in "$@"; do
  readelf --wide --file-header --program-headers --dynamic --symbols "$program" >"$scratch/elf"
  has "$program" "the position independent executable (-pie)" '^ *Type: +DYN '
  has "$program" "the read-only part of what is relocated (-z relro)" '^ *GNU_RELRO '
  has "$program" "that all symbols are bound at the start (-z now)" '\((BIND_)?NOW\)|Flags: .*NOW'
  has "$program" "the stack that is not executable" '^ *GNU_STACK .* RW '
  # Libraries of others that are linked in have a few.
  checks=$(objdump --disassemble "$program" | grep -cE '(call|bl) .*<__stack_chk_fail' || true)
  [ "$checks" -ge 100 ] || {
    echo "${program##*/}: only $checks functions check their stack (-fstack-protector-strong)" >&2
    wrong=1
  }
done
exit "$wrong"
