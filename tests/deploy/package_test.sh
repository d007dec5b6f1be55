#!/usr/bin/env bash
# The Debian package has what it should, and nothing else; its scripts work where nothing runs yet.
# Usage: package_test.sh BUILD_FOLDER
set -euo pipefail
# shellcheck source=tests/deploy/common.sh
. "$(dirname "$0")/common.sh"
build=$1
needs cpack cmake
needs dpkg-deb dpkg
needs dpkg-shlibdeps dpkg-dev
needs file file

cpack --config "$build/CPackConfig.cmake" -B "$scratch/package" >"$scratch/log" 2>&1 || {
  cat "$scratch/log"
  fail "cpack failed"
}
packages=("$scratch"/package/*.deb)
[ ${#packages[@]} -eq 1 ] || fail "there should be one package, not ${#packages[@]}"
package=${packages[0]}
dpkg-deb --info "$package"

cat >"$scratch/wanted" <<'END'
-rw-r--r-- root/root ./etc/swarm-tracker/swarm-tracker.conf
-rwxr-xr-x root/root ./usr/bin/swarm-peer
-rwxr-xr-x root/root ./usr/bin/swarm-tracker
-rw-r--r-- root/root ./usr/lib/sysctl.d/30-swarm-tracker.conf
-rw-r--r-- root/root ./usr/lib/systemd/system/swarm-tracker.service
-rw-r--r-- root/root ./usr/lib/sysusers.d/swarm-tracker.conf
-rw-r--r-- root/root ./usr/share/bash-completion/completions/swarm-peer
-rw-r--r-- root/root ./usr/share/bash-completion/completions/swarm-tracker
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/FAILURE-MODEL.md
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/OPERATING.md
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/PEERS.md
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/PROTOCOL.md
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/README.md
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/SECURITY.md
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/changelog.gz
-rw-r--r-- root/root ./usr/share/doc/swarm-tracker/copyright
-rw-r--r-- root/root ./usr/share/man/man1/swarm-peer.1.gz
-rw-r--r-- root/root ./usr/share/man/man8/swarm-tracker.8.gz
END
dpkg-deb --contents "$package" | awk '!/^d/ { print $1, $2, $6 }' | sort -k3 >"$scratch/there"
LC_ALL=C sort -k3 "$scratch/wanted" -o "$scratch/wanted"
LC_ALL=C sort -k3 "$scratch/there" -o "$scratch/there"
diff "$scratch/wanted" "$scratch/there" || fail "the package has other files (>) than wanted (<)"

depends=$(dpkg-deb --field "$package" Depends)
for library in libsodium libsqlite3 libsystemd systemd-sysusers; do
  [[ $depends == *$library* ]] || fail "the package does not depend on $library: $depends"
done

root=$scratch/root
dpkg-deb --extract "$package" "$root"
dpkg-deb --control "$package" "$scratch/control"
[ "$(cat "$scratch/control/conffiles")" = /etc/swarm-tracker/swarm-tracker.conf ] ||
  fail "the configuration is no conffile"
"$root/usr/bin/swarm-tracker" print-config | cmp - "$root/etc/swarm-tracker/swarm-tracker.conf"
"$root/usr/bin/swarm-tracker" --version
"$root/usr/bin/swarm-peer" --version

for script in postinst prerm postrm; do
  [ -x "$scratch/control/$script" ] || fail "$script is not executable"
  sh -n "$scratch/control/$script"
done

# The life of a package in a root of its own, with no service manager. Only root may change owners.
if [ "$(id -u)" -ne 0 ] || ! command -v systemd-sysusers >/dev/null; then
  echo "the scripts were not run: that takes root and systemd-sysusers"
  exit 0
fi
run() {
  local script=$1
  shift
  DPKG_ROOT=$root DPKG_MAINTSCRIPT_PACKAGE=swarm-tracker "$scratch/control/$script" "$@" ||
    fail "$script $* failed"
}
run postinst configure ""
folder=$(stat -c '%a %u %g' "$root/etc/swarm-tracker")
group=$(awk -F: '$1 == "swarm-tracker" { print $3 }' "$root/etc/group")
[ "$folder" = "750 0 $group" ] || fail "/etc/swarm-tracker is '$folder', not '750 0 $group'"
mkdir -p "$root/var/lib/swarm-tracker"
touch "$root/var/lib/swarm-tracker/tracker.db" "$root/etc/swarm-tracker/secret"
chmod 0700 "$root/etc/swarm-tracker"
run postinst configure 0.0.9 # an upgrade leaves what was chosen
[ "$(stat -c %a "$root/etc/swarm-tracker")" = 700 ] || fail "an upgrade changed who may read"
run prerm remove
run postrm remove
[ -e "$root/var/lib/swarm-tracker/tracker.db" ] || fail "a removal took the data along"
run postrm purge
[ ! -e "$root/var/lib/swarm-tracker" ] || fail "a purge left the data"
[ -e "$root/etc/swarm-tracker/secret" ] || fail "a purge took the secret, which is not the package's"
