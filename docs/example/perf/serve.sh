#!/usr/bin/env bash
# Builds and starts the API for a measurement, on this machine alone.
#
#     perf/serve.sh start           this commit at port 8082
#     perf/serve.sh start BASE      and the commit BASE at port 8081
#     perf/serve.sh stop
#
# HEAD_PORT and BASE_PORT name other ports. Both trust the key pair in keys/, which leadbench makes here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Of your API: the path that answers when it is up, and `key` of perf/leads.toml.
readonly READY=/health KEY=lead_signing
readonly WAIT_S=60
served=$PWD/.served

serve() {
  local name=$1 folder=$2 port=$3
  if [ ! -x "$folder/build.sh" ] || [ ! -x "$folder/start.sh" ]; then
    echo "error: the commit of $name has no build.sh and start.sh" >&2
    echo "hint: merge these files first; the next pull request is compared" >&2
    exit 1
  fi
  # Another build on this machine may use the port: its API would be measured in place of ours.
  if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "error: something else answers at port $port" >&2
    echo "hint: let one build run at a time on this machine, or set HEAD_PORT and BASE_PORT" >&2
    exit 1
  fi
  (cd "$folder" && ./build.sh)
  # A session of its own, so that `stop` ends it with all that it has started.
  (cd "$folder" && PORT=$port JWT_CERT=$cert exec setsid ./start.sh) >"$served/$name.log" 2>&1 </dev/null &
  echo $! >"$served/$name.pid"
}

is_alive() { kill -0 "$(cat "$served/$1.pid")" 2>/dev/null; }

wait_for() {
  local name=$1 port=$2 until=$((SECONDS + WAIT_S))
  until curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$port$READY"; do
    if ! is_alive "$name" || [ "$SECONDS" -ge "$until" ]; then
      echo "error: $name does not answer at port $port" >&2
      tail -n 20 "$served/$name.log" >&2
      exit 1
    fi
    sleep 0.2
  done
  is_alive "$name" || { echo "error: $name has ended; something else answers at port $port" >&2; exit 1; }
  echo "$name answers at port $port"
}

start() {
  stop
  mkdir -p "$served" keys
  echo '*' >"$served/.gitignore"
  # Nobody commits a private key by mistake.
  echo '*' >keys/.gitignore
  cert=$PWD/keys/$KEY.crt.pem
  [ -f "$cert" ] || leadbench keys generate "$KEY" --keys keys
  if [ -n "${1:-}" ]; then
    git worktree add --quiet --force --detach "$served/base" "$1" || {
      echo "hint: the clone may be too shallow: fetch-depth of GitHub, GIT_DEPTH of GitLab" >&2
      exit 1
    }
    serve base "$served/base/$(git rev-parse --show-prefix)" "${BASE_PORT:-8081}"
  fi
  serve head "$PWD" "${HEAD_PORT:-8082}"
  [ -z "${1:-}" ] || wait_for base "${BASE_PORT:-8081}"
  wait_for head "${HEAD_PORT:-8082}"
}

stop() {
  local file pid
  for file in "$served"/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    # After a crash the number may belong to another process, which works elsewhere.
    if [[ $(readlink "/proc/$pid/cwd") == "$PWD"* ]]; then
      kill -- "-$pid" 2>/dev/null || true
      # Its port is free when all of it has ended.
      for _ in {1..50}; do
        kill -0 -- "-$pid" 2>/dev/null || break
        sleep 0.1
      done
      kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    rm "$file"
  done
  [ ! -d "$served/base" ] || git worktree remove --force "$served/base"
}

case ${1:-} in
  start) start "${2:-}" ;;
  stop) stop ;;
  *) echo "usage: perf/serve.sh start [BASE] | stop" >&2; exit 2 ;;
esac
