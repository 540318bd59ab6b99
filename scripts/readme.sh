#!/usr/bin/env bash
# Runs every command of the `sh` blocks of README.md and docs/*.md, line by line, and stops at the
# first that fails.
#
# The program is the one that the tests have built, so nothing is compiled twice; LEADBENCH names
# another. The commands run in a copy of the repository, so that the reports and keys they leave do
# not mix with yours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${LEADBENCH-}" ]; then
  cargo build --quiet --locked --bins --features full
  LEADBENCH=${CARGO_TARGET_DIR:-target}/debug/leadbench
fi
LEADBENCH=$(realpath "$LEADBENCH")
unset LEADBENCH_KEYS
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

files() {
  git ls-files -coz --exclude-standard | while IFS= read -r -d '' file; do
    # A file that was deleted and not yet committed is still listed.
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
  done
}

mkdir "$copy/bin" "$copy/work"
ln -s "$LEADBENCH" "$copy/bin/leadbench"
export PATH="$copy/bin:$PATH"
files | tar --null -T - -cf - | tar -xf - -C "$copy/work"
cd "$copy/work"

# `file:line:command` for each line of each block, continued lines joined.
commands() {
  awk '
    FNR == 1 { inside = 0 }
    /^```/ { inside = ($0 == "```sh") && !inside; next }
    !inside || /^[[:space:]]*(#|$)/ { next }
    { if (held == "") first = FILENAME ":" FNR }
    /\\$/ { sub(/\\$/, ""); held = held $0; next }
    { print first ":" held $0; held = "" }
  ' README.md docs/*.md
}

count=0
while IFS=: read -r file line command; do
  echo "\$ $command"
  status=0
  # What a reader builds first is built here already.
  command=${command/#cargo run --release --/leadbench}
  bash -euo pipefail -c "$command" </dev/null || status=$?
  case $status in
    0) ;;
    # The tool's own word that this machine was too busy to measure; the command works.
    8) echo "note: $file:$line: the measurement is invalid on this machine" >&2 ;;
    *)
      echo "error: $file:$line: exit code $status" >&2
      exit 1
      ;;
  esac
  count=$((count + 1))
done < <(commands)

if [ "$count" -eq 0 ]; then
  echo "error: README.md and docs hold no command" >&2
  exit 1
fi
echo "$count commands of README.md and docs ran"
