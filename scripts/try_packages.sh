#!/usr/bin/env bash
# Tries what a release publishes, as users get it: try_packages.sh [FOLDER]       the default is target/packed
#
# The archive and the .deb in a new Debian 12 without Rust; the image, where there is one, with a read-only root as a
# user without rights. Needs root, mmdebstrap, lintian and jq, and umoci for the image.
set -euo pipefail
packed=$(readlink -e "${1:-$(dirname "${BASH_SOURCE[0]}")/../target/packed}")

for tool in mmdebstrap lintian jq; do
  command -v "$tool" >/dev/null || { echo "error: $tool is missing; hint: apt-get install $tool" >&2; exit 4; }
done
if [ "$(id -u)" -ne 0 ]; then
  echo "error: a chroot needs root; hint: sudo $0" >&2
  exit 4
fi
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

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
  mkdir "$root/work"
  cp "$packed"/*.tar.gz "$packed"/*.deb "$packed"/*.cdx.json "$packed/SHA256SUMS" "$root/work/"
  cat >"$root/work/steps.sh" <<'STEPS'
set -euo pipefail
cd /work
# 8: other work on this machine spoiled the measurement, which says nothing about the program.
measured() {
  local code=0
  "$@" --ui none >report.txt || code=$?
  [[ $code =~ ^(0|8)$ ]] || { cat report.txt; echo "error: exit code $code"; exit 1; }
  head -n 3 report.txt
  echo "exit code $code"
}
show() { echo; echo "\$ $*"; "$@"; }
echo "$(. /etc/os-release; echo "$PRETTY_NAME"), cargo: $(command -v cargo || echo none)"
show sha256sum --check --ignore-missing SHA256SUMS
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
cd /work
show dpkg --install leadbench_*.deb
cd /empty
show command -v leadbench
show leadbench --version
# What the package has as an example.
cp /usr/share/doc/leadbench/examples/converted-lead.toml packed.toml
show measured leadbench run packed.toml
man leadbench >/dev/null
ls /usr/share/doc/leadbench
show apt-get --quiet --quiet --yes remove leadbench
for file in /usr/bin/leadbench /usr/lib/systemd/system/leadbench-agent.service /usr/share/doc/leadbench /usr/share/man/man1/leadbench.1.gz; do
  [ ! -e "$file" ] || { echo "error: $file is left"; exit 1; }
done
echo "nothing is left"
STEPS
  within "$root" "mount --rbind /dev '$root/dev'" 0 /work bash steps.sh
}

image() {
  local archive reference user bundle=$work/bundle root=$work/bundle/rootfs volume=$work/volume
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
  [ "$user" -ne 0 ]
  [ "$(jq --raw-output .process.cwd "$bundle/config.json")" = /work ]
  echo "the image: $(find "$root" -type f | wc -l) files, user $user"
  mkdir -p "$root/proc"
  install -d -o "$user" -g "$user" "$volume"
  # Docker's options --read-only and --volume.
  local mounts="
    mount -o remount,bind,ro '$root'
    if touch '$root/usr/x'; then exit 1; fi
    mount --bind '$volume' '$root/work'
  "
  within "$root" "$mounts" "$user" /work /usr/bin/leadbench init
  local code=0
  within "$root" "$mounts" "$user" /work /usr/bin/leadbench run converted-lead.toml --ui none >"$work/report.txt" || code=$?
  [[ $code =~ ^(0|8)$ ]] || { cat "$work/report.txt"; echo "error: exit code $code"; exit 1; }
  head -n 3 "$work/report.txt"
  echo "exit code $code; the files belong to user $(stat -c %u "$volume"/reports/*/*/summary.json)"
}

debian
lintian --fail-on error,warning "$packed"/*.deb
echo "lintian: neither errors nor warnings"
jq --raw-output '"bill of materials: \(.bomFormat) \(.specVersion), \(.metadata.component.name) \(.metadata.component.version), \([.components[] | select(.purl)] | length) components with a purl"' "$packed"/*.cdx.json
image
