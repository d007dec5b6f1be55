# Three swarm-trackers on loopback, for the scripts that measure or torment them. A script sources
# this file after scripts/common.sh, and never runs it. $programs must be the folder of the build.
# When the script exits, all processes that it started with the functions of this file are ended.
# shellcheck shell=bash

tracker_program=${programs:?}/swarm-tracker
# This run has its own addresses and ports, so it disturbs no other run and no swarm in the network.
run_number=$((64 + $$ % 64)).$(($$ / 64 % 256))
tracker_network=127.$run_number  # instance N is at .N
tracker_group=239.255.$run_number
tracker_cluster_port=17000
tracker_peers_port=16969
tracker_http_port=16980
tracker_secret=not-much-of-a-secret

work_folder=$(mktemp -d "${TMPDIR:-/tmp}/swarm.XXXXXX")
chmod 755 "$work_folder"  # opentracker runs as another user, and reads files there
started=()                # pids of the processes that start() has started
tracker_pids=()           # pids of the supervisors; the index is the tracker's number

end_all() {
  [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
  local pid tries
  for pid in "${started[@]}"; do
    for ((tries = 0; tries < 150; ++tries)); do
      kill -0 "$pid" 2>/dev/null || continue 2
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
  started=()
}

at_exit() {
  end_all
  rm -rf "$work_folder"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

# start LOG COMMAND...: starts COMMAND in the background, and sets $last_pid to its pid.
start() {
  local log=$1
  shift
  "$@" >>"$log" 2>&1 &
  last_pid=$!
  started+=("$last_pid")
}

# start_tracker NUMBER [KEY OF swarm-tracker...]: starts that tracker, for the first time or again.
start_tracker() {
  local folder=$work_folder/tracker-$1 address=$tracker_network.$1
  mkdir -p "$folder"
  SWARM_TRACKER_SECRET=$tracker_secret start "$folder.log" "$tracker_program" run \
    --name "t$1" --data-directory "$folder" --interface lo \
    --cluster-address "$address" --cluster-port "$tracker_cluster_port" \
    --peers-address "$address" --peers-port "$tracker_peers_port" \
    --multicast-group "$tracker_group" --http-address "$address:$tracker_http_port" \
    "${@:2}"
  tracker_pids[$1]=$last_pid
}

# stop_tracker NUMBER: stops that tracker, and waits until its processes have ended.
stop_tracker() {
  kill "${tracker_pids[$1]}"
  wait "${tracker_pids[$1]}" || true
}

# start_trackers [KEY OF swarm-tracker...]: starts all three, and waits until one is master.
start_trackers() {
  local i
  for i in 1 2 3; do start_tracker "$i" "$@"; done
  wait_for_master
}

tracker_status() {
  "$tracker_program" status --json --data-directory "$work_folder/tracker-$1" 2>/dev/null
}

# figure KEY: prints the first number of that key in the JSON on stdin.
figure() {
  grep -oE "\"$1\"[[:space:]]*:[[:space:]]*[-+.eE0-9]+" | head -n 1 | grep -oE '[-+.eE0-9]+$' || true
}

# Waits until all three trackers are ready, and one of them answers peers. Sets $master to the
# number of the tracker that answers.
wait_for_master() {
  local tries i status ready
  for ((tries = 0; tries < 200; ++tries)); do
    ready=0 master=
    for i in 1 2 3; do
      status=$(tracker_status "$i") || continue
      [[ $status != *'"ready":true'* ]] || ready=$((ready + 1))
      [[ $status != *'"serving":true'* ]] || master=$i
    done
    [ "$ready" -lt 3 ] || [ -z "$master" ] || return 0
    sleep 0.1
  done
  tail -n 5 "$work_folder"/tracker-?.log >&2
  fail "the three trackers have no master after 20 s"
}

master_pid() {
  tracker_status "$master" | figure pid
}
