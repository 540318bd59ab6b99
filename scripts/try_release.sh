#!/usr/bin/env bash
# Tries a built program alone in an empty folder, as someone who has only downloaded it: try_release.sh FILE
set -euo pipefail

program=$(readlink -f "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$program" "$work/leadbench"
cd "$work"

# Nothing of the caller's surroundings helps it.
alone() {
  env -i PATH=/nowhere HOME="$work" ./leadbench "$@"
}

if command -v ldd >/dev/null; then
  linked=$(ldd ./leadbench 2>&1 || true)
  case $linked in
    *"not a dynamic executable"* | *"statically linked"*) ;;
    *) echo "error: the program needs libraries: $linked" >&2; exit 1 ;;
  esac
fi
alone --version
alone init
alone run converted-lead.toml --ui none >report.txt
head -n 3 report.txt
[ "$(find reports -name summary.json | wc -l)" -eq 1 ]
alone search converted-lead.toml --help >/dev/null
alone doctor >/dev/null
alone man | grep -q '^.TH leadbench 1'
alone completions bash | bash -n
alone sign --bits 2048 --for 200ms
echo "the program alone in an empty folder: all as expected; $(stat -c %s ./leadbench) bytes"
