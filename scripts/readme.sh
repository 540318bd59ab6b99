#!/usr/bin/env bash
# Runs every command of README.md's `sh` blocks, line by line, and stops at the first that fails.
#
# They run in a copy, so that the reports and keys they leave do not mix with yours. The copy
# keeps its times, so cargo rebuilds only what changed. It lies outside the target folder: of
# sources in there cargo would remember where they were, and miss later changes to yours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target"
CARGO_TARGET_DIR=$(cd "$target" && pwd)
export CARGO_TARGET_DIR
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

files() {
  git ls-files -coz --exclude-standard | while IFS= read -r -d '' file; do
    # A file that was deleted and not yet committed is still listed.
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
  done
}

files | tar --null -T - -cf - | tar -xf - -C "$copy"
cd "$copy"

# `number:command` for each line of each block, continued lines joined.
commands() {
  awk '
    /^```/ { inside = ($0 == "```sh") && !inside; next }
    !inside || /^[[:space:]]*(#|$)/ { next }
    { if (held == "") first = NR }
    /\\$/ { sub(/\\$/, ""); held = held $0; next }
    { print first ":" held $0; held = "" }
  ' README.md
}

count=0
while IFS= read -r entry; do
  command=${entry#*:}
  echo "\$ $command"
  status=0
  bash -euo pipefail -c "$command" </dev/null || status=$?
  case $status in
    0) ;;
    # The tool's own word that this machine was too busy to measure; the command works.
    8) echo "note: README.md:${entry%%:*}: the measurement is invalid on this machine" >&2 ;;
    *)
      echo "error: README.md:${entry%%:*}: exit code $status" >&2
      exit 1
      ;;
  esac
  count=$((count + 1))
done < <(commands)

if [ "$count" -eq 0 ]; then
  echo "error: README.md holds no command" >&2
  exit 1
fi
echo "$count README commands ran"
