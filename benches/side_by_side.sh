#!/usr/bin/env bash
# leadbench and wrk in turn against one nginx on loopback: CPU time of the client for each
# request, 64 kept connections, no signing; and leadbench with signing against without.
# Read the figures as ratios. Needs nginx and wrk (Debian: apt-get install nginx-light wrk).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for tool in nginx wrk; do
  command -v "$tool" >/dev/null || { echo "missing: $tool (apt-get install nginx-light wrk)" >&2; exit 1; }
done
cargo build --profile dist --locked --features full
leadbench=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/dist/leadbench
work=$(mktemp -d)
trap 'kill "$(cat "$work/nginx.pid")" 2>/dev/null || true; rm -rf "$work"' EXIT

cat > "$work/nginx.conf" <<CONF
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  server { listen 127.0.0.1:${PORT:-18080}; location / { return 201 '{"id":"00Q5f0000000001EAA"}'; } }
}
CONF
nginx -c "$work/nginx.conf"
url=http://127.0.0.1:${PORT:-18080}/leads

# The same body and the same headers as a lead's request, but for the token.
cat > "$work/post.lua" <<'LUA'
wrk.method = "POST"
wrk.body = string.rep("x", 1100)
wrk.headers["Content-Type"] = "application/json"
wrk.headers["User-Agent"] = "SFDC-Callout/65.0"
wrk.headers["SFDC_STACK_DEPTH"] = "1"
wrk.headers["Accept"] = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
wrk.headers["Cache-Control"] = "no-cache"
wrk.headers["Pragma"] = "no-cache"
LUA

cat > "$work/plain.toml" <<TOML
schema = 1
name = "plain"
[target]
url = "$url"
[[load]]
kind = "users"
users = 64
for = "5s"
TOML

# wrk: the CPU time of the whole process. leadbench: what it counts of itself while the load
# lasts, so without its start and the writing of reports, which wrk does not have.
wrk_cpu() {
  { TIMEFORMAT='%U %S'; time taskset -c 0 wrk -t1 -c64 -d5s -s "$work/post.lua" "$url" >"$work/out"; } 2>"$work/time"
  awk 'FNR == NR { cpu = ($1 + $2) * 1e6; next } /requests in/ { printf "%.2f", cpu / $1 }' "$work/time" "$work/out"
}
leadbench_cpu() {
  taskset -c 0 "$leadbench" run "$work/plain.toml" --out "$work/reports" --ui none --json >"$work/out" 2>/dev/null
  python3 - "$work/out" <<'PY'
import json, sys
s = json.load(open(sys.argv[1]))
print(f'{s["measurement"]["own_cpu_ns"] / 1000 / s["counts"]["completed"]:.2f}')
PY
}

echo "CPU microseconds for each request (64 connections, one core each for client and server)"
echo "round  wrk  leadbench  ratio"
for round in 1 2 3 4 5 6 7; do
  w=$(wrk_cpu)
  l=$(leadbench_cpu)
  awk -v r=$round -v w="$w" -v l="$l" 'BEGIN { printf "%-5d  %s  %s  %.2f\n", r, w, l, l / w }' | tee -a "$work/ratios"
done
sort -n -k4 "$work/ratios" | awk 'NR == 4 { print "median                " $4 }'

echo
echo "1,000 arrivals a second, embedded target of 5 ms: signing ahead against none"
echo "round  mode      dropped  lag p99 ms  network p99 ms  resident MB"
for round in 1 2 3; do
  for mode in none pipeline; do
    "$leadbench" run scenarios/converted-lead.toml --rate 1000/s --duration 13s \
      --set auth.signing=$mode --out "$work/reports" --keys "$work/keys" --ui none --json \
      >"$work/out" 2>/dev/null || true
    python3 - "$work/out" "$round" "$mode" <<'PY'
import json, sys
s = json.load(open(sys.argv[1]))
ms = lambda phase: s["phases"][phase]["p99_ns"] / 1e6
print(f'{sys.argv[2]:<5}  {sys.argv[3]:<8}  {s["counts"]["dropped"]:<7}  {ms("lag"):<10.3f}  '
      f'{ms("network"):<14.3f}  {s["measurement"]["peak_rss_bytes"] / 1e6:.1f}')
PY
  done
done
