#!/usr/bin/env bash
# Makes the root folder of the container image from a release's program, and the image where buildah can.
#
#     scripts/image.sh [PROGRAM]       the default is target/packed/root/leadbench
#
# The program is static, so the folder has it, its licences, the roots of the web's certificates, one user without
# rights, and empty folders. Needs ca-certificates.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:-target/packed/root/leadbench}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
context=target/packed/image
root=$context/root
roots=/etc/ssl/certs/ca-certificates.crt
[ -f "$roots" ] || { echo "error: $roots is missing" >&2; echo "hint: apt-get install ca-certificates" >&2; exit 1; }

rm -rf "$context"
mkdir -p "$root"/{usr/bin,usr/share/doc/leadbench,etc/ssl/certs,work,tmp}
install -m 755 "$program" "$root/usr/bin/leadbench"
install -m 644 "$roots" "$root/etc/ssl/certs/"
install -m 644 LICENSE-APACHE LICENSE-MIT "$(dirname "$program")/THIRD-PARTY.txt" "$root/usr/share/doc/leadbench/"
echo 'leadbench:x:65532:65532:leadbench:/work:/usr/bin/leadbench' >"$root/etc/passwd"
echo 'leadbench:x:65532:' >"$root/etc/group"
chmod 1777 "$root/tmp" "$root/work"
cp packaging/Containerfile "$context/"
echo "the root folder is $root"

architecture=${IMAGE_ARCH:-$(dpkg --print-architecture)}
image=target/packed/leadbench-$version-$architecture-image.tar
if ! command -v buildah >/dev/null; then
  echo "SKIPPED: buildah is missing, so there is no image; docker build --file $context/Containerfile $context makes one too"
  exit 0
fi
buildah build --quiet --isolation chroot --arch "$architecture" --timestamp "$(git log -1 --format=%ct)" \
  --tag "leadbench:$version" --file "$context/Containerfile" "$context"
buildah push --quiet "leadbench:$version" "oci-archive:$image:leadbench:$version"
echo "the image is $image"
