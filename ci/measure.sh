#!/usr/bin/env bash
# Calls leadbench, and keeps its exit code for finish.sh, so that reports are published before the job fails.
#
# Reads LEADBENCH_COMMAND, LEADBENCH_SCENARIO, LEADBENCH_ARGS and LEADBENCH_DIRECTORY.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/say.sh
. "$here/say.sh"
# shellcheck source=ci/words.sh
. "$here/words.sh"

# The file of each command that people read; its folder has all others.
case $LEADBENCH_COMMAND in
  run) report=summary.md parent=--out ;;
  duel) report=comparison.md parent=--reports ;;
  search) report=search.md parent=--out ;;
  *) fail "command is not one of install, run, duel, search: $LEADBENCH_COMMAND" "set command: run" ;;
esac
[ -n "$LEADBENCH_SCENARIO" ] || fail "scenario is missing" "set scenario: perf/leads.toml"
cd -- "$LEADBENCH_DIRECTORY" || fail "there is no folder $LEADBENCH_DIRECTORY" "correct working-directory"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
words "$LEADBENCH_ARGS" || fail "args has a quote without its partner, or a line break within quotes" "quotes protect spaces: --set 'load.rate=20/s'"
for word in "${words[@]}"; do
  case $word in
    --out | --out=* | --reports | --reports=*)
      fail "args has $word, but the action chooses the folder" "use its output: steps.ID.outputs.folder" ;;
  esac
done

reports=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/leadbench-reports.XXXXXX")
leadbench "$LEADBENCH_COMMAND" "$parent" "$reports" "${words[@]}" -- "$LEADBENCH_SCENARIO" &
child=$!
# A cancelled job gives its processes a few seconds. leadbench writes its reports then. It gets SIGTERM, because a
# process in the background begins with SIGINT ignored.
trap 'kill -TERM "$child" 2>/dev/null || true' INT TERM
# A signal interrupts `wait`, whose code is then the signal's. The last `wait` has that of leadbench.
while kill -0 "$child" 2>/dev/null; do
  wait "$child" || true
done
code=0
wait "$child" || code=$?

# Without a report of its own (an early end), the newest run shows what was done.
found=$(find "$reports" -name "$report" -print -quit)
[ -n "$found" ] || found=$(find "$reports" -name summary.md -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
folder=
[ -z "$(find "$reports" -type f -print -quit)" ] || folder=$reports
[ -z "$found" ] || [ "${found##*/}" != "$report" ] || folder=$(dirname "$found")

[ "$code" -ne 0 ] || [ -n "$found" ] ||
  fail "leadbench measured nothing" "remove --dry-run, --help or --version from args"

output exit-code "$code"
output verdict "$("$here/verdict.sh" "$code")"
output report "$found"
output folder "$folder"
