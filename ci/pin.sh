#!/usr/bin/env bash
# Pins a release, before it is tagged: ci/pin.sh SHA256SUMS
#
# Writes the checksums of its archives into checksums.txt, from where templates/performance.yml and the
# Jenkinsfile of the example get theirs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sums=$(grep -E '^[0-9a-f]{64}  leadbench-[0-9A-Za-z.-]+-(x86_64|aarch64)-unknown-linux-musl\.tar\.gz$' "$1") || true
[ "$(wc -l <<<"$sums")" -eq 2 ] || { echo "error: $1 does not name one archive for each of x86_64 and aarch64" >&2; exit 1; }
{ grep '^#' ci/checksums.txt; printf '%s\n' "$sums"; } >ci/checksums.new
mv ci/checksums.new ci/checksums.txt
for file in templates/performance.yml docs/example/Jenkinsfile; do
  SUMS=$sums awk '
    BEGIN { count = split(ENVIRON["SUMS"], sums, "\n") }
    / leadbench-.*-unknown-linux-musl\.tar\.gz$/ { next }
    { print }
    /checksums of the release/ { match($0, /^ */); for (i = 1; i <= count; i++) print substr($0, 1, RLENGTH) sums[i] }
  ' "$file" >"$file.new"
  cat "$file.new" >"$file"
  rm "$file.new"
done
