#!/usr/bin/env bash
# Makes all files of a release for one kind of processor, and tries the program before it packs it.
#
#     scripts/release.sh [x86_64 | aarch64]
#
# The result is in target/packed: the archive, the Debian package, debug information, the bill of materials and
# SHA256SUMS. Needs rustup, musl-tools and python3 (Debian), cargo-deb, cargo-cyclonedx and cargo-about. Two builds of one commit
# with the same tools give the same archive.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

machine=${1:-$(uname -m)}
[[ $machine =~ ^(x86_64|aarch64)$ ]] || { echo "usage: scripts/release.sh [x86_64 | aarch64]" >&2; exit 2; }
triple=$machine-unknown-linux-musl
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
name=leadbench-$version-$triple
built=${CARGO_TARGET_DIR:-target}/$triple/dist/leadbench
package=target/packed
root=$package/root

need() {
  command -v "$1" >/dev/null || { echo "error: $1 is missing" >&2; echo "hint: $2" >&2; exit 1; }
}

need rustup "https://rustup.rs"
need cargo-deb "cargo install cargo-deb --locked"
need cargo-cyclonedx "cargo install cargo-cyclonedx --locked"
need cargo-about "cargo install cargo-about --locked --features cli"
[ "$machine" = "$(uname -m)" ] || { echo "error: build $machine on a machine of that kind" >&2; exit 1; }
compiler=musl-gcc
need "$compiler" "apt-get install musl-tools"

SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rustup target add "$triple"
rm -rf "$package"
mkdir -p "$root"/{man,completions,scenarios}

# Paths of this machine would be in messages of panics.
export RUSTFLAGS="${RUSTFLAGS-} --remap-path-prefix=$PWD=/leadbench --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
# The compiler for C code alone: Rust has its own start files of musl, and links with the usual linker.
env "CC_${triple//-/_}=$compiler" \
  cargo build --profile dist --locked --features full --target "$triple" --bin leadbench

# The debug information goes into a file beside, which debuggers find by its name.
objcopy --only-keep-debug "$built" "$package/$name.debug"
objcopy --strip-all --add-gnu-debuglink="$package/$name.debug" "$built" "$root/leadbench"
cp "$built" "$package/unstripped"

"$root/leadbench" man --out "$root/man"
"$root/leadbench" completions bash >"$root/completions/leadbench.bash"
"$root/leadbench" completions zsh >"$root/completions/_leadbench"
"$root/leadbench" completions fish >"$root/completions/leadbench.fish"
scripts/notices.sh "$root/THIRD-PARTY.txt"
cp README.md CHANGELOG.md SECURITY.md LICENSE-APACHE LICENSE-MIT docs/fleet/leadbench-agent.service "$root/"
cp scenarios/* "$root/scenarios/"
# What README and messages refer to; links to the rest lead to GitHub.
git ls-files docs ':!docs/example' ':!docs/maintainers' | xargs cp --parents --target-directory "$root"
scripts/link_docs.py "$root" "$version"
chmod -R u=rwX,go=rX "$root"

scripts/try_release.sh "$root/leadbench"

tar --create --directory "$package" --transform "s,^root,$name," --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
  --owner=0 --group=0 --numeric-owner root | gzip -9n >"$package/$name.tar.gz"
scripts/sbom.sh "$triple"
cp target/leadbench.cdx.json "$package/$name.cdx.json"
cargo deb --no-build --no-strip --target "$triple" --profile dist --output "$package/"
gzip -9n "$package/$name.debug"
rm "$package/unstripped"
(cd "$package" && sha256sum -- *.tar.gz *.deb *.debug.gz *.cdx.json >SHA256SUMS)
cat "$package/SHA256SUMS"
