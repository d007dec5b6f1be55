# Completion of swarm-tracker and swarm-peer for bash. Each completion asks the program: --help for
# the flags, and the instance that runs on this host for the numbers of the members.
# shellcheck shell=bash

_swarm_flags() {
  "$1" --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]+[a-z0-9]' | sort -u
}

_swarm_members() {
  "$1" status --json 2>/dev/null | grep -oE '"id":[0-9]+' | cut -d: -f2
}

_swarm_interfaces() {
  local path
  for path in /sys/class/net/*; do
    [ -d "$path" ] && echo "${path##*/}"
  done
}

# Prints the possible values of a flag. Prints nothing if the flag accepts any value.
_swarm_values() {
  case $1 in
    --interface | -i) _swarm_interfaces ;;
    --event | -e) echo started completed stopped none ;;
    --first-start) echo bootstrap join manual ;;
    --ready) echo majority in-sync ;;
    --log-level) echo error warning notice info debug ;;
    --peers-address6) echo auto none ;;
    --log-format) echo automatic text journal json ;;
  esac
}

# _swarm_offer CURRENT WORD...: offers the words that begin with CURRENT.
_swarm_offer() {
  local current=$1
  shift
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$current")
}

# _swarm_value FLAG CURRENT: if FLAG takes a file or one of a few values, offers these and returns
# true.
_swarm_value() {
  local values
  case $1 in
    --config | --secret-file | --data-directory | --control-socket | --trace-file | \
      --allow-list | --deny-list | \
      --output | -o | --from | --state)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$2")
      return 0
      ;;
  esac
  values=$(_swarm_values "$1")
  [ -n "$values" ] && _swarm_offer "$2" "$values"
}

# _swarm PROGRAM "COMMANDS": completes a command as the first word, then flags and their values.
_swarm() {
  local program=$1 commands=$2 current previous
  current=${COMP_WORDS[COMP_CWORD]}
  previous=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [ "$current" = = ]; then # --flag=
    current=
  elif [ "$previous" = = ]; then # --flag=val
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if _swarm_value "$previous" "$current"; then
    return
  elif [[ $current == -* ]]; then
    _swarm_offer "$current" "$(_swarm_flags "$program")"
  elif [ "$previous" = remove ]; then
    _swarm_offer "$current" "$(_swarm_members "$program")"
  elif [ "$COMP_CWORD" -eq 1 ]; then
    _swarm_offer "$current" "$commands"
  fi
}

_swarm_tracker() {
  _swarm "$1" "run check-config print-config status handover remove leave init join"
}

# Prints the info-hashes of the contents in this user's state folder.
_swarm_contents() {
  "$1" status --json 2>/dev/null | grep -oE '"content":"[0-9a-f]{40}"' | cut -d'"' -f4
}

# True if its argument is a flag that takes a value.
_swarm_wants_value() {
  case $1 in
    --force | --overwrite | --seed | --yield | --no-offload | --quiet | --json) return 1 ;;
    -*) return 0 ;;
    *) return 1 ;;
  esac
}

_swarm_peer() {
  local command=${COMP_WORDS[1]} current=$2
  _swarm "$1" "share fetch status verify forget announce declare watch"
  if [ ${#COMPREPLY[@]} -gt 0 ] || [ "$COMP_CWORD" -eq 1 ] || [[ $current == -* ]] ||
    _swarm_wants_value "$3"; then
    return
  fi
  case $command in
    share | fetch | verify | status | forget)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current"
        compgen -W "$(_swarm_contents "$1")" -- "$current")
      ;;
  esac
}

complete -F _swarm_tracker swarm-tracker
complete -F _swarm_peer swarm-peer
