#!/usr/bin/env bash
# Makes the example run in reports/example again: the main job against the embedded target.
#
# With `--render` it only renders the reports again from the summary: for changes of words and looks.
# Run it without `--render` when the summary has a new figure, or when scenarios/converted-lead.toml
# changes. All figures of the example are then new, so README needs its quoted lines again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

leadbench() { cargo run --quiet --release --locked --features full -- "$@"; }

if [ "${1:-}" != --render ]; then
  # Named from here, so that no path of a machine is in what is kept.
  work=target/example
  rm -rf "$work"
  leadbench run scenarios/converted-lead.toml --out "$work" --keys "$work/keys" --ui none
  rm -rf reports/example
  mv "$work"/converted-lead/* reports/example
fi
leadbench report reports/example >/dev/null
