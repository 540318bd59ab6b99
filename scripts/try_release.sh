#!/usr/bin/env bash
# Tries a built program alone in an empty folder, as someone who has only downloaded it: try_release.sh FILE
set -euo pipefail

program=$(readlink -e "${1:?usage: scripts/try_release.sh FILE}") || { echo "error: there is no file $1" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$program" "$work/leadbench"
cd "$work"

# Nothing of the caller's surroundings helps it.
alone() {
  env -i PATH=/nowhere HOME="$work" ./leadbench "$@"
}

# Not ldd, which also calls a program static that names a loader.
if command -v readelf >/dev/null && readelf --program-headers ./leadbench | grep -q INTERP; then
  echo "error: the program needs a loader, so it is not static" >&2
  exit 1
fi
alone --version
alone init
# 8: other work on this machine spoiled the measurement, which says nothing about the program.
code=0
alone run converted-lead.toml --ui none >report.txt || code=$?
if [[ ! $code =~ ^(0|8)$ ]]; then
  cat report.txt
  echo "error: the main job ended with exit code $code" >&2
  exit 1
fi
head -n 3 report.txt
[ "$(find reports -name summary.json | wc -l)" -eq 1 ]
alone search converted-lead.toml --help >/dev/null
alone doctor >/dev/null
alone man | grep -q '^.TH leadbench 1'
alone completions bash | bash -n
alone sign --bits 2048 --for 200ms
echo "the program alone in an empty folder: all as expected; $(stat -c %s ./leadbench) bytes"
