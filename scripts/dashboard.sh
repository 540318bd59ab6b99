#!/usr/bin/env bash
# Checks docs/grafana/leadbench.json: against Grafana's own types, and with a Prometheus that scrapes two runs.
#
# LEADBENCH names the program; without it, cargo builds it. Needs python3. Prometheus comes from Debian, the
# types from npm, and a strict reader of OpenMetrics from PyPI: all are fetched into target/dashboard.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=target/dashboard
mkdir -p "$tools"

# Unpacks the package, so nothing is installed and no service starts.
need_prometheus() {
  [ -x "$tools/prometheus/usr/bin/promtool" ] && return
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return
  rm -rf "$tools/deb"
  mkdir "$tools/deb"
  (
    cd "$tools/deb"
    as_root=()
    [ "$(id -u)" -ne 0 ] || as_root=(-o APT::Sandbox::User=root)
    apt-get -qq "${as_root[@]}" download prometheus 2>/dev/null ||
      { apt-get -qq "${as_root[@]}" update && apt-get -qq "${as_root[@]}" download prometheus; }
  ) && dpkg-deb -x "$tools"/deb/prometheus_*.deb "$tools/prometheus" || return
  rm -rf "$tools/deb"
}

# The types of two versions of Grafana: its oldest and its newest that the dashboard is for.
need_types() {
  [ -x "$tools/npm/node_modules/.bin/tsc" ] && [ -d "$tools/grafana-11/node_modules" ] && return
  command -v npm >/dev/null &&
    npm install --silent --no-save --prefix "$tools/npm" typescript@5.9.3 &&
    npm install --silent --no-save --prefix "$tools/grafana-10" @grafana/schema@10.4.19 &&
    npm install --silent --no-save --prefix "$tools/grafana-11" @grafana/schema@11.6.16
}

need_reader() {
  [ -d "$tools/python/prometheus_client" ] && return
  python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --target "$tools/python" --root-user-action ignore prometheus-client==0.26.0
}

if need_types; then
  python3 -B scripts/dashboard/grafana_types.py "$tools"
  for version in 10 11; do
    "$tools/npm/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck --target es2022 --module es2022 \
      --moduleResolution node10 "$tools/grafana-$version/dashboard.ts"
  done
  echo "the dashboard has the types of Grafana 10.4 and 11.6"
else
  echo "SKIPPED: the types of Grafana; npm is missing, or did not fetch them"
fi

if ! need_prometheus; then
  echo "SKIPPED: no Prometheus; on Debian and its relatives apt-get fetches it"
  exit 0
fi
need_reader || { echo "SKIPPED: no reader of OpenMetrics; pip is missing, or did not fetch it"; exit 0; }
if [ -z "${LEADBENCH-}" ]; then
  cargo build --quiet --locked --bins --features full
  LEADBENCH=${CARGO_TARGET_DIR:-target}/debug/leadbench
fi
PYTHONPATH=$tools/python exec python3 -B scripts/dashboard "$tools" "$LEADBENCH"
