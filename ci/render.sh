#!/usr/bin/env bash
# Renders the report of a run that nobody here has made, from its figures.
#
# The texts that a fork's run left behind are not used. leadbench reads its figures, refuses those that
# contradict themselves, and escapes what it quotes. Reads LEADBENCH_FOLDER.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/say.sh
. "$here/say.sh"

# Seconds and files are limits on what a hostile run can cost.
readonly SECONDS_MAX=120 FILES_MAX=5000

none() {
  say warning "no comment: $1"
  exit 0
}

[ -d "$LEADBENCH_FOLDER" ] || none "the run left no report"
cd -- "$LEADBENCH_FOLDER"
[ -z "$(find . ! -type f ! -type d -print -quit)" ] || none "the report contains something that is neither a file nor a folder"
[ "$(find . | head -n $((FILES_MAX + 1)) | wc -l)" -le "$FILES_MAX" ] || none "the report has more than $FILES_MAX files"

out=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/leadbench-render.XXXXXX")
code=0
if [ -f comparison.json ]; then
  timeout "$SECONDS_MAX" leadbench compare ./baseline ./candidate --out "$out" >"$out/log" 2>&1 || code=$?
else
  timeout "$SECONDS_MAX" leadbench report . --out "$out" >"$out/log" 2>&1 || code=$?
fi
for name in comparison.md search.md summary.md; do
  [ ! -f "$out/$name" ] || { output report "$out/$name"; exit 0; }
done
none "leadbench cannot render the report (exit code $code)"
