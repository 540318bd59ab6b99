#!/usr/bin/env bash
# The bill of materials as CycloneDX JSON: every crate of the program and of its build, with its version,
# licence and checksum, as Cargo.lock has them: sbom.sh [TARGET]
#
# Without a target it has the crates of all platforms. Written to target/leadbench.cdx.json, and the same for the
# same commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v cargo-cyclonedx >/dev/null; then
  echo "error: cargo-cyclonedx is missing" >&2
  echo "hint: cargo install cargo-cyclonedx --locked" >&2
  exit 1
fi
# It knows no --locked, so the lock file is asked beforehand whether it is up to date.
cargo metadata --locked --format-version 1 >/dev/null
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
cargo cyclonedx --quiet --format json --spec-version 1.5 --features full --target "${1:-all}" --override-filename leadbench.cdx
mkdir -p target
# It writes beside Cargo.toml and nowhere else, with the folder in which it stands.
sed "s|path+file://$PWD#|pkg:cargo/|g; s|?download_url=file://\.||g" leadbench.cdx.json >target/leadbench.cdx.json
rm leadbench.cdx.json
echo "$(grep -c '"purl"' target/leadbench.cdx.json) components in target/leadbench.cdx.json"
