#!/usr/bin/env bash
# Makes .venv in this folder and installs requirements.txt. Does nothing if that is up to date.
# PYTHON names another interpreter than python3.
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}
venv=$here/.venv

if ! command -v "$python" >/dev/null; then
  echo "error: there is no $python; install Python 3.11 or later" >&2
  exit 4
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "error: $python is $("$python" --version 2>&1); PYTHON=python3.12 ./build.sh names a later one" >&2
  exit 4
fi

# The copy of requirements.txt is written last, so an interrupted build is not taken for a finished one.
stamp=$venv/requirements.txt
if cmp -s "$here/requirements.txt" "$stamp" && "$venv/bin/python" -c 'import uvicorn' 2>/dev/null; then
  exit 0
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "error: $python has no venv; on Debian and Ubuntu: sudo apt install python3-venv" >&2
  exit 4
fi
echo "installing requirements.txt into .venv" >&2
"$python" -m venv --clear "$venv"
PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
  "$venv/bin/python" -m pip install --quiet --requirement "$here/requirements.txt"
cp "$here/requirements.txt" "$stamp"
