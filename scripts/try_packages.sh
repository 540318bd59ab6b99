#!/usr/bin/env bash
# Tries one processor's files of a release, as users get them: try_packages.sh [FOLDER]
#
# FOLDER is as scripts/release.sh leaves it; the default is target/packed.
# The archive and the .deb in a new Debian 12 without Rust; the image, where there is one, with a read-only root as a
# user without rights. Needs root, mmdebstrap, lintian and jq, and umoci for the image.
set -euo pipefail
packed=$(readlink -e "${1:-$(dirname "${BASH_SOURCE[0]}")/../target/packed}") || {
  echo "error: there is no folder ${1:-target/packed}; hint: scripts/release.sh makes it" >&2
  exit 4
}

for tool in mmdebstrap lintian jq; do
  command -v "$tool" >/dev/null || { echo "error: $tool is missing; hint: apt-get install $tool" >&2; exit 4; }
done
if [ "$(id -u)" -ne 0 ]; then
  echo "error: a chroot needs root; hint: sudo $0" >&2
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
# Not before the command in the chroot has ended.
trap 'exit 143' TERM HUP

# A command in a folder as root of the file system; its mounts and processes end with it.
within() {
  local root=$1 mounts=$2 user=$3 cwd=$4
  shift 4
  unshare --mount --pid --fork bash -euo pipefail -c "
    mount --bind '$root' '$root'
    $mounts
    mount -t proc proc '$root/proc'
    exec \"\$@\"
  " within env -i PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin LANG=C.UTF-8 \
    unshare --root="$root" --wd="$cwd" --setgid="$user" --setuid="$user" "$@"
}

debian() {
  local root=$work/debian
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,man-db bookworm "$root" http://deb.debian.org/debian
  mkdir "$root/packed"
  cp "$packed"/*.tar.gz "$packed"/*.deb "$packed"/*.cdx.json "$packed/SHA256SUMS" "$root/packed/"
  cat >"$root/packed/steps.sh" <<'STEPS'
set -euo pipefail
cd /packed
# 8: the measurement is invalid, perhaps because other work kept this machine busy; all callouts must have succeeded.
measured() {
  local code=0 summary
  touch begun
  "$@" --ui none >report.txt || code=$?
  summary=$(find reports -name summary.json -newer begun)
  if ! [[ $code =~ ^(0|8)$ ]] || ! grep -q '^    "ok": [1-9]' "$summary" || ! grep -q '^    "failed": 0,' "$summary"; then
    cat report.txt
    echo "error: exit code $code, or callouts failed"
    exit 1
  fi
  head -n 3 report.txt
  echo "exit code $code"
}
show() { echo; echo "\$ $*"; "$@"; }
echo "$(. /etc/os-release; echo "$PRETTY_NAME"), cargo: $(command -v cargo || echo none)"
show sha256sum --check --ignore-missing SHA256SUMS
for file in *.tar.gz *.deb *.cdx.json; do
  grep -q "  $file\$" SHA256SUMS || { echo "error: SHA256SUMS lacks $file"; exit 1; }
done
tar -xzf leadbench-*.tar.gz
cd leadbench-*/
show stat --format '%n %s bytes' leadbench
mkdir /empty
cp leadbench /empty/
cd /empty
show ./leadbench init
show measured ./leadbench run converted-lead.toml
echo
echo '$ ./leadbench doctor converted-lead.toml'
./leadbench doctor converted-lead.toml | tail -n 6
cd - >/dev/null
for page in man/*.1; do man --warnings --local-file "$page" >/dev/null; done
echo
echo "$(ls man/*.1 | wc -l) man pages; the first lines of one:"
man --local-file man/leadbench-doctor.1 | head -n 6
. completions/leadbench.bash
COMP_WORDS=(leadbench se) COMP_CWORD=1
_leadbench leadbench se leadbench || true
echo
echo "completion of \`leadbench se\`: ${COMPREPLY[*]}"
[ "${COMPREPLY[*]}" = search ]
cd /packed
show dpkg --install leadbench_*.deb
cd /empty
show command -v leadbench
show leadbench --version
# What the package has as an example.
cp /usr/share/doc/leadbench/examples/converted-lead.toml packed.toml
show measured leadbench run packed.toml
man leadbench >/dev/null
ls /usr/share/doc/leadbench
dpkg --listfiles leadbench >/packed/files.txt
show apt-get --quiet --quiet --yes remove leadbench
while read -r file; do
  [ -d "$file" ] || [ ! -e "$file" ] || { echo "error: $file is left"; exit 1; }
done </packed/files.txt
[ ! -e /usr/share/doc/leadbench ] || { echo "error: /usr/share/doc/leadbench is left"; exit 1; }
echo "none of its files is left"
STEPS
  within "$root" "mount --rbind /dev '$root/dev'" 0 /packed bash steps.sh
}

image() {
  local archive reference user entry bundle=$work/bundle root=$work/bundle/rootfs volume=$work/volume
  archive=$(find "$packed" -maxdepth 1 -name '*-image.tar' | head -n 1)
  if [ -z "$archive" ] || ! command -v umoci >/dev/null; then
    echo "SKIPPED: the image; it needs umoci, and scripts/image.sh with buildah"
    return
  fi
  mkdir "$work/oci"
  tar -xf "$archive" -C "$work/oci"
  reference=$(jq --raw-output '.manifests[0].annotations["org.opencontainers.image.ref.name"]' "$work/oci/index.json")
  umoci unpack --image "$work/oci:$reference" "$bundle"
  user=$(jq .process.user.uid "$bundle/config.json")
  mapfile -t entry < <(jq --raw-output '.process.args[]' "$bundle/config.json")
  if [ "$user" -eq 0 ] || [ "$(jq --raw-output .process.cwd "$bundle/config.json")" != /work ]; then
    echo "error: the image starts as user $user, and not in /work" >&2
    exit 1
  fi
  echo "the image: $(find "$root" -type f | wc -l) files, starts ${entry[*]} as user $user"
  mkdir -p "$root/proc"
  install -d -o "$user" -g "$user" "$volume"
  # Docker's options --read-only and --volume.
  local mounts="
    mount -o remount,bind,ro '$root'
    if touch '$root/usr/x'; then echo 'error: the root can be written' >&2; exit 1; fi
    mount --bind '$volume' '$root/work'
  "
  within "$root" "$mounts" "$user" /work "${entry[@]}" init
  local code=0 owner
  within "$root" "$mounts" "$user" /work "${entry[@]}" run converted-lead.toml --ui none >"$work/report.txt" || code=$?
  if ! [[ $code =~ ^(0|8)$ ]] || ! jq --exit-status '.counts.ok > 0 and .counts.failed == 0' "$volume"/reports/*/*/summary.json >/dev/null; then
    cat "$work/report.txt"
    echo "error: exit code $code, or callouts failed" >&2
    exit 1
  fi
  owner=$(stat -c %u "$volume"/reports/*/*/summary.json)
  [ "$owner" = "$user" ] || { echo "error: the reports belong to user $owner" >&2; exit 1; }
  head -n 3 "$work/report.txt"
  echo "exit code $code; the reports belong to user $owner"
}

debian
lintian --fail-on error,warning "$packed"/*.deb
echo "lintian: neither errors nor warnings"
jq --raw-output '"bill of materials: \(.bomFormat) \(.specVersion), \(.metadata.component.name) \(.metadata.component.version), \([.components[] | select(.purl)] | length) components with a purl"' "$packed"/*.cdx.json
image
