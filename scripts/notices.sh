#!/usr/bin/env bash
# The licences of all crates that are in the program, with their texts and copyright notices, as these licences ask
# of whoever hands the program on: notices.sh FILE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v cargo-about >/dev/null; then
  echo "error: cargo-about is missing" >&2
  echo "hint: cargo install cargo-about --locked --features cli" >&2
  exit 1
fi
cargo about generate --locked --fail --features full --config packaging/about.toml --output-file "$1" packaging/third-party.hbs
echo "$(grep -c '^  [a-z]' "$1") crates in $1"
