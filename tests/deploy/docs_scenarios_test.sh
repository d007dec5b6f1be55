#!/usr/bin/env bash
# The commands and scenarios of SCENARIOS and FAILURE-MODEL, in their order. What takes minutes is
# run with smaller figures, or in scripts_test.sh.
# Usage: docs_scenarios_test.sh FOLDER_OF_PROGRAMS
set -euo pipefail
# shellcheck source=tests/deploy/documents.sh
. "$(dirname "$0")/documents.sh"

# runs_as_it_is: the block is a scenario.
runs_as_it_is() {
  echo "$block" >scenarios/of-the-document.yaml
  swarm-sim run scenarios/of-the-document.yaml
}

# good_as_part [LINES]: with LINES before it the block is one.
good_as_part() {
  printf 'name: a part\nduration: 3700s\nswarm: { trackers: 5 }\n%s' "$block" >scenarios/part.yaml
  swarm-sim check scenarios/part.yaml
}

read_blocks docs/SCENARIOS.md
take 'partition: [[master, any-slave], rest]'
runs_as_it_is
take 'exchange:'
good_as_part
take 'clients:'
good_as_part
take 'recorder:'
good_as_part
take 'random:'
good_as_part
take 'swarm-sim storm --seeds 1000'
block=${block/1000/4}
eval "${block/20/4}"
no_more_blocks

read_blocks docs/FAILURE-MODEL.md
take 'swarm-sim run scenarios/NAME.yaml'
eval "${block/NAME/master-crash}"
not_run 'swarm-sim run scenarios/soak.yaml' "40 hours of simulated time: scripts_test.sh"
not_run 'scripts/lab/large join' "more than a million registrations: scripts_test.sh"
take 'name: faults of slaves'
runs_as_it_is
take 'only t2 hears a quorum'
runs_as_it_is
take '--vary clock.drift='
eval "$block"
no_more_blocks
