#!/usr/bin/env bash
# Installs leadbench from a release and puts it on the PATH.
#
# Reads LEADBENCH_VERSION; LEADBENCH_SHA256, the checksum of the archive (empty: that of checksums.txt);
# LEADBENCH_RELEASES, a mirror of the releases (empty: GitHub). The tool cache of the runner keeps the
# archive. What is in the cache is checked like a download, each time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=ci/say.sh
. "$here/say.sh"

readonly GITHUB_RELEASES=https://github.com/leadbench/leadbench/releases/download
version=${LEADBENCH_VERSION:-}
version=${version#v}
releases=${LEADBENCH_RELEASES:-$GITHUB_RELEASES}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
  fail "version is not a version: $version" "write it like 0.1.0"

[ "$(uname -s)" = Linux ] ||
  fail "there is no release of leadbench for $(uname -s)" "use a runner with Linux: runs-on: ubuntu-latest"
machine=$(uname -m)
[ "$machine" != arm64 ] || machine=aarch64
[[ $machine =~ ^(x86_64|aarch64)$ ]] ||
  fail "there is no release of leadbench for $machine" "use a runner with x86_64 or aarch64"
for tool in awk curl find gzip sha256sum tar xargs; do
  command -v "$tool" >/dev/null || fail "$tool is missing on this runner" "install $tool in a step before this one"
done

name=leadbench-$version-$machine-unknown-linux-musl
expected=${LEADBENCH_SHA256:-$(awk -v file="$name.tar.gz" '$2 == file { print $1 }' "$here/checksums.txt")}
[ -n "$expected" ] ||
  fail "this version of the action does not know the checksum of $name.tar.gz" \
    "set sha256 to its line in SHA256SUMS of the release"
[[ $expected =~ ^[0-9a-fA-F]{64}$ ]] || fail "sha256 is not a SHA-256: $expected" "it has 64 hexadecimal digits"
expected=${expected,,}

work=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/leadbench-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
cache=${RUNNER_TOOL_CACHE:-${HOME:?}/.cache}/leadbench/$version
kept=$cache/$name.tar.gz

sum_of() {
  sha256sum "$1" | cut -d ' ' -f 1
}

download() {
  local url=$releases/v$version/$name.tar.gz shown status code=0
  # The address of a mirror may have a password.
  shown=$url
  [ "$releases" = "$GITHUB_RELEASES" ] || shown="$name.tar.gz from the mirror in LEADBENCH_RELEASES"
  local protocols='=https'
  [[ $releases == https://* ]] || protocols='=https,http,file'
  status=$(curl --silent --show-error --fail --location --proto "$protocols" --connect-timeout 20 --max-time 300 \
    --retry 3 --write-out '%{http_code}' --output "$work/archive" "$url" 2>"$work/why") || code=$?
  [ "$code" -eq 0 ] && return
  # 22: an answer of 400 and more; 37: a file that does not exist.
  if [[ $status == 404 || $code == 37 ]]; then
    fail "there is no release $version for $machine: no $shown" "https://github.com/leadbench/leadbench/releases lists the versions"
  fi
  fail "cannot download $shown (status $status, curl $code)" "try again, or let LEADBENCH_RELEASES name a mirror that answers"
}

if [ -f "$kept" ] && [ "$(sum_of "$kept")" = "$expected" ]; then
  cp "$kept" "$work/archive"
  echo "leadbench $version from the tool cache"
else
  download
fi
found=$(sum_of "$work/archive")
[ "$found" = "$expected" ] ||
  fail "the archive $name.tar.gz has another checksum: $found, expected $expected; nothing was unpacked" \
    "compare sha256 with SHA256SUMS of the release; if they are equal, the download was changed on its way"
if ! { mkdir -p "$cache" && cp "$work/archive" "$kept.$$" && mv "$kept.$$" "$kept"; } 2>/dev/null; then
  echo "the tool cache cannot be written, so the next use downloads again"
fi

# A folder of this job alone: nothing that another job left there is run.
folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/leadbench-bin.XXXXXX")
tar -xzf "$work/archive" -C "$folder" --no-same-owner --strip-components 1 "$name/leadbench" ||
  fail "the archive has no file $name/leadbench" "compare version and sha256 with the release"
"$folder/leadbench" --version ||
  fail "leadbench does not start here" "compare the kind of processor of this runner with that of the archive"
printf '%s\n' "$folder" >>"${GITHUB_PATH:-/dev/null}"
output path "$folder/leadbench"
