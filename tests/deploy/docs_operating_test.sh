#!/usr/bin/env bash
# The commands of OPERATING, in its order, with three hosts: each has an /etc, a /var/lib and a /tmp
# of its own, and its tracker. What acts on a whole machine or on another one stands in for it
# here: ssh, scp, sudo, apt-get and systemctl.
# Usage: docs_operating_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
# shellcheck source=tests/deploy/documents.sh
. "$(dirname "$0")/documents.sh"

hosts=/mnt/hosts
mkdir /mnt/stand-ins
PATH=/mnt/stand-ins:$PATH
declare -A addresses=([alpha]=10.0.0.1 [beta]=10.0.0.2 [gamma]=10.0.0.3)
for host in "${!addresses[@]}"; do
  mkdir -p "$hosts/$host"/{etc,lib,tmp}
  cp /etc/ld.so.* /etc/localtime /etc/nsswitch.conf "$hosts/$host/etc" 2>/dev/null || true
  echo "root:x:0:0::/:/bin/sh
swarm-tracker:x:0:0::/:/bin/false" >"$hosts/$host/etc/passwd"
  echo "root:x:0:
swarm-tracker:x:0:" >"$hosts/$host/etc/group"
  http=none
  [ "$host" != alpha ] || http=127.0.0.1:6980
  cat >"$hosts/$host/environment" <<EOF
export HOST=$host SWARM_TRACKER_NAME=$host SWARM_TRACKER_INTERFACE=${addresses[$host]}
export SWARM_TRACKER_HTTP_ADDRESS=$http SWARM_TRACKER_REMOVAL_SILENCE=2s SWARM_TRACKER_STABILISATION=1s
EOF
done

# stand_in NAME: the rest of it from stdin
stand_in() {
  { echo '#!/usr/bin/env bash' && echo 'set -euo pipefail' && cat; } >"/mnt/stand-ins/$1"
  chmod +x "/mnt/stand-ins/$1"
}
stand_in sudo <<'EOF'
exec "$@"
EOF
stand_in scp <<'EOF'
target=${!#}
cp "${@:1:$#-1}" "/mnt/hosts/${target%%:*}${target#*:}"
EOF
stand_in ssh <<'EOF'
[ "$1" != -t ] || shift
host=/mnt/hosts/$1
[ -d "$host" ] || exit 255
. "$host/environment"
exec unshare --mount bash -euo pipefail -c '
  mount --bind "$0/etc" /etc && mount --bind "$0/lib" /var/lib && mount --bind "$0/tmp" /tmp &&
    cd / && eval "$@"' "$host" "${@:2}"
EOF
stand_in apt-get <<'EOF'
[[ $1 == install && $* == *' -y '* && ${!#} == /tmp/swarm-tracker_*_amd64.deb && -e ${!#} ]]
mkdir -p /etc/swarm-tracker
[ -e /etc/swarm-tracker/swarm-tracker.conf ] ||
  swarm-tracker print-config >/etc/swarm-tracker/swarm-tracker.conf
[ ! -e "/mnt/hosts/$HOST/pid" ] || systemctl restart swarm-tracker
EOF
# As the unit does: it makes the folder (StateDirectory), and waits until the service is ready.
stand_in systemctl <<'EOF'
[ "${!#}" = swarm-tracker ]
pid=/mnt/hosts/$HOST/pid log=/mnt/hosts/$HOST/log
if [[ $1 == stop || $1 == restart ]]; then
  kill "$(<"$pid")"
  tail --pid="$(<"$pid")" -f /dev/null
  rm "$pid"
fi
case $* in
  'enable --now swarm-tracker' | 'start swarm-tracker' | 'restart swarm-tracker')
    install -d -m 700 /var/lib/swarm-tracker
    setsid swarm-tracker run >>"$log" 2>&1 </dev/null &
    echo $! >"$pid"
    until swarm-tracker status >/dev/null 2>&1; do
      kill -0 $! 2>/dev/null || { tail -n 5 "$log" >&2 && exit 1; }
      sleep 0.1
    done
    ;;
  'stop swarm-tracker') ;;
  *) exit 1 ;;
esac
EOF

# on HOST COMMANDS: in a shell of that host
on() { ssh -t "$1" "${*:2}"; }
each_host() {
  local host
  for host in alpha beta gamma; do
    on "$host" "$@"
  done
}

# member HOST: the number that alpha's status has for it
member() {
  on alpha swarm-tracker status | sed -nE "s/^[* ] +([0-9]+) +${addresses[$1]}:.*/\\1/p"
}

# has_members COUNT: alpha knows one master and its slaves, COUNT in all, and nobody else.
has_members() {
  local status
  status=$(on alpha swarm-tracker status)
  [ "$(grep -cE ':7000 +(master|slave) ' <<<"$status")" -eq "$1" ] &&
    [ "$(grep -cE ':7000 ' <<<"$status")" -eq "$1" ]
}

# comes_to COUNT members; when it does not, all that is known is printed.
comes_to() {
  (wait_for "a swarm of $1" has_members "$1") && return
  on alpha swarm-tracker status >&2
  tail -n 10 "$hosts"/*/log >&2
  exit 1
}

# good_configuration: the block is one, on a host that has its addresses.
good_configuration() {
  on alpha "cat >/tmp/part.conf && SWARM_TRACKER_SECRET=the-secret-of-a-trial \
    swarm-tracker check-config --config /tmp/part.conf" <<<"$block"
}

package=swarm-tracker_$(swarm-tracker --version | grep -oE '[0-9.]+' | head -n 1)_amd64.deb
touch "$package"
for address in 192.0.2.1/32 2001:db8::1/128; do
  ip address add "$address" dev eth0
done

read_blocks docs/OPERATING.md
take 'for host in alpha beta gamma'
eval "$block"
comes_to 3

take 'swarm-peer announce'
eval "$block"
take 'first-start = join'
each_host "$block"

each_host systemctl stop swarm-tracker
take 'for i in 1 2 3'
eval "$block"
wait_for "a master" names_a_master /tmp/swarm-1
take 'swarm-tracker status --data-directory'
eval "$block"
kill %1 %2 %3
wait
each_host systemctl start swarm-tracker
comes_to 3

take 'multicast-group = none'
good_configuration

nft add table inet filter
nft add chain inet filter input '{ type filter hook input priority 0; }'
take 'udp dport'
eval "$block"
take 'udp sport'
eval "$block"
[ "$(nft list chain inet filter input | grep -c accept)" -ge 4 ] || fail "rules are missing"

take 'udp://192.0.2.1:6969/announce'
urls=()
for url in $block; do
  urls+=(-a "$url")
done
mktorrent "${urls[@]}" -o /tmp/tiers.torrent "$package" >/dev/null 2>&1
[ "$(grep -aoE 'udp://192\.0\.2\.[1-3]:6969/announce' /tmp/tiers.torrent | sort -u | wc -l)" -eq 3 ]

take 'announce-http-address ='
good_configuration
take 'http-token-file ='
if command -v openssl >/dev/null; then
  on alpha 'umask 077 && cd /etc/swarm-tracker && head -c 24 /dev/urandom | base64 >http-token &&
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=alpha \
      -config <(printf "[req]\ndistinguished_name = dn\n[dn]\n") -keyout tls.key -out tls.crt'
  good_configuration
else
  echo "not run: no openssl makes a certificate here"
fi
on alpha 'tee /etc/swarm-tracker/allow-list /etc/swarm-tracker/deny-list' <<<"# none yet"
take 'allow-list ='
good_configuration
take 'deny-list ='
good_configuration
not_run 'alert:' "Deploy.alerts looks at the rules"

on gamma systemctl stop swarm-tracker
take 'swarm-tracker.damaged'
on gamma "$block"
comes_to 3

on gamma 'systemctl stop swarm-tracker && rm -r /var/lib/swarm-tracker'
take 'systemctl start swarm-tracker'
on gamma "$block"
comes_to 3

on gamma systemctl stop swarm-tracker
take 'swarm-tracker remove 3'
number=$(member gamma)
[ -n "$number" ] || fail "alpha's status names no gamma"
on alpha "${block/3/$number}"
comes_to 2
on gamma 'mv /var/lib/swarm-tracker /var/lib/swarm-tracker.removed && systemctl start swarm-tracker'
comes_to 3

each_host systemctl stop swarm-tracker
take 'swarm-tracker.old'
each_host "$block"
take 'first-start = bootstrap'
each_host "$block"
comes_to 3

take 'apt-get install'
touch "$hosts/alpha/tmp/$(grep -oE 'swarm-tracker_[0-9.]+_amd64.deb' <<<"$block")"
on alpha "$block"

take 'peers-address ='
good_configuration
no_more_blocks
each_host systemctl stop swarm-tracker
