#!/usr/bin/env bash
# Tests `run --otlp`: what arrives at a collector of OpenTelemetry, and what a bad collector does to a run.
#
# LEADBENCH names the program; without it, cargo builds it. Needs python3 with pip and openssl. The published
# classes of OTLP, a strict reader of OpenMetrics and the collector rotel come from PyPI into target/otlp. All
# traffic stays on 127.0.0.1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=target/otlp
mkdir -p "$tools"

need_classes() {
  [ -f "$tools/python/complete" ] && return
  rm -rf "$tools/python"
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --root-user-action ignore \
    --target "$tools/python" opentelemetry-proto==1.45.2 protobuf==7.36.2 prometheus-client==0.26.0 &&
    touch "$tools/python/complete"
}

# The wheel is for Python 3.11, but its program needs no Python.
need_rotel() {
  [ -x "$tools/rotel/rotel-agent" ] && return
  if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "it exists for Linux x86-64 only"
    return 1
  fi
  local wheel=$tools/wheel
  rm -rf "$wheel"
  if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --pre --dest "$wheel" \
    --python-version 3.11 --platform manylinux_2_34_x86_64 --require-hashes -r <(
      echo "rotel==0.0.1a15 --hash=sha256:2f4117e58410c933e0dc042a268ef738dab2e3a5d63b5831209acdac2a6ddcb7"
    ) >"$tools/pip.txt" 2>&1; then
    echo "pip did not fetch it: $(tail -n 1 "$tools/pip.txt")"
    return 1
  fi
  python3 -m zipfile -e "$wheel"/rotel-*.whl "$wheel/all"
  chmod +x "$wheel/all/rotel/rotel-agent"
  if ! "$wheel/all/rotel/rotel-agent" --version >/dev/null 2>&1; then
    echo "it does not run on this system; it needs glibc 2.34"
    return 1
  fi
  mkdir -p "$tools/rotel"
  mv "$wheel/all/rotel/rotel-agent" "$tools/rotel/rotel-agent"
  rm -rf "$wheel"
}

need_classes || { echo "SKIPPED: the classes of OTLP; pip is missing, or did not fetch them"; exit 0; }
rotel=$tools/rotel/rotel-agent
why=$(need_rotel) || { echo "SKIPPED: the collector rotel: $why"; rotel=; }
if [ -z "${LEADBENCH-}" ]; then
  cargo build --quiet --locked --bins
  LEADBENCH=${CARGO_TARGET_DIR:-target}/debug/leadbench
fi
PYTHONPATH=$tools/python exec python3 -B scripts/otlp "$tools/work" "$LEADBENCH" "$rotel"
