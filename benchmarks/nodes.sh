# What benches of whole nodes have in common; to be sourced. Sets ROOT and FOLDER, a temporary folder that
# goes at the end with the nodes in `nodes`. A bench that has more to clean up defines clean_up_more.
ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/sampo-bench-XXXXXX")
readonly ROOT FOLDER PATIENCE_S=600
nodes=()

stop_nodes() {
  if ((${#nodes[@]})); then
    kill "${nodes[@]}" 2>/dev/null || true
    wait "${nodes[@]}" 2>/dev/null || true
  fi
  nodes=()
}

clean_up() {
  stop_nodes
  if declare -F clean_up_more >/dev/null; then
    clean_up_more
  fi
  rm -rf "$FOLDER"
}
trap clean_up EXIT

# Waits until a command succeeds; says what the logs ended with if it never does.
await() {
  local until=$((SECONDS + PATIENCE_S))
  until "$@"; do
    if ((SECONDS > until)); then
      echo "$(basename "$0"): never came: $*" >&2
      find "$FOLDER" -name '*.log' -exec tail -n 5 {} + >&2
      exit 1
    fi
    sleep 0.1
  done
}

await_event() {
  await grep -Eqs "\"event\":\"$2" "$1"
}

# From lines of events to their times in ms.
event_times() {
  grep -o '"t":[0-9]*' | cut -d: -f2
}

# The median of the gaps between numbers, a line each.
median_gap() {
  awk 'NR > 1 {print $1 - last} {last = $1}' | sort -n | awk '{d[NR] = $1} END {print d[int((NR + 1) / 2)]}'
}
