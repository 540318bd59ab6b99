#!/usr/bin/env bash
# Makes the example run in reports/example again: the main job against the embedded target.
# With `--render` its reports are only rendered again from its summary, as when a template changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

leadbench() { cargo run --quiet --release --locked -- "$@"; }

if [ "${1:-}" != --render ]; then
  # Named from here, so that no path of a machine is in what is kept.
  work=target/example
  rm -rf "$work"
  leadbench run scenarios/converted-lead.toml --out "$work" --keys "$work/keys" --ui none
  rm -rf reports/example
  mv "$work"/converted-lead/* reports/example
fi
leadbench report reports/example >/dev/null
