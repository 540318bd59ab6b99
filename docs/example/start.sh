#!/usr/bin/env bash
# Serves the API on 127.0.0.1 until it is stopped:  PORT=8081 JWT_CERT=lead_signing.crt.pem ./start.sh
#
#   PORT      8081 without it; with 0 the kernel chooses one, and the log names it
#   JWT_CERT  the certificate of the key pair that signs tokens
#   JWT_ISSUER, JWT_SUBJECT, JWT_AUDIENCE
#             what tokens must say; without them the values of perf/leads.toml
#   LEADS_DB  a file that keeps the leads; without it they are gone at the end
#   SLOW_MS   makes each lead this many milliseconds slower
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
python=$here/.venv/bin/python

if [ ! -x "$python" ]; then
  echo "error: there is no .venv; run ./build.sh first" >&2
  exit 4
fi
if [ ! -f "${JWT_CERT-}" ] || [ ! -r "$JWT_CERT" ]; then
  echo "error: JWT_CERT must name a certificate file, such as .leadbench/keys/lead_signing.crt.pem;" \
    "\`leadbench keys generate lead_signing\` makes one" >&2
  exit 4
fi

# leadbench keeps connections as an org does. The API must keep them longer than the caller leaves them
# idle, or a lead meets a connection that is just being closed.
exec "$python" -m uvicorn --factory lead_api.app:create_app --app-dir "$here" \
  --workers 1 --host 127.0.0.1 --port "${PORT:-8081}" --no-access-log \
  --timeout-keep-alive 75 --timeout-graceful-shutdown 2
